"""A lesson's curve as a file: what it is and holds, and each way that it cannot be drawn is one line."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from hwbench.errors import UsageError
from hwbench.records import Curve
from hwbench.show import picture

POINTS = tuple({"bytes": 1024.0 * 4**step, "shuffled": 1.5 * 2**step, "in order": 1.25} for step in range(6))
CURVE = Curve(axis="bytes", unit="B", title="a step of a walk, by the memory that it goes through", points=POINTS)


@pytest.fixture(autouse=True)
def _is_installed() -> None:
    pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
    pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")


def test_an_svg_holds_its_labels_and_units(tmp_path: Path) -> None:
    path = tmp_path / "curve.svg"
    picture.draw(CURVE, path)
    drawn = path.read_text()
    assert drawn.startswith("<svg")
    for label in ("shuffled", "in order", "bytes", "a step of a walk", "64 KiB", "10 ns", "time of a unit of work"):
        assert label in drawn, label
    assert "var(--" not in drawn  # a file has no page to give it its colours


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG\r\n"), (".PNG", b"\x89PNG\r\n"), (".pdf", b"%PDF-")])
def test_the_suffix_says_what_it_is(suffix: str, begins: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"curve{suffix}"
    picture.draw(CURVE, path)
    assert path.read_bytes().startswith(begins)


def test_another_suffix_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"a\.txt is no picture that can be drawn: name it \*\.svg, \*\.png, \*\.pdf"):
        picture.check(Path("a.txt"))


@pytest.mark.parametrize("lacking", ["altair", "vl_convert"])
def test_a_library_that_is_missing_is_one_line_that_says_what_to_do(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == lacking else found(name))
    for refused in (lambda: picture.check(Path("a.svg")), lambda: picture.draw(CURVE, tmp_path / "a.svg")):
        with pytest.raises(UsageError) as error:
            refused()
        assert "pip install 'hwbench-toolkit[report]'" in str(error.value)
        assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        picture.draw(CURVE, tmp_path / "nowhere" / "a.svg")


def test_a_curve_without_a_point_that_can_be_drawn_says_so(tmp_path: Path) -> None:
    empty = Curve(axis="n", unit="", title="t", points=({"n": 1.0, "a": -2.0},))
    with pytest.raises(UsageError, match="has no point that can be drawn"):
        picture.draw(empty, tmp_path / "a.svg")


def test_importing_it_imports_no_plotting_library() -> None:
    code = "import sys, hwbench.show.picture; print([one for one in ('altair', 'vl_convert', 'jinja2') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
