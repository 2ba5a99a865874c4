"""The table of sources: every one has what all have, is tried here, and says why it does not work where it does not."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from hwbench.evidence import sources, tools
from hwbench.records import Command, Unavailable

MODULES = [listed.name for listed in sources.SOURCES if listed.module is not None]


@pytest.mark.parametrize("name", MODULES)
def test_every_source_has_what_all_sources_have(name: str) -> None:
    loaded = sources.load(name)
    if isinstance(loaded, Unavailable):
        pytest.skip(str(loaded))
    missing, count = loaded
    assert not inspect.signature(missing).parameters
    assert list(inspect.signature(count).parameters)[:3] == ["command", "profile", "limits"]


def test_the_survey_has_a_row_for_each_source_and_a_reason_for_each_that_is_missing() -> None:
    rows = sources.survey()
    assert [row.name for row in rows] == [listed.name for listed in sources.SOURCES]
    assert all(row.found for row in rows if row.state == "missing")
    assert next(row for row in rows if row.name == "os").state == "ok"


def test_a_source_that_nobody_knows_and_one_of_the_timed_runs_are_reasons_and_no_crash() -> None:
    assert "there is no source telepathy; there are perf_event" in str(sources.load("telepathy"))
    assert "timed runs" in str(sources.load("os"))


def test_a_source_that_is_not_installed_is_missing_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = sources.Listed("other", "plugin", "hwbench.evidence.no_such_module", "", "")
    monkeypatch.setattr(sources, "SOURCES", (listed,))
    (row,) = sources.survey()
    assert row.state == "missing"
    assert "not installed" in row.found


def test_a_python_that_is_a_shell_script_is_replaced_by_the_interpreter_it_finds(tmp_path: Path) -> None:

    shim = tmp_path / "python3"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    found = tools.without_shim(Command(argv=(str(shim), "-c", "pass")))
    assert found.argv == (sys.executable, "-c", "pass")


def test_a_script_that_is_no_python_stays_as_it_is(tmp_path: Path) -> None:

    script = tmp_path / "engine"
    script.write_text("#!/bin/sh\n:\n")
    script.chmod(0o755)
    assert tools.without_shim(Command(argv=(str(script), "x"))).argv == (str(script), "x")
