"""What the addresses of samples tell: operands against objdump, how many lines and pages there are, and programs of known truth."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from decoding import disassemble, need
from profiles import profile, quantity
from toy_programs import LIMITS

from hwbench.evidence import samples, samples_code, samples_loops
from hwbench.evidence.geometry import Geometry
from hwbench.evidence.samples_addresses import Curves, Reads, curves_of, how_many, waiting
from hwbench.evidence.samples_code import ITSELF, Operand, Stretch
from hwbench.records import AWAITED_KINDS, Command

LINE, PAGE = 64, 4096
NAMES = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
REGISTERS = {f"r{name}": k for k, name in enumerate(NAMES)} | {f"r{k}": k for k in range(8, 16)}
ADDRESSING = {*REGISTERS, "rip"}
MEMORY = re.compile(r"(?<![:\w%])(-?0x[0-9a-f]+)?\((%\w+)?(?:,(%\w+),(\d))?\)")
needs_x86 = pytest.mark.skipif(
    os.uname().machine != "x86_64" or samples_code.missing() is not None, reason="the bytes are x86-64's"
)
needs_samples = pytest.mark.skipif(samples.missing() is not None, reason=str(samples.missing()))
FIRST_CACHE = {"l1d.capacity": quantity("B", 32768.0), "l1d.associativity": quantity("ways", 8.0)}
NONE = dict.fromkeys(AWAITED_KINDS, 0.0)
CURVES = Curves(
    latency=lambda size: 1.0 if size <= 32768 else 10.0,
    added=lambda pages: 0.0 if pages <= 64 else 3.0,
    first=1.0,
    cache=Geometry(32768, 8, LINE),
    page=PAGE,
)


def printed(text: str) -> Operand | None:
    """Return the memory operand of a line of objdump's, or None where it has none, or one that is not told."""
    found = MEMORY.search(text)
    if found is None or re.search(r"%[fg]s:", text):
        return None
    if any(name and name[1:] not in ADDRESSING for name in (found[2], found[3])):  # of a gather, or of 32 bits
        return None
    base, index = (None if name is None else REGISTERS.get(name[1:], ITSELF) for name in (found[2], found[3]))
    return Operand(base, index, int(found[4] or 1), int(found[1] or "0", 16))


@needs_x86
def test_every_memory_operand_of_a_library_is_what_objdump_prints() -> None:
    library = Path(re.search(r"(/\S*/libc(-[\d.]+)?\.so\S*)", Path("/proc/self/maps").read_text())[1])  # type: ignore[index]
    codes = sorted(set(disassemble(need("objdump"), library)))
    checked, wrong = 0, {}
    for code, text in codes[:: max(len(codes) // 15000, 1)]:
        if text.startswith(("nop", "rep", "lods", "stos", "movs", "scas", "cmps", "data16", "cs nop")) or "riz" in text:
            continue
        expected = printed(text)
        checked += 1
        found = Stretch(bytes.fromhex(code))[0].operand
        is_absolute = "(" not in text and found is not None and found.base is found.index is None
        if found != expected and not is_absolute:
            wrong[code] = (text, found)
    assert checked > 2000
    assert not wrong


@needs_x86
@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("48030448 4883c008 75f6", 0),  # L: add (%rax,%rcx,2),%rax writes its own base
        ("48031407 4883c008 4839c8 75f3", 8),  # L: add (%rdi,%rax),%rdx; add $8,%rax; cmp; jne L
        ("480314c7 48ffc0 4839c8 75f4", 8),  # add (%rdi,%rax,8),%rdx; inc %rax
        ("480317 4881c780200000 4839cf 75f1", 0x2080),  # add (%rdi),%rdx; add $0x2080,%rdi
        ("480317 488d7f40 4839cf 75f4", 64),  # lea 0x40(%rdi),%rdi
        ("480317 4801f7 4839cf 75f5", 24),  # add %rsi,%rdi, of which rsi is 24
        ("480317 480faff9 4839cf 75f4", 0),  # imul %rcx,%rdi
        ("480317 488b3f 4839cf 75f5", 0),  # mov (%rdi),%rdi
        ("480317 4883c708 c3", 0),  # no loop
        ("480317 4883ef08 4839cf 75f4", -8),  # sub $8,%rdi
        ("480317 48ffcf 4839cf 75f5", -1),  # dec %rdi
        ("480317 4829f7 4839cf 75f5", -24),  # sub %rsi,%rdi
        ("480317 488d3c37 4839cf 75f4", 24),  # lea (%rdi,%rsi),%rdi
        ("480317 488d3c3f 4839cf 75f4", 0),  # lea (%rdi,%rdi),%rdi
        ("480317 488d3cfe 4839cf 75f4", 0),  # lea (%rsi,%rdi,8),%rdi
        ("480317 48d1ef 4839cf 75f5", 0),  # shr %rdi
        ("480317 48c1e703 4839cf 75f4", 0),  # shl $3,%rdi
        ("480317 4883e708 4839cf 75f4", 0),  # and $8,%rdi
        ("480317 4883f708 4839cf 75f4", 0),  # xor $8,%rdi
        ("480317 48f7df 4839cf 75f5", 0),  # neg %rdi
    ],
)
def test_the_step_of_a_loop_is_what_is_added_to_the_address(code: str, step: int) -> None:
    registers = [0] * 16
    registers[6] = 24
    assert samples_loops.step_of(Stretch(bytes.fromhex(code)), 0, registers) == step


@needs_x86
@pytest.mark.parametrize(
    ("code", "place", "apart", "expected"),
    [
        ("48890f 668b1e 48ffc9 75f5", 1, 6, True),  # L: mov %rcx,(%rdi); mov (%rsi),%dx; dec; jne: its last bytes
        ("48890f 668b1e 48ffc9 75f5", 1, 4096, True),
        ("48890f 668b1e 48ffc9 75f5", 1, 8, False),
        ("48890f 668b1e 48ffc9 75f5", 1, -1, True),
        ("48890f 668b1e 48ffc9 75f5", 1, -2, False),
        ("488b17 488917 4883c708 48ffc9 75f1", 0, 0, False),  # L: mov (%rdi),%rdx; mov %rdx,(%rdi); add $8,%rdi
        ("488b17 48895708 4883c708 48ffc9 75f0", 0, 0, True),  # what it stores is what it loads the next time
    ],
)
def test_a_load_waits_for_a_store_to_its_bytes_or_to_what_looks_like_them(
    code: str, place: int, apart: int, expected: bool
) -> None:
    registers = [0] * 16
    registers[7], registers[6] = 0x10000, 0x10000 + apart
    assert samples_loops.is_behind_a_store(Stretch(bytes.fromhex(code)), place, registers) is expected


@needs_x86
@pytest.mark.parametrize(
    ("code", "place", "source"),
    [
        ("488b00 48ffc9 75f8", 1, 0),  # mov (%rax),%rax; dec; jne: the register tells the next address
        ("8b1487 480334d3 48ffc0 4839c8 75f1", 2, 1),  # the second load's address still stands
        ("488b07 488bbf80000000 48ffc9 c3", 2, None),  # mov (%rdi),%rax; mov 0x80(%rdi),%rdi, which is over-written
        ("488907 4883c708 4839cf 75f4", 0, 0),  # a store
        ("48ffc0 c3", 0, None),
    ],
)
def test_an_address_is_told_only_where_its_registers_still_stand(code: str, place: int, source: int | None) -> None:
    assert samples_loops.access_of(Stretch(bytes.fromhex(code)), place) == source


@needs_x86
@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        ("c4e2f192 04 07".replace(" ", ""), False),  # vgatherdpd %xmm1,(%rdi,%xmm0,1),%xmm0
        ("62f2fd09a2 04 07".replace(" ", ""), False),  # vscatterdpd %xmm0,(%rdi,%xmm0,1){%k1}
        ("c4e2f1b8 04 07".replace(" ", ""), True),  # vfmadd231pd (%rdi,%rax,1),%xmm1,%xmm0
        ("64488b07", False),  # mov %fs:(%rdi),%rax
        ("67488b07", False),  # mov (%edi),%rax
        ("488b07", True),
        ("4801f8", False),  # add %rdi,%rax
    ],
)
def test_addresses_of_vectors_of_indices_and_of_other_segments_are_not_told(code: str, is_told: bool) -> None:
    assert (Stretch(bytes.fromhex(code))[0].operand is not None) is is_told


def test_an_address_is_made_of_registers_and_goes_round_the_end() -> None:
    registers = [0x1000, 3, *[0] * 14]
    assert Operand(0, 1, 8, -8).address(registers, 0) == 0x1010
    assert Operand(ITSELF, None, 1, 0x20).address(registers, 0x400000) == 0x400020
    assert Operand(None, None, 1, -16).address(registers, 0) == (1 << 64) - 16


@pytest.mark.parametrize(("there", "drawn"), [(100, 1000), (4096, 3000), (100_000, 3000)])
def test_how_many_pieces_there_are_follows_from_how_many_are_met_twice(there: int, drawn: int) -> None:
    dice = np.random.default_rng(there)
    addresses = [int(dice.integers(there)) * LINE for _ in range(drawn)]
    assert how_many(addresses, LINE) == pytest.approx(there, rel=0.25)


def test_one_piece_is_one_and_pieces_never_met_twice_are_very_many() -> None:
    assert how_many([LINE] * 50, LINE) == pytest.approx(1, rel=0.02)
    assert how_many([k * LINE for k in range(1000)], LINE) > 100_000


def test_what_a_place_waits_for_follows_from_its_lines_and_pages() -> None:
    dice = np.random.default_rng(5)
    many = [int(dice.integers(1 << 30)) for _ in range(500)]
    spread = [(k * PAGE + (k % 64) * LINE) for k in (int(dice.integers(400)) for _ in range(2000))]
    assert waiting([Reads(tuple(many))], CURVES) == NONE | {
        "cache": pytest.approx(375),
        "translation": pytest.approx(125),
    }
    assert waiting([Reads(tuple(spread))], CURVES) == NONE | {"translation": pytest.approx(2000)}
    assert waiting([Reads(tuple(many), step=8)], CURVES) == NONE | {"streamed": 500}
    assert waiting([Reads(tuple(many), step=8192)], CURVES)["cache"] > 0
    near = tuple(int(dice.integers(16384)) for _ in range(500))
    assert waiting([Reads(near), Reads(near, step=8)], CURVES) == NONE
    assert waiting([Reads(near, 8, is_behind_a_store=True)], CURVES) == NONE | {"forwarded": 500}
    assert waiting([Reads(tuple(many), 0, is_behind_a_store=True)], CURVES)["forwarded"] == 0
    assert waiting([Reads(tuple(many[:5]))], CURVES) == NONE


def test_lines_that_share_a_set_evict_each_other() -> None:
    crowded = tuple((k % 32) * PAGE for k in range(400))
    assert waiting([Reads(crowded)], CURVES)["cache"] == pytest.approx(400)
    assert waiting([Reads(tuple((k % 8) * PAGE for k in range(400)))], CURVES) == NONE


def test_a_profile_without_curves_tells_nothing_of_addresses() -> None:
    assert curves_of(profile(FIRST_CACHE)) is None


def test_curves_are_those_of_the_profile() -> None:
    points = {
        "latency_huge": ({"bytes": 4096.0, "ns": 1.0}, {"bytes": 1e8, "ns": 90.0}),
        "latency_base": ({"bytes": 4096.0, "ns": 1.0}, {"bytes": 1e8, "ns": 120.0}),
        "tlb": ({"pages": 8.0, "cost_ns": 0.0}, {"pages": 4096.0, "cost_ns": 8.0}),
    }
    curves = curves_of(profile(FIRST_CACHE, curves=points))
    assert curves is not None
    assert (curves.first, curves.latency(1e9), curves.added(1.0)) == (1.0, 90.0, 0.0)
    assert curves.latency(math.sqrt(4096 * 1e8)) == pytest.approx(45.5)  # half way on a logarithm
    assert curves.added(1e8) == pytest.approx(30.0)
    assert curves.added(4096) > 8.0


@needs_samples
@needs_x86
def test_programs_of_known_truth_are_told_apart(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    program, source = tmp_path / "kernels", Path(__file__).with_name("counting_kernels.c")
    include = source.parent.parent / "hwbench" / "include"
    subprocess.run(
        [compiler, "-O2", "-fno-tree-vectorize", f"-I{include}", str(source), "-o", str(program)], check=True
    )
    curves = {
        "latency_huge": ({"bytes": 32768.0, "ns": 1.0}, {"bytes": 1e7, "ns": 90.0}),
        "latency_base": ({"bytes": 32768.0, "ns": 1.0}, {"bytes": 1e7, "ns": 95.0}),
    }
    told = {}
    for words in (
        ("index_chase", "3000000", "33554432"),
        ("index_chase", "50000000", "8192"),
        ("sum", "400000000", "64000000"),
    ):
        evidence = samples.count(
            Command(argv=(str(program), *words)), profile(FIRST_CACHE, curves=curves), limits=LIMITS
        )
        assert evidence.unavailable is None
        told[words[0], words[2]] = {name: evidence.value(f"samples.{name}") or 0.0 for name in AWAITED_KINDS} | {
            "load": evidence.value("samples.load") or 0.0
        }
    far, near, row = told.values()
    assert far["cache"] > 0.6 * far["load"]
    assert near["cache"] + near["streamed"] < 0.2 * near["load"]
    assert row["streamed"] > 0.6 * row["load"] > row["cache"]
