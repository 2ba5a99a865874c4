"""The counting plugin as a source of evidence: its counts on programs whose truth is known, its options, its refusals."""

from __future__ import annotations

import dataclasses
import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from profiles import COUNTED_MACHINE as MACHINE
from profiles import quantity

from hwbench.evidence import plugin, plugin_options
from hwbench.evidence.plugin_options import options_of
from hwbench.records import Command, Evidence, Limits, MachineProfile, is_count

FOLDER = Path(__file__).resolve().parent
INCLUDE = FOLDER.parent / "hwbench" / "include"
LIMITS = Limits(seconds=60)
reason = plugin.missing()
needs_plugin = pytest.mark.skipif(reason is not None, reason=str(reason))


@pytest.fixture(scope="module")
def kernels(tmp_path_factory) -> Path:
    """Return the program of kernels."""
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("kernels") / "kernels"
    words = [
        compiler,
        "-O2",
        "-fno-tree-vectorize",
        f"-I{INCLUDE}",
        str(FOLDER / "counting_kernels.c"),
        "-o",
        str(program),
    ]
    subprocess.run(words, check=True)
    return program


@pytest.fixture(scope="module")
def counted(kernels):
    """Return a function that counts the marked region of a kernel."""

    @functools.cache
    def count(name: str, steps: int, size: int = 0, *, region: bool = True) -> Evidence:
        command = Command(argv=(str(kernels), name, str(steps), str(size)), region=region)
        evidence = plugin.count(command, MACHINE, limits=LIMITS)
        assert evidence.unavailable is None
        return evidence

    return count


@needs_plugin
def test_a_shuffled_list_misses_dependently_and_one_in_order_streams(counted):
    shuffled, ordered = counted("list_shuffled", 200000, 12800000), counted("list_ordered", 200000, 12800000)
    assert shuffled.value("l3.misses") == pytest.approx(200000, rel=0.05)
    assert ordered.value("l3.misses") == pytest.approx(200000, rel=0.05)
    assert shuffled.value("l3.misses.dependent") > 0.9 * 200000
    assert ordered.value("l3.misses.streamed") > 0.9 * 200000
    assert shuffled.value("model.cycles") > 5 * ordered.value("model.cycles")


@needs_plugin
def test_an_array_of_indices_is_chased_dependently_and_gathered_from_independently(counted):
    chase, gather = counted("index_chase", 200000, 16 << 20), counted("gather", 200000, 64 << 20)
    assert chase.value("l3.misses.dependent") > 0.9 * chase.value("l3.misses")
    assert gather.value("l3.misses.independent") > 0.8 * gather.value("l3.misses")
    assert chase.value("model.cycles") > 3 * gather.value("model.cycles")


@needs_plugin
def test_a_sum_in_order_streams_a_line_for_every_eight_words(counted):
    sums = counted("sum", 1 << 20, 8 << 20)
    assert sums.value("l1d.misses") == pytest.approx((1 << 20) / 8, rel=0.02)
    assert sums.value("l1d.misses.streamed") > 0.95 * sums.value("l1d.misses")


@needs_plugin
def test_every_second_coin_is_mispredicted_and_a_short_period_never(counted):
    coins, period = counted("branches_random", 200000), counted("branches_periodic", 200000, 16)
    assert coins.value("branches.conditional.mispredicted") == pytest.approx(100000, rel=0.05)
    assert period.value("branches.conditional.mispredicted") < 2000
    assert coins.value("model.only.branch") > 1.5 * coins.value("model.ideal")


@needs_plugin
@pytest.mark.parametrize("name", ["branches_random", "calls_random"])
def test_guesses_do_not_hang_on_which_thread_has_time_for_them(kernels, name, monkeypatch) -> None:
    told = options_of(MACHINE)
    seen = []
    for first in ("1e12", "0"):  # all through the flow model: the program waits for it, and guesses; then hardly any
        changed = dataclasses.replace(told, words=told.words | {"flow_first": first, "flow_every": "1000000"})
        monkeypatch.setattr(plugin, "options_of", lambda _, changed=changed: changed)
        command = Command(argv=(str(kernels), name, "1000000", "0"))
        evidence = plugin.count(command, MACHINE, limits=LIMITS)
        seen.append([evidence.value(f"branches.{kind}.mispredicted") for kind in ("conditional", "indirect")])
    assert seen[0] == pytest.approx(
        seen[1], abs=100
    )  # starting up differs by some tens; guessed out of order, it is hundreds
    assert max(seen[0]) > 100_000


@needs_plugin
def test_random_targets_are_mispredicted_and_one_target_never(counted):
    random, same = counted("calls_random", 100000), counted("calls_same", 100000)
    assert random.value("branches.indirect.mispredicted") == pytest.approx(75000, rel=0.05)
    assert same.value("branches.indirect.mispredicted") < 100
    assert random.value("branches.calls") == pytest.approx(100000, rel=0.01)


@needs_plugin
@pytest.mark.parametrize(("name", "cycles"), [("adds", 1), ("multiplications", 3), ("divisions", 14)])
def test_chains_take_their_latency_a_step_and_it_is_execution(counted, name, cycles):
    chain = counted(name, 400000)
    assert chain.value("model.cycles") / 400000 == pytest.approx(cycles, rel=0.15)
    assert chain.value("model.without.execution") < 0.6 * chain.value("model.cycles")
    assert chain.value("model.without.cache") == pytest.approx(chain.value("model.cycles"), rel=0.02)


@needs_plugin
def test_the_models_are_ordered_by_what_they_leave_out(counted):
    for evidence in (counted("list_shuffled", 200000, 12800000), counted("branches_random", 200000)):
        full, ideal = evidence.value("model.cycles"), evidence.value("model.ideal")
        for cause in ("cache", "bandwidth", "tlb", "branch", "dispatch", "execution"):
            assert ideal <= evidence.value(f"model.only.{cause}") <= full
            assert ideal <= evidence.value(f"model.without.{cause}") <= full


@needs_plugin
def test_only_the_marked_region_counts_where_it_is_asked_for(counted):
    region, whole = counted("adds", 400000), counted("adds", 400000, region=False)
    assert region.value("instructions") < 700000
    assert whole.value("instructions") > region.value("instructions") + 50000


PRELUDE = """
#include <hwbench_region.h>
#include <stdlib.h>
int main(int count, char **words) {
    volatile unsigned long sum = 0;
    for (long i = 0, before = atol(words[count - 1]); i < before; i++) sum += (unsigned long)i;
    hwbench_region_begin();
    for (long i = 0; i < 300000; i++) sum += (unsigned long)i;
    hwbench_region_end();
    for (long i = 0; i < 300000; i++) sum += (unsigned long)i;
    return 0;
}
"""


def built(folder: Path, name: str, text: str) -> str:
    """Compile a small program and return where it is."""
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    source, program = folder / f"{name}.c", folder / name
    source.write_text(text)
    subprocess.run([compiler, "-O1", f"-I{INCLUDE}", str(source), "-o", str(program)], check=True)
    return str(program)


@needs_plugin
def test_a_region_counts_alike_however_much_comes_before_it(tmp_path):
    program = built(tmp_path, "prelude", PRELUDE)
    short, long = (
        plugin.count(Command(argv=(program, before), region=True), MACHINE, limits=LIMITS)
        for before in ("1000", "5000000")
    )
    assert short.value("instructions") > 300000
    assert long.value("instructions") == pytest.approx(short.value("instructions"), rel=0.001)
    assert long.value("loads") == pytest.approx(short.value("loads"), rel=0.001)
    assert long.value("model.cycles") == pytest.approx(short.value("model.cycles"), rel=0.05)


PAGES = """
#include <stdlib.h>
#include <sys/mman.h>
enum { SIZE = 32 << 20, HUGE = 2 << 20 };
int main(int count, char **words) {
    char *memory = aligned_alloc(HUGE, SIZE);
    (void)count;
    madvise(memory, SIZE, words[1][0] == 'h' ? 14 : 15);
    for (int round = 0; round < 10; round++)
        for (long at = 0; at < SIZE; at += 4096) ((volatile char *)memory)[at + round * 64] = 1;
    return 0;
}
"""


@needs_plugin
def test_what_a_program_asks_to_have_on_huge_pages_needs_few_translations(tmp_path):
    program = built(tmp_path, "pages", PAGES)
    huge, small = (plugin.count(Command(argv=(program, kind)), MACHINE, limits=LIMITS) for kind in ("huge", "small"))
    assert small.value("dtlb.l1.misses") > 80000  # ten rounds over 8,192 pages
    assert huge.value("dtlb.l1.misses") < small.value("dtlb.l1.misses") / 10
    assert huge.value("stores") == pytest.approx(small.value("stores"), rel=0.001)


@needs_plugin
def test_every_count_is_of_the_closed_list_and_hot_functions_have_names(counted):
    evidence = counted("list_shuffled", 200000, 12800000)
    assert all(is_count(name) for name in evidence.counts)
    assert evidence.hot[0].function.startswith("list")
    assert evidence.hot[0].cycles_share > 0.5


@needs_plugin
def test_system_calls_are_counted_by_name(counted):
    assert counted("system_calls", 100).value("syscalls.write") == 100


@needs_plugin
def test_instructions_and_first_level_misses_agree_with_cachegrind(kernels, tmp_path):
    valgrind = shutil.which("valgrind") or pytest.skip("valgrind is not installed")
    command = (str(kernels), "branches_random", "300000")
    geometry = "32768,8,64"
    words = [
        valgrind,
        "--tool=cachegrind",
        "--cache-sim=yes",
        f"--D1={geometry}",
        f"--I1={geometry}",
        "--LL=4194304,16,64",
    ]
    told = subprocess.run(
        [*words, f"--cachegrind-out-file={tmp_path}/out", *command], capture_output=True, text=True, check=True
    ).stderr
    evidence = plugin.count(Command(argv=command), MACHINE, limits=LIMITS)
    instructions = int(re.search(r"I\s+refs:\s+([\d,]+)", told)[1].replace(",", ""))
    misses = int(re.search(r"D1\s+misses:\s+[\d,]+\s+\(\s*([\d,]+) rd", told)[1].replace(",", ""))
    assert evidence.value("instructions") == pytest.approx(instructions, rel=0.02)
    assert evidence.value("l1d.misses") == pytest.approx(misses, rel=0.02)


COPIES = """
#include <string.h>
static char from[1 << 16], to[1 << 16];
int main(void) {
    for (int i = 0; i < 200; i++) {
        from[i] = (char)i;
        memset(to, i, sizeof to);
        memmove(to, from, sizeof to);
        __asm__ volatile("" ::"r"(to) : "memory");
    }
    return 0;
}
"""


@needs_plugin
def test_the_c_librarys_copies_are_counted_by_vectors_and_not_by_bytes(tmp_path):
    evidence = plugin.count(Command(argv=(built(tmp_path, "copies", COPIES),)), MACHINE, limits=LIMITS)
    moved = 200 * (1 << 16)
    assert 2 * moved / 64 < evidence.value("stores") < 2 * moved / 8
    assert evidence.value("instructions") < moved / 2


WALK = """
#include <stdlib.h>
int main(int count, char **words) {
    long lines = atol(words[1]), apart = atol(words[2]), rounds = atol(words[3]);
    volatile char *memory = aligned_alloc(4096, lines * apart);
    (void)count;
    for (long round = 0; round < rounds; round++)
        for (long k = 0; k < lines; k++) (void)memory[k * apart];
    return 0;
}
"""


def with_quantity(name: str, value: float) -> MachineProfile:
    return msgspec.structs.replace(MACHINE, quantities={**MACHINE.quantities, name: quantity("B", value)})


@needs_plugin
@pytest.mark.parametrize("capacity", [524288.0, 655360.0])
def test_outer_caches_go_by_pages_wherever_these_lie(tmp_path, capacity):
    program = built(tmp_path, "walk", WALK)
    machine = with_quantity("l2.capacity", capacity)

    def missed(lines: int, apart: int) -> float:
        evidence = plugin.count(Command(argv=(program, str(lines), str(apart), "100")), machine, limits=LIMITS)
        return evidence.value("l2.misses") / (100 * lines)

    assert missed(1024, 64) < 0.1  # in a row there is room for all
    assert missed(1024, 4096) > 0.9  # the same lines on a page each have the sets of one place in a page
    assert missed(48, 1 << 16) < 0.5  # and what lies many pages apart does not meet in one set


@needs_plugin
def test_a_walk_at_a_stride_takes_as_long_as_the_machine_was_seen_to_take(tmp_path):
    program = built(tmp_path, "walk", WALK)
    curve = [{"stride_bytes": 64.0, "ns": 5.0}, {"stride_bytes": 128.0, "ns": 20.0}]
    slow = msgspec.structs.replace(MACHINE, curves={"prefetch_strides": curve})

    def cycles(apart: int, machine: MachineProfile) -> float:
        command = Command(argv=(program, str((32 << 20) // apart), str(apart), "2"))
        return plugin.count(command, machine, limits=LIMITS).value("model.cycles")

    assert cycles(128, slow) > 1.5 * cycles(128, MACHINE)
    assert cycles(64, slow) == pytest.approx(cycles(64, MACHINE), rel=0.05)


def test_lines_at_a_stride_cost_what_the_curve_says_beside_lines_in_a_row():
    points = [{"stride_bytes": 64.0 * lines, "ns": ns} for lines, ns in ((1, 5.0), (2, 11.0), (4, 4.0), (8, 10.0))]
    profile = msgspec.structs.replace(MACHINE, curves={"prefetch_strides": points})
    assert plugin_options.strided(profile) == pytest.approx([1.0, 2.2, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0])
    assert plugin_options.strided(msgspec.structs.replace(MACHINE, curves={})) == [1.0] * 8


@needs_plugin
def test_children_are_added_and_programs_that_run_natively_are_named(tmp_path):
    script = tmp_path / "children.py"
    script.write_text(
        "import os, subprocess\n"
        "subprocess.run(['/bin/true'])\n"
        "if os.fork() == 0:\n    sum(range(100000)); os._exit(0)\n"
        "os.wait()\n"
    )
    evidence = plugin.count(Command(argv=(sys.executable, "-I", "-S", str(script))), MACHINE, limits=LIMITS)
    assert any("processes were counted" in note for note in evidence.notes)
    assert any("/bin/true" in note for note in evidence.notes)
    assert evidence.value("programs") == 1


@needs_plugin
def test_a_program_that_takes_too_long_gives_what_it_had(kernels):
    evidence = plugin.count(Command(argv=(str(kernels), "adds", "100000000000")), MACHINE, limits=Limits(seconds=1.0))
    assert evidence.unavailable is None
    assert evidence.share < 1
    assert evidence.value("instructions") > 1000000
    assert any("stopped after" in note for note in evidence.notes)


@needs_plugin
def test_a_script_is_refused_with_its_interpreter_named(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\ntrue\n")
    script.chmod(0o755)
    evidence = plugin.count(Command(argv=(str(script),)), MACHINE, limits=LIMITS)
    assert "is a script" in evidence.unavailable
    assert "/bin/sh" in evidence.remedy


@needs_plugin
def test_a_program_that_fails_or_is_not_there_gives_nothing_but_the_reason():
    failing = plugin.count(Command(argv=(sys.executable, "-c", "raise SystemExit(3)")), MACHINE, limits=LIMITS)
    absent = plugin.count(Command(argv=("no-such-program",)), MACHINE, limits=LIMITS)
    assert "status 3" in failing.unavailable
    assert "is not there" in absent.unavailable
