"""The command line: one line for every mistake, the right exit status, and nothing heavy imported for help."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from profiles import host, profile, quantity

import hwbench
from hwbench import cli
from hwbench.profile import store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRINT_HELP = "import contextlib, hwbench.cli\nwith contextlib.suppress(SystemExit): hwbench.cli.main(['--help'])"
HEAVY = ("numpy", "numba", "psutil", "msgspec", "tabulate", "tqdm", "platformdirs", "pyperf")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def kept() -> str:
    """Keep a profile of this host and return its id."""
    made = store.with_id(
        profile(
            {"l1d.latency": quantity("ns", 1.04, cycles=4.0), "dram.latency": quantity("ns", 160)},
            host(store.this_host()),
            {"latency_base": ({"bytes": 1024.0, "ns": 1.0}, {"bytes": 2048.0, "ns": 9.0})},
        )
    )
    store.keep(made)
    return made.id


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the command line here and return exit status, output and errors."""
    try:
        status = cli.main(words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def imported(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules), file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    return set(told.split()) & set(HEAVY)


def test_neither_the_package_nor_its_help_imports_anything_heavy() -> None:
    assert imported("import hwbench") == set()
    assert imported(PRINT_HELP) == set()


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    status, output, _ = call(capsys, "--help")
    assert status == 0
    assert all(verb in output and summary in output for verb, summary in cli.VERBS.items())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version")[:2] == (0, f"hwbench {hwbench.__version__}\n")


@pytest.mark.parametrize("verb", ["characterize", "show"])
def test_a_verb_has_help_with_examples(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    status, output, _ = call(capsys, verb, "--help")
    assert status == 0
    assert f"examples:\n  hwbench {verb}" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("charactrize",), "there is no verb 'charactrize'; did you mean characterize?"),
        (("zzz",), "there is no verb 'zzz': choose demo, characterize, show"),
        (("--quick",), "there is no option --quick"),
        (("characterize", "--quik"), "there is no option --quik (did you mean --quick?)"),
        (("characterize", "--qui"), "there is no option --qui"),
        (("characterize", "--cpu", "one"), "invalid int value: 'one'"),
        (("characterize", "--quick", "--full"), "not allowed with argument"),
        (("characterize", "--cpu", "4095"), "CPU 4095 cannot be used here"),
        (("characterize", "--memory-limit", "1M"), "too small"),
        (("characterize", "--memory-limit", "some"), "'some' is not a size"),
        (("characterize", "--only", "no_such_thing"), "nothing to measure is named 'no_such_thing'"),
        (("characterize", "-o", "/no/such/folder/x.json"), "there is no folder /no/such/folder"),
        (("characterize", "-o", "."), "is a folder"),
        (("characterize", "--resume"), "no interrupted run to resume"),
        (("characterize", "--extra-probes", "no_such_module"), "cannot be imported"),
        (("show",), "there is no profile of"),
        (("show", "--profile", "/no/such/file.json"), "cannot be read"),
        (("show", "--profile", "abc"), "no kept profile has an id"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    status, output, errors = call(capsys, *words)
    assert (status, output) == (2, "")
    assert message in errors
    assert errors.count("\n") == 1
    assert errors.startswith("hwbench")


def test_interrupts_and_our_errors_have_their_exit_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("hwbench.cli.show.run", stop)
    assert call(capsys, "show") == (130, "", "hwbench: interrupted\n")


def test_show_prints_the_newest_profile(capsys: pytest.CaptureFixture[str], kept: str) -> None:
    status, output, errors = call(capsys, "show")
    assert (status, errors) == (0, "")
    assert kept in output
    assert "l1d.latency" in output


def test_show_prints_asked_quantities(capsys: pytest.CaptureFixture[str], kept: str) -> None:
    _, output, _ = call(capsys, "show", "l1d")
    assert output.startswith("l1d.latency: 4 cycles = 1.04 ns\n")
    assert "dram.latency" not in output
    status, _, errors = call(capsys, "show", "dram.latncy")
    assert status == 2
    assert "did you mean dram.latency" in errors


def test_show_writes_json_that_is_a_profile(capsys: pytest.CaptureFixture[str], kept: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert call(capsys, "show", "l1d.latency", "--json", str(path))[0] == 0
    assert list(store.read(path).quantities) == ["l1d.latency"]
    assert call(capsys, "show", "--json", "/no/such/folder/x")[0] == 2


def test_show_json_on_standard_output_is_json_alone(capfdbinary: pytest.CaptureFixture[bytes], kept: str) -> None:
    assert cli.main(["show", "--json", "-"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["id"] == kept


def test_show_draws_a_curve(capsys: pytest.CaptureFixture[str], kept: str) -> None:
    assert "base pages" in call(capsys, "show", "--curve", "latency")[1]
    status, _, errors = call(capsys, "show", "--curve", "heat")
    assert status == 2
    assert "it has latency, latency_base" in errors


def test_show_lists_what_is_kept_even_if_damaged(
    capsys: pytest.CaptureFixture[str], kept: str, data_folder: Path
) -> None:
    folder = next(data_folder.glob("profiles/*"))
    (folder / "2030-01-01T00-00-00-aaaaaaaaaaaa.json").write_text("{")
    lines = call(capsys, "show", "--list")[1].splitlines()
    assert "damaged" in lines[2]
    assert kept in lines[3]
    status, _, errors = call(capsys, "show")
    assert status == 2
    assert "is damaged" in errors


def test_an_empty_list_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert "measure one: hwbench characterize" in call(capsys, "show", "--list")[1]


def test_a_profile_of_another_machine_is_shown_with_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "there.json"
    store.write(store.with_id(profile({"l2.latency": quantity("ns", 4)}, host("there"))), path)
    status, output, errors = call(capsys, "show", "--profile", str(path))
    assert status == 0
    assert "l2.latency" in output
    assert "of another machine, there" in errors


def test_a_reader_that_goes_away_is_no_error(kept: str) -> None:
    command = [sys.executable, "-c", "import sys; from hwbench.cli import main; sys.exit(main(['show']))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        run.stdout.close()
        _, errors = run.communicate(timeout=30)
    assert errors == b""
