"""The corpus of known causes: its table is whole, its programs build without a warning and agree, and B really is slower."""

from __future__ import annotations

import importlib
import math
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).with_name("corpus")
MODULES = ("recipes", "rows", "pairs", "truth", "kernels")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
TINY = {"journal": 3, "commit": 3, "wait": 3, "server": 3, "buffers-python": 1}
ROBUST = ("subsequence", "membership", "bits", "digits", "output", "wait", "buffers", "list-large", "stream")

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler")


def _load() -> dict[str, Any]:
    """Import the corpus as a stranger would, and leave no trace: its `kernels` is not this project's folder."""
    path, kept = sys.path.copy(), {name: sys.modules.pop(name, None) for name in MODULES}
    sys.path.insert(0, str(CORPUS))
    try:
        return {name: importlib.import_module(name) for name in MODULES}
    finally:
        sys.path[:] = path
        for name, module in kept.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


LOADED = _load()
PAIRS = LOADED["pairs"].PAIRS
CAUSES = LOADED["pairs"].CAUSES
TRUTH = LOADED["truth"]
KERNELS = LOADED["kernels"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder for the programs, and for what they write."""
    made = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(made))
        yield made


@pytest.fixture(scope="module")
def commands(folder: Path) -> dict[str, list[str]]:
    """Build the pairs as the corpus says, a warning being an error."""
    with pytest.MonkeyPatch.context() as patch:
        flags = [flag for flag in LOADED["recipes"].FLAGS if flag != "-g"]
        patch.setattr(LOADED["recipes"], "FLAGS", (*flags, "-Werror"))
        return LOADED["pairs"].build(folder, COMPILER, warm=False)


def test_the_table_has_two_pairs_a_cause_and_three_controls() -> None:
    for cause in CAUSES:
        assert sum(pair.expected == cause and pair.kind != "double" for pair in PAIRS) >= 2, cause
    assert sum(pair.expected == "none" for pair in PAIRS) >= 3
    assert sum(pair.kind == "double" for pair in PAIRS) >= 5
    assert sum(pair.kind == "deceptive" for pair in PAIRS) >= 5
    assert sum(pair.language != "c" for pair in PAIRS) >= 6
    assert len(PAIRS) >= 40


def test_every_row_is_well_formed() -> None:
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)
    for pair in PAIRS:
        assert pair.expected in {*CAUSES, "none", "void"}, pair.name
        assert set(pair.accepted) <= {*CAUSES, "none"}, pair.name
        assert len(pair.sizes) == 3, pair.name
        assert all(2 <= q / p <= 4 for p, q in zip(pair.sizes, pair.sizes[1:], strict=False)), pair.name
        assert (pair.kind == "double") == (len(pair.causes) == 2 and len(pair.programs()) == 4), pair.name
        assert all(
            (CORPUS / ("c" if p.source.endswith(".c") else "py") / p.source).is_file() for p in pair.programs().values()
        )


def test_every_difference_is_in_one_place_the_macros_the_flags_or_the_variant() -> None:
    for pair in PAIRS:
        a, b = pair.a, pair.b
        assert a.source == b.source, pair.name
        assert (a.variant != b.variant) + (a.flags != b.flags) == (pair.name != "same-list"), pair.name


def test_the_readme_lists_every_pair_as_the_table_has_it() -> None:
    text = (CORPUS / "README.md").read_text()
    for pair in PAIRS:
        assert f"| {pair.name} | " in text, pair.name
        assert pair.differs in text, pair.name


def test_there_are_two_dozen_kernels_that_say_what_a_step_is() -> None:
    assert len(KERNELS.KERNELS) >= 24
    for kernel in KERNELS.KERNELS:
        assert kernel.step, kernel.name
        assert kernel.steps(3) == 3 * kernel.steps_per_n
        assert list(kernel.sizes) == sorted(set(kernel.sizes)), kernel.name


def test_two_causes_that_multiply_share_the_log_ratio_by_their_factors() -> None:
    assert TRUTH.shapley(1.0, 2.0, 8.0, 16.0) == pytest.approx((0.25, 0.75))
    assert TRUTH.shapley(1.0, 4.0, 1.0, 4.0) == pytest.approx((1.0, 0.0))
    assert TRUTH.shapley(3.0, 3.0, 3.0, 3.0) == (0.0, 0.0)


def test_two_causes_that_add_share_as_shapley_says() -> None:
    first, second = TRUTH.shapley(1.0, 2.0, 4.0, 5.0)
    assert first == pytest.approx((math.log(2) + math.log(5 / 4)) / 2 / math.log(5))
    assert first + second == pytest.approx(1)


def test_the_truth_of_a_double_takes_each_cause_away_in_turn() -> None:
    pair = LOADED["pairs"].pair("double-keep")
    runs = {"a": [(1.0, 2.0)] * 3, "first": [(1.0, 3.0)] * 3, "second": [(1.0, 5.0)] * 3, "b": [(1.0, 9.0)] * 3}
    truth = TRUTH.summarise(pair, runs, same_output=True)
    assert truth.ratio == pytest.approx(8)
    assert truth.without == {pair.causes[0]: 4.0, pair.causes[1]: 2.0}


def test_which_of_two_causes_is_heavier_is_measured_and_both_are_where_they_weigh_alike() -> None:
    assert TRUTH.heaviest({"cache": 2.0, "branch": 4.0}, 8.0) == ("cache",)
    assert TRUTH.heaviest({"cache": 4.0, "branch": 2.0}, 8.0) == ("branch",)
    assert TRUTH.heaviest({"cache": 2.2, "branch": 2.0}, 8.0) == ("branch", "cache")
    assert TRUTH.heaviest({"cache": 2.0, "branch": 2.0}, 1.0) == ("cache", "branch")


def test_times_are_steady_when_the_least_of_each_was_met_twice() -> None:
    assert TRUTH.is_steady({"a": [(1.0, 2.0), (5.0, 2.01), (1.01, 9.0)], "b": [(1.0, 1.0)] * 2})
    assert not TRUTH.is_steady({"a": [(1.0, 2.0), (5.0, 2.5), (1.01, 9.0)], "b": [(1.0, 1.0)] * 2})


def test_only_what_a_program_marks_is_timed_where_it_marks_anything(tmp_path: Path) -> None:
    region = tmp_path / "region"
    assert TRUTH.in_region(region, 3.0) == 3.0
    region.write_text("1500000000 1 2 3 4 5 6\n500000000 1 2 3 4 5 6\n")
    assert TRUTH.in_region(region, 3.0) == 2.0
    assert not region.exists()


def test_the_slope_of_a_kernel_ignores_its_set_up_and_one_disturbed_size() -> None:
    assert KERNELS.slope({1: [5.5], 2: [6.0], 3: [9.0], 4: [7.0]}) == pytest.approx(0.75, rel=0.4)
    assert KERNELS.slope({10: [1.1, 9.0, 1.1], 20: [1.2], 40: [1.4]}) == pytest.approx(0.01)


@needs_compiler
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_both_sides_print_the_same_at_a_tiny_size(pair: Any, commands: dict[str, list[str]]) -> None:
    lack = LOADED["pairs"].missing(pair)
    if lack:
        pytest.skip(f"this machine lacks {lack}")
    n = TINY.get(pair.name, 20)
    answers = {side: TRUTH.run(commands[f"{pair.name}.{side}"], n).answer for side in pair.programs()}
    assert all(answer.strip() for answer in answers.values())
    assert (len(set(answers.values())) == 1) == pair.same_output, answers


@needs_compiler
def test_every_kernel_runs_at_a_tiny_size(folder: Path) -> None:
    for name, argv in KERNELS.build(folder, COMPILER).items():
        assert TRUTH.run(argv, 2).answer.strip().isdigit(), name


@needs_compiler
@pytest.mark.parametrize("name", ROBUST)
def test_the_slow_side_is_slower_by_a_wide_ratio(name: str, commands: dict[str, list[str]]) -> None:
    pair = LOADED["pairs"].pair(name)
    if LOADED["pairs"].missing(pair):
        pytest.skip("this machine lacks what the pair needs")
    n = pair.sizes[-1]  # where the work outweighs starting up on a fast machine too
    times: dict[str, list[float]] = {"a": [], "b": []}
    for _ in range(3):
        for side, seconds in times.items():
            seconds.append(TRUTH.run(commands[f"{name}.{side}"], n).seconds)
    assert min(times["b"]) > 1.3 * min(times["a"]), times
