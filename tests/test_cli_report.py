"""`hwbench report`: a page, pictures as files, text or JSON from records; and each way to fail is one line."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import sys
import webbrowser
from pathlib import Path
from xml.etree import ElementTree

import explanations
import jsonschema
import pyperf
import pytest
import report_records

from hwbench import cli
from hwbench.profile import store
from hwbench.records import files
from hwbench.records import schema as schemas

Captured = pytest.CaptureFixture[str]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a machine, another machine, an explanation and a pyperf file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, record in {
        "machine.json": report_records.machine(),
        "other.json": report_records.machine("other", faster=2.0),
        "why.json": explanations.quadratic(),
    }.items():
        (tmp_path / name).write_bytes(files.encode(record))
    runs = [pyperf.Run([value], metadata={"name": "sort"}, collect_metadata=False) for value in (0.011, 0.01, 0.012)]
    pyperf.BenchmarkSuite([pyperf.Benchmark(runs)]).dump("times.json")
    return tmp_path


def report(*words: str) -> int:
    return cli.main(["report", *words])


def refused(capsys: Captured, *words: str) -> str:
    """Return the one line with which the command line refuses."""
    assert report(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hwbench: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


# ── what it makes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_becomes_one_page_whose_size_and_pictures_are_told(here: Path, capsys: Captured) -> None:
    assert report("why.json") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"hwbench: report\.html: \d+ pictures.*, [\d.]+ KiB\n", err)
    page = (here / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "://" not in page
    assert '<script id="views"' in page


def test_a_page_without_a_script_holds_the_drawings_and_is_smaller(here: Path) -> None:
    assert report("why.json", "-o", "live.html") == 0
    assert report("why.json", "-o", "still.html", "--static") == 0
    live, still = (here / "live.html").read_text(), (here / "still.html").read_text()
    assert "<script" not in still
    assert still.count('<svg class="marks"') == live.count('<svg class="marks"') > 1
    assert len(still) < len(live) / 2


def test_the_page_goes_to_standard_output_alone(here: Path, capsys: Captured) -> None:
    assert report("why.json", "-o", "-", "--static", "--title", "A <b>title</b>") == 0
    out, err = capsys.readouterr()
    assert "<h1>A &lt;b&gt;title&lt;/b&gt;</h1>" in out
    assert err == ""
    assert not (here / "report.html").exists()


def test_each_picture_becomes_a_file_with_its_title(here: Path, capsys: Captured) -> None:
    assert report("why.json", "--png", "out/png", "--svg", "out/svg") == 0
    assert not (here / "report.html").exists()
    drawings = sorted((here / "out" / "svg").iterdir())
    assert [path.stem for path in drawings] == sorted(path.stem for path in (here / "out" / "png").iterdir())
    assert "waterfall" in [path.stem for path in drawings]
    assert all(path.read_bytes().startswith(PNG) for path in (here / "out" / "png").iterdir())
    for path in drawings:
        whole = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        assert whole.tag.endswith("svg")
        assert "var(--" not in path.read_text()
    assert "pictures as PNG" in capsys.readouterr().err


def test_what_was_drawn_and_what_not_is_told_as_json(here: Path, capsys: Captured) -> None:
    assert report("machine.json", "why.json", "--json", "-", "--svg", "drawn") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "hwbench.report/1"
    assert [section["kind"] for section in told["sections"]] == ["machine", "explanation"]
    for section in told["sections"]:
        for picture in section["pictures"]:
            assert picture["shows"]
            assert all(Path(file).is_file() for file in picture["files"])
            assert picture["files"]
    jsonschema.validate(told, json.loads(schemas.path(files.REPORT).read_text()))


def test_several_machines_are_laid_over_each_other_first(here: Path, capsys: Captured) -> None:
    assert report("machine.json", "other.json", "--json", "-") == 0
    sections = json.loads(capsys.readouterr().out)["sections"]
    assert len(sections) == 3
    assert "latency" in [picture["name"] for picture in sections[0]["pictures"]]
    assert sections[0]["kind"] != "machine"
    assert [section["kind"] for section in sections[1:]] == ["machine", "machine"]


def test_a_kept_profile_is_asked_for_by_its_id_or_as_the_newest(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HWBENCH_DATA", str(here / "data"))
    monkeypatch.setattr(store, "load_profile", lambda name=None: report_records.machine(name or "the newest"))
    for asked, host in (("newest", "the newest"), ("0123", "0123")):
        assert report(asked, "--json", "-") == 0
        assert host in json.loads(capsys.readouterr().out)["sections"][0]["title"]


def test_timings_of_pyperf_are_drawn(here: Path, capsys: Captured) -> None:
    assert report("times.json", "--json", "-") == 0
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert section["kind"] == "timings"
    assert section["pictures"]


def test_the_terminal_gets_the_curve_and_the_waterfall_as_text(here: Path, capsys: Captured) -> None:
    assert report("machine.json", "why.json", "times.json", "--text") == 0
    out = capsys.readouterr().out
    assert "Load latency by footprint" in out
    assert "From A to B" in out
    assert "11 ms" in out
    assert not (here / "report.html").exists()


def test_the_page_is_shown_in_a_browser_or_it_is_said_that_there_is_none(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    assert report("why.json", "--open", "--static") == 0
    assert opened == [(here / "report.html").as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert report("why.json", "--open", "--static") == 0
    assert "no browser was found: open report.html in one" in capsys.readouterr().err


def test_a_record_comes_from_standard_input(here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (here / "why.json").read_bytes()
    for given, status in ((data, 0), (data[:100], 2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert report("-", "--json", "-") == status
    out, err = capsys.readouterr()
    assert json.loads(out)["sections"][0]["kind"] == "explanation"
    assert err.startswith("hwbench: standard input is damaged")


# ── what it refuses ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_no_record_is_refused_in_one_line(here: Path, capsys: Captured) -> None:
    cases = {
        "truncated.json": ((here / "why.json").read_bytes()[:500], "damaged"),
        "older.json": (b'{"schema": "hwbench.machine/0"}', "no longer reads"),
        "newer.json": (b'{"schema": "hwbench.machine/9"}', "newer hwbench"),
        "other-tool.json": (b'{"schema": "else/1"}', "its schema is 'else'"),
        "plain.json": (b'{"a": 1}', "it has no schema"),
        "list.json": (b"[1, 2]", "is no record"),
        "empty.json": (b"", "damaged"),
        "binary.json": (b"\x00\xff\xfe", "damaged"),
        "wrong-type.json": (b'{"schema": "hwbench.machine/1", "id": 3}', "damaged"),
        "half-pyperf.json": (b'{"benchmarks": 3}', "not a pyperf file"),
        "packed.json.gz": (b"no gzip", "could not be read"),
    }
    for name, (data, said) in cases.items():
        (here / name).write_bytes(data)
        assert said in refused(capsys, name)
    assert not (here / "report.html").exists()


def test_a_file_that_is_not_there_and_a_folder_are_refused(here: Path, capsys: Captured) -> None:
    (here / "folder.json").mkdir()
    assert "No such file" in refused(capsys, "nothing.json")
    assert "cannot be read" in refused(capsys, "folder.json")


def test_outputs_that_cannot_be_written_are_refused_before_anything_is_drawn(here: Path, capsys: Captured) -> None:
    (here / "file").write_text("")
    assert "no folder" in refused(capsys, "why.json", "-o", "none/report.html")
    assert "is a folder" in refused(capsys, "why.json", "-o", ".")
    assert "take a folder" in refused(capsys, "why.json", "--png", "file")
    assert "both" in refused(capsys, "why.json", "-o", "-", "--json", "-")
    assert "goes with neither" in refused(capsys, "why.json", "-o", "-", "--open")


def test_without_the_extra_one_line_says_how_to_get_it(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'hwbench-toolkit[report]'" in refused(capsys, "why.json")
    assert report("why.json", "--text") == 0


def test_no_file_is_wrong_usage(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        report()
    assert ended.value.code == 2
    assert "FILE" in capsys.readouterr().err
