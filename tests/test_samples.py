"""Samples of the kernel's clock: buffers from bytes made by hand, shares and their bounds, and programs of known truth."""

from __future__ import annotations

import errno
import mmap
import os
import re
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from profiles import profile
from toy_programs import LIMITS, script

from hwbench.evidence import building, samples, samples_code, samples_copying, samples_ring
from hwbench.evidence.samples import Found, Place
from hwbench.evidence.samples_memory import Memory
from hwbench.evidence.samples_ring import Forked, Mapped, Replaced, Ring, Sample
from hwbench.host import symbols
from hwbench.records import Command, Evidence, Limits, Run, Unavailable, is_count
from hwbench.records.evidence import SAMPLED_KINDS

WITHOUT = samples.missing()
needs_samples = pytest.mark.skipif(WITHOUT is not None, reason=str(WITHOUT))


def counted(command: Command, **limits: float) -> Evidence:
    return samples.count(command, profile(), limits=Limits(**limits) if limits else LIMITS)


def record(kind: int, body: bytes, misc: int = 0) -> bytes:
    return struct.pack("=IHH", kind, misc, 8 + len(body)) + body


def sample(pid: int, address: int, moment: int) -> bytes:
    return record(9, struct.pack("=QIIQ", address, pid, pid, moment))


def other(kind: int, body: bytes, moment: int, misc: int = 0) -> bytes:
    return record(kind, body + struct.pack("=IIQ", 0, 0, moment), misc)


def mapped(pid: int, low: int, path: bytes, moment: int, size: int = 0x1000, offset: int = 0) -> bytes:
    name = path + b"\0" * (8 - len(path) % 8)
    return other(1, struct.pack("=IIQQQ", pid, pid, low, size, offset) + name, moment)


def test_records_of_all_buffers_are_put_in_the_order_of_their_times() -> None:
    first = sample(7, 0x1010, 30) + record(2, struct.pack("=QQIIQ", 1, 5, 0, 0, 35)) + sample(8, 0x1020, 50)
    second = (
        mapped(7, 0x1000, b"/bin/x", 20, offset=0x200)
        + other(7, struct.pack("=IIIIQ", 8, 7, 8, 7, 40), 40)
        + other(3, struct.pack("=II", 8, 8) + b"name\0\0\0\0", 60, misc=1 << 13)
        + other(3, struct.pack("=II", 8, 8) + b"thread\0\0", 70)
    )
    happenings, lost = samples_ring.parse([first, second])
    assert lost == 5
    assert happenings == [
        Mapped(7, 0x1000, 0x1000, 0x200, "/bin/x"),
        Sample(7, 0x1010),
        Forked(8, 7),
        Sample(8, 0x1020),
        Replaced(8),
    ]


def test_registers_are_put_in_the_order_of_their_numbers() -> None:
    held = struct.pack("=17Q", 2, *range(100, 116))  # ax, bx, cx, dx, si, di, bp, sp, r8 to r15
    body = struct.pack("=QIIQ", 0x10, 1, 1, 5) + held
    [found], _ = samples_ring.parse([record(9, body)])
    assert found == Sample(1, 0x10, (100, 102, 103, 101, 107, 106, 104, 105, *range(108, 116)))
    narrow = struct.pack("=QIIQ", 0x10, 1, 1, 5) + struct.pack("=17Q", 1, *range(16))  # of a program of 32 bits
    assert samples_ring.parse([record(9, narrow)]) == ([Sample(1, 0x10)], 0)


@pytest.mark.parametrize("cut", range(1, 32))
def test_a_record_that_is_cut_short_is_left_out(cut: int) -> None:
    data = sample(1, 0x10, 1) + sample(1, 0x20, 2)[:cut]
    assert samples_ring.parse([data]) == ([Sample(1, 0x10)], 0)


def test_a_record_without_a_length_ends_the_reading() -> None:
    assert samples_ring.parse([sample(1, 0x10, 1) + bytes(64)]) == ([Sample(1, 0x10)], 0)


@pytest.mark.parametrize("tail", [0, 3, 12, 16, 40])
def test_a_ring_is_read_round_its_end(tail: int) -> None:
    ring = memoryview(bytearray(16))
    for length in range(17):
        written = bytes(range(100, 100 + length))
        for place, byte in enumerate(written, tail):
            ring[place % 16] = byte
        assert samples_ring.between(ring, tail, tail + length) == written


def test_draining_takes_what_is_new_and_tells_the_kernel() -> None:
    pages = bytearray(2 * mmap.PAGESIZE)
    ring = Ring(memoryview(pages).cast("Q"))
    written = bytes(k % 251 for k in range(3 * mmap.PAGESIZE))
    step = 1000
    for start in range(0, len(written), step):
        for place, byte in enumerate(written[start : start + step], start):
            pages[mmap.PAGESIZE + place % mmap.PAGESIZE] = byte
        struct.pack_into("=Q", pages, 1024, min(start + step, len(written)))
        ring.drain()
        assert struct.unpack_from("=QQ", pages, 1024) == (min(start + step, len(written)),) * 2
    assert bytes(ring.taken) == written


def test_buffers_of_many_cpus_are_smaller() -> None:
    assert samples_ring.most_pages(2) == 128
    assert samples_ring.most_pages(64) == 64
    assert samples_ring.most_pages(100_000) == 1


def test_a_buffer_that_may_not_be_locked_is_tried_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refuse(_: int, size: int) -> str:
        tried.append(size // mmap.PAGESIZE)
        if len(tried) < 3:
            raise OSError(errno.EPERM, "no")
        return "buffer"

    monkeypatch.setattr(samples_ring.mmap, "mmap", refuse)
    assert samples_ring.map_pages(0, 8) == "buffer"
    assert tried == [9, 5, 3]
    tried[:] = [0] * -100
    monkeypatch.setattr(samples_ring.mmap, "mmap", lambda *_: (_ for _ in ()).throw(OSError(errno.EINVAL, "no")))
    assert samples_ring.map_pages(0, 8) == errno.EINVAL


def test_samples_are_found_in_the_mappings_of_their_moment() -> None:
    found = samples.locate(
        [
            Sample(1, 0x1010),
            Mapped(1, 0x1000, 0x1000, 0x200, "/bin/x"),
            Sample(1, 0x1010),
            Forked(2, 1),
            Sample(2, 0x1010),
            Mapped(2, 0x1000, 0x100, 0, "//anon"),
            Sample(2, 0x1010),
            Sample(2, 0x1110),
            Sample(1, 0x1010),
            Replaced(1),
            Sample(1, 0x1010),
            Mapped(1, 0x5000, 0x1000, 0, "[vdso]"),
            Sample(1, 0x5008),
            Forked(1, 1),
            Sample(1, 0x5008),
        ]
    )
    assert {place: len(hits) for place, hits in found.items()} == {
        Place("/bin/x", 0x210): 3,
        Place("/bin/x", 0x310): 1,
        Place("", 0x1010, pid=1): 2,
        Place("", 0x1010, pid=2): 1,
        Place("", 0x5008, "[vdso]", pid=1): 2,
    }


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (10, 10, 0.72247, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_bounds_of_a_share_are_wilsons(hits: int, total: int, low: float, high: float) -> None:
    assert samples.wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_kinds_sum_to_the_seconds_and_names_are_of_the_closed_list() -> None:
    found = Found(
        Counter({"load": 60, "load.chased": 50, "branch": 30, "unknown": 10, "vector": 5}),
        Counter({("f", "/x"): 90, ("g", "/x"): 10}),
        Counter({Place("/x", 1): 60, Place("/x", 2): 25, Place("/x", 3): 10, Place("/x", 4): 5}),
    )
    counts = samples.counts_of(found, 3, 2.0)
    assert all(is_count(name) for name in counts)
    assert sum(counts[f"samples.{kind}"].value for kind in SAMPLED_KINDS) == pytest.approx(2.0)
    assert counts["samples.load"].value == pytest.approx(1.2)
    assert counts["samples.load"].low == pytest.approx(2 * samples.wilson(60, 100)[0])
    assert (counts["samples.peak"].value, counts["samples.places"].value) == (0.6, 3.0)
    assert (counts["samples.total"].value, counts["samples.lost"].value) == (100.0, 3.0)
    assert [(spot.function, spot.cycles_share) for spot in samples.hot_of(found)] == [("f", 0.9), ("g", 0.1)]


@pytest.mark.parametrize(
    ("user", "system", "sampled", "expected"),
    [
        (3.0, 0.1, 1.9, 3.0),
        (0.1, 0.1, 0.095, 0.1),
        (0.0, 0.02, 0.004, 0.004),
        (0.0, 0.003, 0.004, 0.003),
        (0.012, 0.0, 0.004, 0.004),
    ],
)
def test_user_time_that_goes_by_ticks_is_mended_by_the_samples(
    user: float, system: float, sampled: float, expected: float
) -> None:
    run = Run(wall=9.0, user=user, system=system)
    assert samples.user_seconds(Command(argv=("x",)), run, sampled) == pytest.approx(expected)
    assert samples.user_seconds(Command(argv=("x",), region=True), run, sampled) == sampled


@needs_samples
def test_the_c_library_hides_its_copying_variants_and_they_are_found(tmp_path: Path) -> None:
    program = compile_c(tmp_path, COPIES)
    found = counted(Command(argv=(str(program), "3000")))
    if found.unavailable:
        pytest.skip(found.unavailable)
    loaded = re.search(r"(/\S*/libc(-[\d.]+)?\.so\S*)", Path("/proc/self/maps").read_text())
    libc = None if loaded is None else symbols.read_symbols(loaded[1])
    if libc is None or (libc.is_stripped and not samples_copying.variants(libc)):
        pytest.skip("this C library chooses no variants, or hides them well")
    assert share(found, "copying") > 0.5


HEAD = """
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
"""
MAIN = "int main(int c, char **v) { long n = c > 1 ? atol(v[1]) : 0; %s }"
COPIES = (
    MAIN
    % """static char a[1 << 20], b[1 << 20];
    for (long i = 0; i < n; i++) { memcpy(b, a, sizeof a - (i & 15)); a[i & 1023] = b[i & 4095]; }
    printf("%d\\n", b[77]); return 0;"""
)
CHASES = (
    MAIN
    % """enum { N = 1 << 18 }; static struct node { struct node *next; long pad[7]; } nodes[N];
    static unsigned order[N]; uint64_t x = 88172645463325252u;
    for (unsigned k = 0; k < N; k++) order[k] = k;
    for (unsigned k = N - 1; k; k--) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        unsigned other = x % (k + 1), kept = order[k]; order[k] = order[other]; order[other] = kept;
    }
    for (unsigned k = 0; k < N; k++) nodes[order[k]].next = &nodes[order[(k + 1) % N]];
    struct node *at = nodes; for (long i = 0; i < n; i++) at = at->next;
    printf("%ld\\n", (long)(at - nodes)); return 0;"""
)
DIVIDES = (
    MAIN
    % """volatile uint64_t by = 7; uint64_t x = ~0ull, step = by;
    for (long i = 0; i < n; i++) x = (x | (1ull << 63)) / step + (uint64_t)i;
    printf("%lu\\n", (unsigned long)x); return 0;"""
)
ALLOCATES = (
    MAIN
    % """static void *kept[64]; uint64_t x = 1;
    for (long i = 0; i < n; i++) {
        x = x * 6364136223846793005u + 1;
        unsigned k = x >> 58;
        free(kept[k]);
        kept[k] = malloc(16 + (x >> 56));
    }
    printf("%d\\n", kept[3] != 0); return 0;"""
)
LOCKS = (
    MAIN
    % """static atomic_long sum; for (long i = 0; i < n; i++) atomic_fetch_add(&sum, i);
    printf("%ld\\n", atomic_load(&sum)); return 0;"""
)


MAKES_CODE = (
    MAIN
    % """static const unsigned char bytes[] = {0xf0, 0x48, 0x83, 0x07, 0x01, 0x48, 0xff, 0xce, 0x75, 0xf6, 0xc3};
    void *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); long sum = 0;
    if (page == MAP_FAILED) return 9;
    memcpy(page, bytes, sizeof bytes); /* L: lock addq $1,(%rdi); dec %rsi; jne L; ret */
    ((void (*)(long *, long))page)(&sum, n); printf("%ld\\n", sum); return 0;"""
)
FUNCTIONS = """
__attribute__((noinline)) long called(long n) { return n * 3; }
__attribute__((noinline)) long pointed(long n) { return n * 5; }
__attribute__((noinline)) long through(long (*volatile f)(long), long n) { return f(n) + 1; }
"""
ENTRIES = FUNCTIONS + MAIN % """printf("%ld\\n", called(n) + through(pointed, n)); return 0;"""


def compile_c(folder: Path, text: str) -> Path:
    compiler = building.find_compiler()
    if isinstance(compiler, Unavailable):
        pytest.skip(str(compiler))
    source, program = folder / "x.c", folder / "x"
    source.write_text(HEAD + text)
    subprocess.run([*compiler, "-O2", "-o", str(program), str(source)], check=True, capture_output=True)
    return program


def share(found: Evidence, name: str) -> float:
    assert found.unavailable is None
    return (found.value(f"samples.{name}") or 0.0) / (found.value("samples.seconds") or 1.0)


@needs_samples
@pytest.mark.parametrize(
    ("text", "rounds", "name"),
    [
        (CHASES, 3_000_000, "load.chased"),
        (DIVIDES, 20_000_000, "divide"),
        (ALLOCATES, 4_000_000, "allocator"),
        (LOCKS, 20_000_000, "atomic"),
    ],
)
def test_most_of_a_program_of_one_cause_is_of_its_kind(tmp_path: Path, text: str, rounds: int, name: str) -> None:
    found = counted(Command(argv=(str(compile_c(tmp_path, text)), str(rounds))))
    assert found.source == "samples"
    assert share(found, name) > 0.5, found
    assert all(is_count(count) for count in found.counts)
    seconds = found.value("samples.seconds") or 0.0
    assert sum(found.value(f"samples.{kind}") or 0.0 for kind in SAMPLED_KINDS) == pytest.approx(seconds)
    assert sum(spot.cycles_share for spot in found.hot) == pytest.approx(1.0, abs=0.2)
    if name == "divide":
        assert (found.hot[0].function, Path(found.hot[0].file).name) == ("main", "x")


@needs_samples
def test_children_and_the_programs_that_they_become_are_sampled_too(tmp_path: Path) -> None:
    program = compile_c(tmp_path, LOCKS)
    found = counted(script(f"{program} 15000000; {program} 15000000 & wait"))
    assert share(found, "atomic") > 0.5, found


@needs_samples
def test_code_made_at_run_time_is_read_while_the_program_runs(tmp_path: Path) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the code that is made is x86-64's")
    program = compile_c(tmp_path, MAKES_CODE)
    found = counted(Command(argv=(str(program), "100000000")))
    if found.unavailable == "it failed with status 9":
        pytest.skip("this system makes no memory both writable and executable")
    assert share(found, "atomic") > 0.5, found
    assert found.hot[0].function == "code made at run time"


def test_a_function_that_is_called_by_address_alone_is_told_from_others(tmp_path: Path) -> None:
    program = str(compile_c(tmp_path, ENTRIES))
    table, file = symbols.read_symbols(program), samples_code.file_of(program)
    if not {"called", "pointed"} <= set(table.names) or samples_code.missing() is not None:
        pytest.skip("the compiler leaves no names, or the decoder cannot be built")
    found = {}
    for name in ("called", "pointed"):
        at = file.find(table.offset_of(table.starts[table.names.index(name)]))
        assert at is not None
        assert at[1] == 0
        found[name] = at[0].is_entry
    assert found == {"called": False, "pointed": True}


@needs_samples
def test_a_short_program_is_still_told_of_with_a_note() -> None:
    found = counted(Command(argv=("/bin/true",), region=True))
    if found.unavailable:
        assert found.unavailable == "it ended before the clock struck once"
        return
    assert "the whole program was counted, not only its marked region" in found.notes
    assert any(note.startswith("only ") for note in found.notes)


@needs_samples
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (script("echo no such table >&2; exit 3"), "it failed with status 3: no such table"),
        (script("kill -9 $$"), "it was killed by SIGKILL (out of memory?)"),
        (Command(argv=("/nowhere/x",)), "the program /nowhere/x is not there"),
    ],
)
def test_a_bad_program_gives_its_reason_and_no_counts(command: Command, reason: str) -> None:
    found = counted(command)
    assert (found.unavailable, found.counts) == (reason, {})


@needs_samples
def test_a_program_that_hangs_is_ended_at_the_limit() -> None:
    assert counted(script("sleep 60"), seconds=0.3).unavailable == "it did not end within 0.3 s"


def test_where_the_clock_is_refused_the_reason_and_a_way_out_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_ring, "open_clock", lambda *_: -errno.EACCES)
    found = counted(Command(argv=("/bin/true",)))
    assert found.unavailable == "the clock cannot be sampled here: the kernel forbids them"
    assert "perf_event_paranoid" in found.remedy


def test_files_that_are_no_programs_give_no_code(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no code" * 1000)
    for path in (str(text), str(tmp_path / "nowhere"), str(tmp_path)):
        found = samples.sort_out({Place(path, 100): [Sample(1, 100)] * 3}, Memory())
        assert found.kinds == {"unknown": 3}
        assert found.functions == {("a function without a name", path): 3}
