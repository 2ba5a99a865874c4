"""The doctor's report: its text, its JSON and its verb."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from played_host import NAMES, every, play

from hwbench import __version__
from hwbench.cli import doctor as verb
from hwbench.errors import UsageError
from hwbench.evidence.sources import SOURCES
from hwbench.host.permits import DoctorReport, Surroundings
from hwbench.show import style
from hwbench.show.doctor import report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_and_not_where_they_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert style.paint("no", "red", Terminal()) == "\033[31mno\033[0m"
    assert style.paint("no", "red", io.StringIO()) == "no"
    monkeypatch.setenv("NO_COLOR", "1")
    assert style.paint("no", "red", Terminal()) == "no"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert style.paint("no", "red", Terminal()) == "no"


def findings_of(around: Surroundings) -> DoctorReport:
    return DoctorReport(
        schema="hwbench.doctor/1", hwbench=__version__, host=around.host, permits=tuple(every(around).values())
    )


def test_the_report_names_the_host_every_permit_and_each_remedy(tmp_path: Path) -> None:
    findings = findings_of(play(tmp_path, "hybrid", which=lambda name: None))
    text = report(findings, io.StringIO(), 100)
    assert "13th Gen Intel(R) Core(TM) i7-1370P (Raptor Lake), 20 logical CPUs on 14 cores, 8 of them small" in text
    assert all(permit.name in text and permit.remedy in text for permit in findings.permits)
    assert "\033" not in text


@pytest.mark.parametrize("width", [1, 40, 80, 1000])
def test_the_report_fits_its_width_but_for_commands(tmp_path: Path, width: int) -> None:
    text = report(findings_of(play(tmp_path, "container")), io.StringIO(), width)
    limit = min(max(width, 50), 120)
    assert [line for line in text.splitlines() if len(line) > limit and "mend:" not in line] == []


def test_the_report_is_plain_ascii_where_the_host_is(tmp_path: Path) -> None:
    for name in ("container", "two-socket-server", "macos-m4"):
        assert report(findings_of(play(tmp_path, name)), io.StringIO()).isascii()


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser("hwbench")
    verb.register(parser.add_subparsers())
    return parser.parse_args(["doctor", *arguments])


def test_the_verb_prints_and_returns_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(parse()) == 0
    assert f"hwbench {__version__}" in capsys.readouterr().out


def test_the_json_is_the_report_alone_and_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(parse("--json", "-")) == 0
    findings = msgspec.json.decode(capsys.readouterr().out, type=DoctorReport)
    assert (findings.schema, findings.hwbench) == ("hwbench.doctor/1", __version__)
    assert {permit.name for permit in findings.permits} == NAMES
    assert [source.name for source in findings.sources] == [listed.name for listed in SOURCES]
    assert all(source.state == "ok" or source.found for source in findings.sources)


def test_json_goes_to_a_file_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "doctor.json"
    assert verb.run(parse("--json", str(file))) == 0
    assert set(json.loads(file.read_text())) == {"schema", "hwbench", "host", "conditions", "permits", "sources"}
    assert "huge pages" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        verb.run(parse("--json", str(tmp_path / "nowhere" / "doctor.json")))


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_status:
        parse("--help")
    assert exit_status.value.code == 0
    assert "hwbench doctor --json -" in capsys.readouterr().out


def test_the_doctor_imports_neither_numpy_nor_numba() -> None:
    heavy = "{'numpy', 'numba', 'tqdm'} & set(sys.modules)"
    program = f"import sys; from hwbench.cli import doctor; doctor.look(); print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
