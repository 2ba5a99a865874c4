"""Experiments on small programs: validity, turns, bad input and interruption; nothing here asserts a time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from comparisons import machine

from hwbench.errors import CouldNotMeasure, HwbenchError, UsageError
from hwbench.experiment import counting, run, timing
from hwbench.experiment.messages import Doing, First, Message
from hwbench.experiment.request import Request, Subject, parse_sizes, subjects
from hwbench.records import Count, Evidence, MachineProfile, Run, Unavailable

PYTHON = f"{sys.executable} -I -S -c"
WORK = "import sys; print(sum(range(int(sys.argv[1]))))"


@pytest.fixture(autouse=True)
def _made_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(name: str | None, *, anyway: bool, report: object) -> tuple[MachineProfile, tuple[str, ...]]:
        return machine(), ()

    monkeypatch.setattr(run, "profile_for", made)
    monkeypatch.setattr(run.SpotPrices, "prepare", lambda self: None)


def request(a: str, b: str, sizes: tuple[float, ...] = (), **more: object) -> Request:
    return Request(a, b, sizes, **{"sources": ("os",), "seconds": 4.0, "runs": 2, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sizes"), [("1e4,1e5", (1e4, 1e5)), ("2M,10K", (1e4, 2e6)), (" 5 , 7.5 ", (5.0, 7.5))]
)
def test_sizes_are_read_as_people_write_them(text: str, sizes: tuple[float, ...]) -> None:
    assert parse_sizes(text) == sizes


@pytest.mark.parametrize("text", ["", "x", "1e3,abc", "0", "-5", "nan", "inf", "10,10", "K"])
def test_what_is_no_size_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_sizes(text)
    assert "\n" not in str(caught.value)


def test_a_command_is_split_as_a_shell_splits_but_never_given_to_one() -> None:
    command = Subject("x", words=("echo", "{n};ls", "a b")).command(1e3)
    assert command.argv[1:] == ("1000;ls", "a b")


@pytest.mark.parametrize(
    ("a", "b", "sizes", "said"),
    [
        ("true", "", (), "empty"),
        ("true", "echo 'x", (), "cannot be read"),
        ("true", "true", (1e3,), "no {n}"),
        ("true {n}", "true {n}", (), "--sizes"),
        ("old.json", "true", (), "like with like"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_one_line(
    a: str, b: str, sizes: tuple[float, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said.replace("{", "\\{").replace("}", "\\}")):
        subjects(request(a, b, sizes))


def test_a_program_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="is not there"):
        run.explain_request(request("no-such-program-here", "true"))


def test_a_program_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(CouldNotMeasure, match="status 7: that went wrong"):
        run.explain_request(
            request("true", f"{PYTHON} 'import sys; print(\"that went wrong\", file=sys.stderr); sys.exit(7)'")
        )


def test_a_program_that_hangs_is_stopped() -> None:
    with pytest.raises(CouldNotMeasure, match="did not end within"):
        run.explain_request(request("true", "sleep 60", timeout=0.3))


def test_a_set_up_that_fails_ends_the_experiment() -> None:
    with pytest.raises(CouldNotMeasure, match="set-up"):
        run.explain_request(request("true", "true", setup="false"))


def test_a_set_up_runs_before_the_programs_do(tmp_path: Path) -> None:
    made = run.explain_request(request("cat made", "cat made", setup="touch made", cwd=str(tmp_path)))
    assert made.checks[0].held


def test_unequal_answers_are_void() -> None:
    found = run.explain_request(request("echo 1", "echo 2"))
    assert (found.verdict, found.causes) == ("void", ())


def test_unequal_answers_may_be_asked_not_to_matter() -> None:
    found = run.explain_request(request("echo 1", "echo 2", same_output=False))
    assert found.checks[0].seen == "not compared"


def test_both_sides_run_at_every_size_in_turns_and_the_first_answer_comes_before_the_counts() -> None:
    told: list[Message] = []
    found = run.explain_request(
        request(f"{PYTHON} '{WORK}' {{n}}", f"{PYTHON} '{WORK}' {{n}}", (1e3, 1e5)), told.append
    )
    assert [sized.n for sized in found.a.sizes] == [1e3, 1e5]
    assert {len(sized.runs) for side in (found.a, found.b) for sized in side.sizes} == {2}
    assert sum(isinstance(message, First) for message in told) == 1
    assert all(0 <= message.done <= 1 for message in told if isinstance(message, Doing))


def test_waiting_is_found_by_the_systems_own_account() -> None:
    idle = f"{PYTHON} 'import time; time.sleep(0.3); print(1)'"
    busy = f"{PYTHON} 'print(1)'"
    found = run.explain_request(request(busy, idle, runs=3))
    assert found.top_cause == "system"


def test_ctrl_c_keeps_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run.Experiment, "count", stop)
    with pytest.raises(run.Interrupted) as caught:
        run.explain_request(request(f"{PYTHON} '{WORK}' {{n}}", f"{PYTHON} '{WORK}' {{n}}", (1e3, 1e4)))
    kept = caught.value.explanation
    assert kept.incomplete
    assert kept.a.sizes[-1].runs


def test_ctrl_c_before_anything_was_timed_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run.Experiment, "verify", stop)
    with pytest.raises(run.Interrupted) as caught:
        run.explain_request(request("true", "true"))
    assert caught.value.explanation.verdict == "inconclusive"


def test_what_is_left_behind_is_ended_and_told() -> None:
    found = run.explain_request(request("true", "sh -c 'sleep 30 & exit 0'"))
    assert any("leaves processes behind" in note for note in found.notes)


def test_small_sizes_are_counted_first_and_both_sides_alike() -> None:
    def series(n: float, wall: float) -> timing.Series:
        return timing.Series(
            n, [Run(wall=wall, user=wall, system=0.0)], [Run(wall=2 * wall, user=2 * wall, system=0.0)]
        )

    jobs = counting.plan("plugin", [series(1e6, 1.0), series(1e4, 0.01), series(1e5, 0.1)], seconds=20.0)
    assert [(job.n, job.side) for job in jobs] == [(1e4, 0), (1e4, 1), (1e5, 0), (1e5, 1)]


def test_sources_at_native_speed_begin_with_the_size_that_is_explained() -> None:
    series = [
        timing.Series(n, [Run(wall=n, user=n, system=0.0)], [Run(wall=n, user=n, system=0.0)]) for n in (1.0, 4.0)
    ]
    assert [job.n for job in counting.plan("samples", series, seconds=10.0)] == [4.0, 4.0]
    assert [job.n for job in counting.plan("samples", series, seconds=60.0)] == [4.0, 4.0, 1.0, 1.0]


def test_the_smallest_size_is_counted_however_little_time_there_is() -> None:
    one = timing.Series(1e6, [Run(wall=9.0, user=9.0, system=0.0)], [Run(wall=9.0, user=9.0, system=0.0)])
    assert len(counting.plan("plugin", [one], seconds=1.0)) == 2


@pytest.mark.parametrize(("most", "counted"), [(4000, [1000, 2000, 4000]), (1e9, [4000, 8000, 16000])])
def test_where_one_size_alone_can_be_counted_smaller_ones_are(
    most: float, counted: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that can be counted up to a size only: the others take longer than there is."""

    def take(job: counting.Job, *_: object) -> Evidence:
        if job.n is None or job.n > most:
            return Evidence(source="plugin", n=job.n, unavailable="it did not end within 1 s")
        return Evidence(source="plugin", n=job.n, counts={"instructions": Count(value=1e6 + 10 * job.n)})

    monkeypatch.setattr(counting, "take", take)
    monkeypatch.setattr(counting, "lacking", lambda _: None)
    command, sizes = f"{PYTHON} '{WORK}' {{n}}", (4000.0, 8000.0, 16000.0)
    found = run.explain_request(request(command, command, sizes, sources=("plugin",), seconds=60.0))
    for side in (found.a, found.b):
        evidence = [each for sized in side.sizes for each in sized.evidence if each.source == "plugin"]
        assert [each.n for each in evidence if each.unavailable is None] == counted
        assert [sized.n for sized in side.sizes if sized.runs] == list(sizes)


def test_a_source_that_is_not_there_says_so_in_the_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    import hwbench.evidence.system_calls as source

    monkeypatch.setattr(source, "missing", lambda: Unavailable(reason="not here", remedy="apt-get install strace"))
    found = run.explain_request(request("true", "true", sources=("strace",), same_output=False))
    assert found.missing["strace"] == "not here; apt-get install strace"


def test_noise_is_each_side_against_itself() -> None:
    runs = [Run(wall=wall, user=wall, system=0.0) for wall in (1.0, 2.0, 1.0, 2.0)]
    assert timing.noise_of([timing.Series(None, runs, runs[:1])]) == (2.0,)


def test_functions_are_explained_from_python() -> None:
    with pytest.raises(UsageError, match="neither a function nor a command"):
        run.explain(5, "true")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot be called so"):
        run.explain("true", "true", nonsense=1)


def test_a_python_function_is_timed_in_its_region() -> None:
    options = {"sources": ("os",), "runs": 2, "same_output": False, "seconds": 3.0}
    found = run.explain("math:sqrt", "math:exp", sizes=[4.0], **options)
    assert found.a.command is not None
    assert found.a.command.region


def test_every_error_is_one_of_ours() -> None:
    for words in ("/", "/etc/passwd", "''"):
        with pytest.raises(HwbenchError):
            run.explain_request(request("true", words))
