"""Functions as commands: found by name, called in a process of their own, and one line for every mistake."""

from __future__ import annotations

import importlib
import math
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hwbench.errors import UsageError
from hwbench.experiment import callables
from hwbench.experiment.answers import answer_of
from hwbench.experiment.callables import callable_command, is_callable_spec, loops_for, spec_of, spell_size, takes_size
from hwbench.measure import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = """
import sys
def plain(n): return sum(range(n))
def fixed(): return [1.5, 2.5]
def either(n=3): return n
def says(n):
    print("said", n)
    return n
def fails(n): raise ValueError("two\\nlines")
def ends(n): sys.exit("bye")
def two(a, b): return a
async def later(n): return n + 1
def lazy(n):
    for i in range(n): yield i
def writes(n): return sys.stdout.write("x" * n)
def kind(n): return type(n).__name__
class Holder:
    @staticmethod
    def inside(n): return n * 2
number = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "toy_module.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("toy_module", None)


def called(spec: str, n: float | None = None, **options: Any) -> processes.Ended:
    return processes.run(callable_command(spec, n, **options), reads_output=True, timeout=60)


def answer(spec: str, n: float | None = None, **options: Any) -> str:
    ended = called(spec, n, **options)
    assert ended.is_well, ended.trouble
    return ended.output.decode().strip()


@pytest.mark.parametrize(
    ("spec", "n", "expected"),
    [
        ("toy_module:plain", 1e4, "49995000"),
        ("toy_module.py:plain", 10, "45"),
        ("toy_module:either", None, "3"),
        ("toy_module:either", 7, "7"),
        ("toy_module:later", 1, "2"),
        ("toy_module:Holder.inside", 4, "8"),
        ("toy_module:kind", 1e5, "'int'"),
        ("toy_module:kind", 0.5, "'float'"),
        ("math:sqrt", 4, "2.00000000e+00"),
    ],
)
def test_a_function_is_found_and_called(folder: Path, spec: str, n: float | None, expected: str) -> None:
    assert answer(spec, n) == expected


@pytest.mark.usefixtures("folder")
def test_only_the_calls_lie_in_the_region() -> None:
    ended = called("toy_module:plain", 1000, loops=3)
    assert ended.run.whole is not None
    assert ended.run.wall < ended.run.whole / 4


@pytest.mark.usefixtures("folder")
def test_more_loops_make_a_longer_region() -> None:
    assert called("toy_module:plain", 10000, loops=100).run.wall > 10 * called("toy_module:plain", 10000).run.wall


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("options", [{}, {"loops": 5}, {"cold": True}, {"cold": True, "loops": 5}])
def test_what_is_printed_belongs_to_the_answer_once(options: dict[str, Any]) -> None:
    assert answer("toy_module:says", 3, **options) == r"3 'said 3\n'"


@pytest.mark.usefixtures("folder")
def test_a_generator_is_run_to_its_end() -> None:
    assert answer("toy_module:lazy", 3) == answer_of([0, 1, 2])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("spec", "n", "status", "said"),
    [
        ("toy_module:fails", 3, 1, "toy_module:fails: called with (3) it raised ValueError: two lines (toy_module.py"),
        ("toy_module:ends", 3, 1, "it raised SystemExit: bye"),
        ("toy_module:nothing", 3, 1, "there is no nothing in toy_module"),
        ("nowhere_at_all:plain", 3, 1, "could not be imported: ModuleNotFoundError"),
        ("nowhere.py:plain", 3, 1, "could not be imported: FileNotFoundError"),
        ("toy_module:number", 3, 2, "is not a function but of type int"),
        ("toy_module:two", 3, 2, "it must take one argument, the size, or none"),
        ("toy_module:fixed", 3, 2, "takes no argument: leave out --sizes"),
        ("toy_module:plain", None, 2, "takes an argument: give --sizes"),
        ("toy_module", 3, 2, "is not of the form package.module:function"),
    ],
)
def test_each_mistake_is_one_line(spec: str, n: float | None, status: int, said: str) -> None:
    ended = called(spec, n)
    assert ended.status == status
    assert len(ended.errors.splitlines()) == 1
    assert said in ended.errors
    assert not ended.output


def test_a_module_with_a_mistake_says_where(folder: Path) -> None:
    (folder / "broken_module.py").write_text("x = 1\ny = 1 / 0\n")
    assert "ZeroDivisionError: division by zero (broken_module.py, line 2)" in called("broken_module:f", 1).errors


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "expected"), [("plain", True), ("fixed", False), ("either", None)])
def test_whether_a_function_takes_a_size_is_asked_beforehand(name: str, expected: bool | None) -> None:
    assert takes_size(f"toy_module:{name}") is expected


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("spec", ["toy_module:two", "toy_module:nothing", "nowhere_at_all:f"])
def test_asking_about_a_function_that_cannot_be_called_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match=spec) as caught:
        takes_size(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg.module:function", True),
        ("slow.py:f", True),
        ("./dir/slow.py:Class.f", True),
        ("./fast {n}", False),
        ("old.json", False),
        ("python -c 'print(1):x'", False),
        ("http://x", False),
        (":f", False),
        ("", False),
    ],
)
def test_specs_are_told_from_command_lines(text: str, expected: bool) -> None:
    assert is_callable_spec(text) is expected


def test_sizes_are_spelt_without_point_where_whole() -> None:
    assert [spell_size(n) for n in (1e4, 3, 0.5)] == ["10000", "3", "0.5"]
    for bad in (math.nan, math.inf):
        with pytest.raises(UsageError):
            spell_size(bad)


def test_loops_make_a_region_long_enough_and_no_longer() -> None:
    assert [loops_for(seconds) for seconds in (1.0, 0.02, 0.01, 0.003)] == [1, 1, 2, 7]
    assert loops_for(0.0) == callables.MOST_LOOPS


def test_a_function_of_a_module_is_named_by_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    module = importlib.import_module("toy_module")
    assert spec_of(module.plain) == "toy_module:plain"
    assert spec_of(module.Holder.inside) == "toy_module:Holder.inside"
    assert str(folder) in callables.search_folders()


def test_a_script_that_measures_when_imported_is_told_to_guard_it(tmp_path: Path) -> None:
    (tmp_path / "a_script.py").write_text(
        "from hwbench.experiment.callables import callable_command, spec_of\nfrom hwbench.measure import processes\n"
        "def double(n): return n * 2\n"
        "print(processes.run(callable_command(spec_of(double), 21)).errors)\n"
    )
    words = [sys.executable, "a_script.py"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    assert "under `if __name__" in ended.stdout


def test_a_function_of_a_script_is_found_by_the_scripts_path(tmp_path: Path) -> None:
    (tmp_path / "a_script.py").write_text(
        "from hwbench.experiment.callables import callable_command, spec_of\nfrom hwbench.measure import processes\n"
        "def double(n): return n * 2\n"
        'if __name__ == "__main__":\n'
        "    print(processes.run(callable_command(spec_of(double), 21), reads_output=True).output.decode())\n"
    )
    for words in (["a_script.py"], ["-m", "a_script"]):
        ended = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == "42"


def test_a_script_run_for_its_function_may_not_measure_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(callables.CALLED_VARIABLE, "1")
    with pytest.raises(UsageError, match="__main__"):
        spec_of(math.sqrt)


def test_a_lambda_without_cloudpickle_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(UsageError, match="put it into a module") as caught:
        spec_of(lambda n: n)
    assert "\n" not in str(caught.value)


def test_a_lambda_is_pickled_where_cloudpickle_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
    assert answer(spec_of(lambda n: n + 1, tmp_path), 4) == "5"


def test_a_pickled_function_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    stand_in = type(sys)("cloudpickle")
    stand_in.dumps = lambda _function: pickle.dumps(math.sqrt)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cloudpickle", stand_in)
    assert answer(spec_of(lambda n: n, tmp_path), 9) == "3.00000000e+00"


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(UsageError, match="not a function"):
        spec_of(3)  # type: ignore[arg-type]


@dataclass
class Point:
    x: float
    y: list[int]


class Odd:
    pass


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, np.float64(1.0)),
        (3, np.int32(3)),
        ([1, 2, 3], (1, 2, 3)),
        ([1, 2, 3], np.array([1, 2, 3], dtype=np.int16)),
        ([0.5, 1.5], np.array([0.5, 1.5], dtype=np.float32)),
        ([0.1] * 50_000, np.full(50_000, 0.1)),
        ([True, False], np.array([True, False])),
        ({1: 2, 3: 4}, OrderedDict([(3, 4), (1, 2)])),
        ({"a", "b"}, frozenset({"b", "a"})),
        (0.1 + 0.2, 0.3),
        (-0.0, 0.0),
        ([math.nan, 1.0], np.array([math.nan, 1.0])),
        (Point(1.0, [2]), Point(1.0, [2])),
        (Odd(), Odd()),
        ([], np.array([])),
        ([], np.array([], dtype=np.int64)),
        ([1, 2.5], np.array([1, 2.5])),
    ],
)
def test_answers_that_mean_the_same_are_the_same(one: Any, other: Any) -> None:
    assert answer_of(one) == answer_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1.0, 1.0000001),
        (1, True),
        (None, 0),
        ("1", 1),
        ([1, 2], [2, 1]),
        ([0.5, 1.5, 2.5], [1.5, 0.5, 2.5]),
        ([1.0] * 10_000, [1.0] * 9_999 + [1.01]),
        ([math.nan, 1.0], [1.0, math.nan]),
        ([math.inf, 1.0], [-math.inf, 1.0]),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ({1: 2}, {1: 3}),
        (Point(1.0, [2]), Point(1.0, [3])),
        (b"a", "a"),
        (1 << 70, (1 << 70) + 1),
        ("x" * 1000, "x" * 999 + "y"),
    ],
)
def test_answers_that_differ_are_told_apart(one: Any, other: Any) -> None:
    assert answer_of(one) != answer_of(other)


def test_an_answer_is_one_short_line_whatever_it_is() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (endless, "a\nb" * 1000, {"k": [1.5] * 1000}, os, lambda: None):
        assert len(answer_of(value).splitlines()) == 1
        assert len(answer_of(value)) < 100
