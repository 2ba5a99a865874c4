"""Our suite for pyperformance: its manifest can be read, its requirement is this hwbench, its scripts run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hwbench import cli
from hwbench.engines import suite
from hwbench.errors import EngineError, UsageError

NAMES = {"hwbench_chase", "hwbench_stream", "hwbench_branch", "hwbench_sqlite", "hwbench_tuned", "hwbench_plausible"}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return suite.write(tmp_path / "suite")


def test_pyperformance_reads_every_benchmark_of_the_manifest(manifest: Path) -> None:
    from pyperformance import _manifest

    benchmarks = {bench.name: bench for bench in _manifest.load_manifest(str(manifest)).benchmarks}
    assert set(benchmarks) == NAMES
    for bench in benchmarks.values():
        assert Path(bench.runscript).is_file()
        assert bench.tags[0] in {"memory", "branch", "database"}
        assert "3.11" in bench.python
        assert Path(bench.requirements_lockfile).read_text().startswith("hwbench-toolkit")


def test_pyperformance_lists_them_by_its_own_command_and_by_tag(manifest: Path) -> None:
    words = [sys.executable, "-m", "pyperformance", "list", "--manifest", str(manifest), "-b", "memory"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "- hwbench_chase" in told
    assert "hwbench_sqlite" not in told


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (None, "hwbench-toolkit==1.2"),
        (
            {"url": "file:///home/me/hwbench", "dir_info": {"editable": True}},
            "hwbench-toolkit @ file:///home/me/hwbench",
        ),
        ({"url": "https://example.org/h.whl", "archive_info": {}}, "hwbench-toolkit @ https://example.org/h.whl"),
        (
            {"url": "https://example.org/h", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "hwbench-toolkit @ git+https://example.org/h@abc",
        ),
    ],
)
def test_the_requirement_is_where_this_hwbench_was_installed_from(origin: object, wanted: str) -> None:
    assert suite.requirement_of("1.2", None if origin is None else json.dumps(origin)) == wanted


def test_writing_again_replaces_ours_but_no_other_manifest(manifest: Path) -> None:
    assert suite.write(manifest.parent) == manifest
    manifest.write_text("[benchmarks]\n\nname\tmetafile\nmine\t<local>\n")
    with pytest.raises(UsageError, match="another manifest"):
        suite.write(manifest.parent)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="choose another --folder"):
        suite.write(tmp_path / "file" / "suite")


def test_the_command_prints_the_path_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["engines", "manifest", "--folder", str(tmp_path / "suite")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'suite' / 'MANIFEST'}\n"


def test_an_engine_is_opened_when_it_is_timed_and_its_files_go() -> None:
    asked = suite.Asked("sqlite", "count", rows=100)
    assert asked._engine is None
    assert asked.seconds(3) > 0
    folder = Path(asked._folder.name)  # type: ignore[union-attr]
    assert folder.is_dir()
    asked.close()
    assert not folder.exists()


def test_an_engine_that_answers_wrongly_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    from hwbench.engines.adapters.sqlite import Sqlite

    monkeypatch.setattr(Sqlite, "count", lambda _self, _bound: -1)
    asked = suite.Asked("sqlite", "count", rows=100)
    with pytest.raises(EngineError, match="answers count wrongly"):
        asked.seconds(1)
    asked.close()


def test_a_script_runs_under_pyperf_and_names_its_benchmarks(manifest: Path, tmp_path: Path) -> None:
    import pyperf

    script, output = manifest.parent / "bm_hwbench_sqlite" / "run_benchmark.py", tmp_path / "out.json"
    words = [sys.executable, "-u", str(script), "--debug-single-value", "--output", str(output)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = pyperf.BenchmarkSuite.load(str(output)).get_benchmark_names()
    assert names == ["hwbench_sqlite_lookup", "hwbench_sqlite_count", "hwbench_sqlite_join"]
