"""`hwbench explain` as a user meets it: what is asked reaches the experiment, and every mistake is one line with its status."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import explanations
import msgspec
import pytest

from hwbench import cli
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment import kept
from hwbench.experiment import run as experiment
from hwbench.experiment.messages import Doing, First, Interrupted
from hwbench.experiment.request import Request
from hwbench.profile import store
from hwbench.records import Explanation, files

PAIR = ("--a", "./fast {n}", "--b", "./slow {n}")
Report = Callable[[object], None]


class Stub:
    """Stands for the experiment: keeps the request, and gives or raises what it was told to."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.result: Explanation | BaseException = explanations.shuffled_list()

    def __call__(self, request: Request, report: Report) -> Explanation:
        self.requests.append(request)
        report(Doing("timing, round 1", 0.1))
        report(Doing("timing, round 1", 0.2))
        report(First(explanations.inconclusive()))
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result

    @property
    def asked(self) -> Request:
        return self.requests[-1]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    made = Stub()
    monkeypatch.setattr(experiment, "explain_request", made)
    return made


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `hwbench explain` here and return exit status, output and errors."""

    def calling(*words: str) -> tuple[int, str, str]:
        try:
            status = cli.main(("explain", *words))
        except SystemExit as stop:
            status = int(stop.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return calling


Call = Callable[..., tuple[int, str, str]]


def test_an_explained_slowdown_is_shown_and_ends_with_status_0(stub: Stub, call: Call) -> None:
    status, output, errors = call(*PAIR)
    assert status == 0
    assert "Explained, chiefly by cache" in output
    assert "timing, round 1 …\nhwbench: on timing alone: B takes 2.10 times as long" in errors
    assert errors.count("timing, round 1") == 1


def test_every_option_reaches_the_experiment(stub: Stub, call: Call, tmp_path: Path) -> None:
    words = (
        "--sizes 10K,1e5,1M --setup ./prepare --timeout 5 --runs 7 --same-output no --source plugin --source os,strace "
        "--env A=1 --env B=x=y --profile 0123 --profile-anyway --no-toggles --budget 30 --cpu 1 --work 4 --benchmark json"
    )
    call(*PAIR, *words.split(), "--cwd", str(tmp_path), "--timings", "timings")
    assert stub.asked == Request(
        a="./fast {n}",
        b="./slow {n}",
        sizes=(1e4, 1e5, 1e6),
        setup="./prepare",
        cwd=str(tmp_path),
        env={"A": "1", "B": "x=y"},
        timeout=5.0,
        runs=7,
        same_output=False,
        sources=("plugin", "os", "strace"),
        profile="0123",
        profile_anyway=True,
        toggles=False,
        seconds=30.0,
        benchmark="json",
        cpu=1,
        output_folder="timings",
        work=4.0,
    )


def test_what_is_not_asked_for_is_left_to_the_experiment(stub: Stub, call: Call) -> None:
    call(*PAIR)
    assert stub.asked == Request(a="./fast {n}", b="./slow {n}")


def test_quick_is_timing_alone(stub: Stub, call: Call) -> None:
    call(*PAIR, "--quick")
    assert (stub.asked.seconds, stub.asked.toggles, stub.asked.sources) == (10.0, False, ("os",))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "there is no --a"),
        (("--a", "./fast"), "there is no --b"),
        (("--a", " ", "--b", "./slow"), "there is no --a"),
        ((*PAIR, "--sizes", "many"), "'many' is not a size"),
        ((*PAIR, "--sizes", "0,10"), "not above zero"),
        ((*PAIR, "--sizes", "-5"), "not above zero"),
        ((*PAIR, "--sizes", "1K,1000"), "names a size twice"),
        ((*PAIR, "--sizes", ","), "names no size"),
        ((*PAIR, "--timeout", "0"), "--timeout must be above zero"),
        ((*PAIR, "--timeout", "nan"), "--timeout must be above zero"),
        ((*PAIR, "--budget", "-1"), "--budget must be above zero"),
        ((*PAIR, "--runs", "-1"), "--runs must be a number of runs"),
        ((*PAIR, "--env", "THREADS"), "sets nothing: write --env NAME=VALUE"),
        ((*PAIR, "--env", "=1"), "sets nothing"),
        ((*PAIR, "--cwd", "/no/such/folder"), "there is no folder /no/such/folder"),
        ((*PAIR, "--source", "plugn"), "there is no source 'plugn'; did you mean plugin?"),
        ((*PAIR, "--source", "zzz"), "there are perf_event, plugin"),
        ((*PAIR, "--quick", "--source", "os"), "--quick is on timing alone"),
        ((*PAIR, "--quick", "--budget", "9"), "not allowed with argument"),
        ((*PAIR, "--same-output", "maybe"), "invalid choice"),
        ((*PAIR, "--same-outptu", "no"), "did you mean --same-output?"),
        ((*PAIR, "-o", "/no/such/folder/why.json"), "there is no folder /no/such/folder"),
        (("--from", "/no/such.json"), "cannot be read"),
        ((*PAIR, "--from", "why.json"), "leave --a and --b out"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_measured(
    stub: Stub, call: Call, words: tuple[str, ...], message: str
) -> None:
    status, output, errors = call(*words)
    assert status == 2
    assert output == ""
    assert message in errors
    assert errors.count("\n") == 1
    assert stub.requests == []


@pytest.mark.parametrize("made", [explanations.void, explanations.inconclusive, explanations.seeds_story])
def test_what_is_not_explained_ends_with_status_3(stub: Stub, call: Call, made: Callable[[], Explanation]) -> None:
    stub.result = made()
    status, output, _ = call(*PAIR)
    assert status == 3
    assert made().verdict.upper() in output


def test_no_difference_ends_with_status_0(stub: Stub, call: Call) -> None:
    stub.result = explanations.none()
    assert call(*PAIR)[0] == 0


@pytest.mark.parametrize(("error", "expected"), [(UsageError("no such command"), 2), (CouldNotMeasure("it hangs"), 3)])
def test_an_error_of_the_experiment_is_one_line(stub: Stub, call: Call, error: Exception, expected: int) -> None:
    stub.result = error
    status, output, errors = call(*PAIR)
    assert (status, output) == (expected, "")
    assert errors.splitlines()[-1] == f"hwbench: {error}"


def test_what_was_measured_before_ctrl_c_is_shown_and_kept(stub: Stub, call: Call, data_folder: Path) -> None:
    partial = msgspec.structs.replace(explanations.inconclusive(), incomplete="interrupted while counting")
    stub.result = Interrupted(partial)
    status, output, errors = call(*PAIR)
    assert status == 130
    assert "INCOMPLETE: interrupted while counting" in output
    path = next(data_folder.rglob("*.json"))
    assert f"--from {path}" in errors
    assert files.read(path, files.EXPLANATION) == partial


def test_ctrl_c_before_anything_was_measured_is_one_line(stub: Stub, call: Call) -> None:
    stub.result = KeyboardInterrupt()
    status, output, errors = call(*PAIR)
    assert (status, output) == (130, "")
    assert errors.splitlines()[-1] == "hwbench: interrupted"


def test_json_to_standard_output_is_json_alone(stub: Stub, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.main(("explain", *PAIR, "--json", "-")) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert told["schema"] == "hwbench.explanation/1"


def test_a_file_is_written_and_shown_again_from_it_alone(stub: Stub, call: Call, tmp_path: Path) -> None:
    path = tmp_path / "why.json"
    _, first, _ = call(*PAIR, "-o", str(path))
    stub.requests.clear()
    status, again, errors = call("--from", str(path))
    assert (status, again, errors) == (0, first, "")
    assert stub.requests == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged, or no explanation"),
        ('{"schema": "hwbench.machine/1"}', "is not an explanation"),
        ('{"schema": "hwbench.explanation/2"}', "newer hwbench"),
    ],
)
def test_a_file_that_is_no_explanation_is_refused_in_one_line(
    call: Call, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "why.json"
    path.write_text(text)
    status, _, errors = call("--from", str(path))
    assert status == 2
    assert message in errors
    assert errors.count("\n") == 1


def test_an_explanation_that_cannot_be_kept_is_shown_nonetheless(
    stub: Stub, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "taken"))
    status, output, errors = call(*PAIR)
    assert status == 0
    assert "Explained" in output
    assert "could not be kept" in errors


def test_two_explanations_of_one_second_are_both_kept() -> None:
    paths = {kept.keep(explanations.none()) for _ in range(2)}
    assert len(paths) == 2
    assert all(isinstance(path, Path) for path in paths)


def test_help_teaches_by_example(call: Call) -> None:
    status, output, _ = call("-h")
    assert status == 0
    assert "hwbench explain --a './fast {n}' --b './slow {n}' --sizes 1e4,1e5,1e6" in output


def test_a_terminal_gets_a_progress_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from hwbench.show.progress import Working

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    working = Working(stream)
    working(Doing("counting B with plugin", 0.4))
    working(Doing("counting A with plugin", 0.3))
    working(First(explanations.inconclusive()))
    working.close()
    assert "counting B with plugin" in stream.getvalue()
    assert "hwbench: on timing alone: B takes" in stream.getvalue()
