"""The counting plugin's engine: caches, TLBs, streams, predictors and the flow model, by facts that follow from arithmetic.

A small C program (counting_engine.c) plays the stories, under ASan and UBSan, without and with wide vectors. Its machine: four
instructions a cycle, a window of 64, latencies 4, 12, 40 and 300 cycles, ten misses in flight, 4 bytes a cycle from memory.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parent.parent / "c_src" / "counting"
PARTS = ("caches", "predictor", "flow", "flow_prices", "fresh", "options")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{ENGINE}"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
Tell = Callable[[str], list[float]]


def widths() -> list[list[str]]:
    if platform.machine() == "x86_64" and " avx2 " in Path("/proc/cpuinfo").read_text():
        return [[], ["-mavx2"]]
    return [[]]


@pytest.fixture(scope="module", params=widths(), ids=lambda flags: " ".join(flags) or "usual")
def tell(request, tmp_path_factory) -> Tell:
    """Return a function that plays a story and returns the numbers it tells."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("engine") / "engine"
    inputs = [str(Path(__file__).with_name("counting_engine.c")), *(str(ENGINE / f"{part}.c") for part in PARTS)]
    words = [compiler, *FLAGS, *request.param, *inputs, "-lm", "-o", str(program)]
    done = subprocess.run([*words, *SANITIZERS], capture_output=True, text=True, check=False)
    if done.returncode and ("asan" in done.stderr or "ubsan" in done.stderr):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    def play(fact: str) -> list[float]:
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        told = subprocess.run([str(program), fact], capture_output=True, text=True, env=environment, check=False)
        assert told.returncode == 0, told.stderr
        return [float(word) for word in told.stdout.split()]

    return play


def test_the_line_used_longest_ago_leaves_first_in_both_kinds_of_cache(tell):
    assert tell("order") == [0, 0, 11, 0, 11, 0]


def test_as_many_lines_of_a_set_as_ways_stay_and_one_more_misses_always(tell):
    assert tell("conflict") == [0, 9 * 9, 0, 9 * 9]


def test_a_fully_associative_tlb_holds_as_many_pages_as_it_has_entries(tell):
    assert tell("tlb") == [0, 65 * 9]


def test_sets_need_not_be_a_power_of_two(tell):
    assert tell("odd_sets") == [3, 4, 0, 5 * 9]


def test_lines_pages_apart_crowd_into_the_sets_of_one_place_in_a_page(tell):
    sets, ways, in_a_row, pages_apart, shifted, keeps_its_place = tell("paged")
    assert (sets, ways) == (1280, 8)
    assert in_a_row < 0.05 * 9 * 1024
    assert pages_apart == 9 * 1024
    assert shifted < 0.05 * 9 * 1024
    assert keeps_its_place


def test_streams_are_followed_from_the_third_line_and_chance_never_is(tell):
    up, down, strided, too_far, every_second, by_stride, by_chance = tell("streaming")
    assert every_second <= 2
    assert by_stride >= 96
    assert (up, down, strided) == (98, 98, 97)
    assert too_far == 0
    assert by_chance < 10


def test_periods_are_learned_and_coins_are_not(tell):
    always, short, long, coin = tell("directions")
    assert (always, short, long) == (0, 0, 0)
    assert 4500 < coin < 5500


def test_a_cycle_of_targets_is_learned_only_where_the_history_tells_targets_apart(tell):
    one, cycle, blind, chance, *of_calls = tell("targets")
    assert (one, cycle) == (0, 0)
    assert blind == 10000
    assert 7000 < chance < 8000
    assert of_calls == [10000, 0]  # whether the history tells callees apart is asked for by itself


def test_returns_are_known_as_deep_as_the_stack_is(tell):
    assert tell("returns") == [0, 4]


def test_a_chain_takes_its_latencies_and_idle_units_only_the_width(tell):
    chain, ideal, apart = tell("arithmetic")
    assert chain == pytest.approx(3 * 1 + 3 * 3, rel=0.01)
    assert ideal == pytest.approx(6 / 4, rel=0.01)
    assert apart == pytest.approx(6 / 4, rel=0.01)


def test_dependent_loads_take_the_latency_independent_ones_their_share_and_streams_the_bandwidth(tell):
    hit, chase, dependent, gather, independent, stream, strided, *by_pages, without_cache = tell("loads")
    assert hit == pytest.approx(4, rel=0.01)
    assert chase == pytest.approx(300, rel=0.01)
    assert dependent >= 99
    assert gather == pytest.approx(300 / 10, rel=0.05)
    assert independent == 100
    assert stream == pytest.approx(64 / 4, rel=0.05)
    assert strided == pytest.approx(2.5 * 64 / 4, rel=0.05)
    skipped_without_bandwidth, paged_without_bandwidth, paged_without_cache = by_pages
    assert skipped_without_bandwidth < 5  # within a page what is not used fills the pipe,
    assert paged_without_bandwidth == pytest.approx(64 / 4, rel=0.05)  # beyond it locality is wanting
    assert paged_without_cache < 5
    assert without_cache == pytest.approx(4, rel=0.01)  # where every line is near, none travels


def test_a_load_from_a_line_on_its_way_waits_for_it_and_so_does_what_depends_on_it(tell):
    cycles, dependent = tell("same_line")
    assert cycles == pytest.approx(300, rel=0.01)
    assert dependent >= 99


def test_a_value_through_memory_costs_forwarding_unless_the_same_register_leads_there(tell):
    one, two = tell("stores")
    assert one == pytest.approx(1 + 1, rel=0.05)
    assert two == pytest.approx(6 + 1, rel=0.05)


def test_a_load_waits_for_a_store_that_looks_like_its_own_and_for_no_other(tell):
    alike, unlike = tell("aliased")
    assert alike == pytest.approx(4 + 9, rel=0.02)
    assert unlike == pytest.approx(4, rel=0.02)


def test_lines_in_a_row_are_near_already_and_those_of_a_stride_and_translations_are_not(tell):
    lines, stride, translated, together = tell("near_lines")
    assert lines == pytest.approx(4.5, rel=0.02)
    assert stride == pytest.approx(12, rel=0.02)
    assert translated == pytest.approx(4 + 7, rel=0.02)
    assert together == pytest.approx(12 / 5, rel=0.05)  # five in flight: nothing has fetched them ahead


def test_additions_that_wait_fill_the_scheduler_and_results_the_registers_before_the_window_is_full(tell):
    apart, waiting, many = tell("scheduled")
    assert apart == pytest.approx(300 / (48 / 7), rel=0.3)  # a miss and seven results, 48 registers
    assert waiting > 2 * apart
    assert many > 1.5 * apart


def test_a_wrong_guess_costs_its_price_only_where_guesses_cost(tell):
    direction, target, without = tell("guesses")
    assert direction == pytest.approx(20 + 1, abs=0.5)
    assert target == pytest.approx(30 + 1, abs=0.5)
    assert without == pytest.approx(1 / 4, abs=0.1)  # not even the wait for the branch is left


def test_code_comes_a_line_a_cycle_and_later_after_a_return_or_a_call_from_a_place_of_several(tell):
    on, taken, across, back, callee, foreseen = tell("code")
    assert on == pytest.approx(1 / 4, rel=0.02)
    assert taken == pytest.approx(1, rel=0.02)
    assert across == pytest.approx(2, rel=0.02)
    assert back == pytest.approx(3, rel=0.02)
    assert callee == pytest.approx(1 + 2, rel=0.02)
    assert foreseen == pytest.approx(1, rel=0.02)


def test_a_page_is_fresh_once_and_again_when_it_was_given_back(tell):
    assert tell("fresh") == [1, 0, 1, 1, 1, 0, 1, 0, 1]


def test_long_runs_are_counted_on_when_the_times_begin_anew(tell):
    assert tell("long_run") == [pytest.approx(300, rel=0.01)]
