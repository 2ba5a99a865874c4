"""Kinds of waits from machine code made by hand, and the lengths of instructions against objdump over whole libraries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from decoding import SOURCES, disassemble, need

from hwbench.evidence import samples_code, samples_copying, samples_kinds
from hwbench.evidence.samples_code import Stretch
from hwbench.host import symbols

needs_x86 = pytest.mark.skipif(
    os.uname().machine != "x86_64" or samples_code.missing() is not None, reason="the bytes are x86-64's"
)


def kind(code: str, place: int, *, is_entry: bool = False) -> str:
    name, is_chased = samples_kinds.kind_of(Stretch(bytes.fromhex(code), entry=lambda: is_entry), place)
    return f"{name}.chased" if is_chased else name


CHASE = "488b00 48ffc9 75f8"  # L: mov (%rax),%rax; dec %rcx; jne L
CHASE_AT_THE_END = "480358 08 488b00 4885c0 75f4".replace(" ", "")  # L: add 8(%rax),%rbx; mov (%rax),%rax; test; jne L
GATHER = "8b1487 480334d3 48ffc0 4839c8 75f1"  # L: mov (%rdi,%rax,4),%edx; add (%rbx,%rdx,8),%rsi; inc; cmp; jne L
OBJECT = "488b07 488b10 488b4a08 c3"  # mov (%rdi),%rax; mov (%rax),%rdx; mov 8(%rdx),%rcx; ret
CONSUMER = "488b07 90 90 4801c6 48ffc6 c3"  # mov (%rdi),%rax; nop; nop; add %rax,%rsi; inc %rsi; ret
DIVISION = (
    "4899 48f7f9 48ffc6 4801c3 4883c301 4883c301 4883c301 c3"  # cqo; idiv; inc %rsi; add %rax,%rbx; add 3 times; ret
)
ROOT = "f20f51c1 f20f58d0 90 90 90 90 c3"  # sqrtsd; addsd of it; nops; ret
ATOMIC = "f0480107 48ffc9 48ffca 4883c201 75f0"  # L: lock add %rax,(%rdi); dec; dec; add; jne L
PAUSE = "f390 0faef0 90 90 c3"  # pause; mfence; nop; nop; ret
STACK = "50 4883c301 488b442408 4883c301 5b 4883c301 c3"  # push; add; mov 8(%rsp),%rax; add; pop; add; ret
FRAME = "554889e5 4883c301 488b45f8 5d c3"  # push %rbp; mov %rsp,%rbp; add; mov -8(%rbp),%rax; pop; ret
NO_FRAME = "488b45f8 c3"  # mov -8(%rbp),%rax; ret
BRANCH = "4839c8 7608 4801c2 4801d6 eb06 4829c2 4829d6 4883c701 4883c701 c3"
# cmp; jbe E; add; add; jmp F; E: sub; sub; F: add; add; ret
STORE = "488907 4883c708 4839cf 75f4"  # L: mov %rax,(%rdi); add $8,%rdi; cmp; jne L
MULTIPLY = "480fafc1 4801d0 4883c601 4839ce 75f0"  # L: imul; add; add; cmp; jne L
CALL = "4889ef ffd0 4801c3 4883c301 c3"  # mov; call *%rax; add; add; ret
TABLE = "486304 82 4801d0 ffe0 4883c301 4883c601 4883c701 ebe9".replace(" ", "")
# movslq (%rdx,%rax,4),%rax; add %rdx,%rax; jmp *%rax; add; add; add; jmp back
STRING = "f3a4 c3"  # rep movsb; ret


@needs_x86
@pytest.mark.parametrize(
    ("code", "place", "expected"),
    [
        (CHASE, 0, "load.chased"),
        (CHASE_AT_THE_END, 0, "load.chased"),
        (CHASE_AT_THE_END, 1, "load.chased"),
        (GATHER, 0, "load"),
        (GATHER, 1, "load"),
        (GATHER, 2, "load"),
        (OBJECT, 0, "load"),
        (OBJECT, 1, "load"),
        (OBJECT, 2, "load.chased"),
        (CONSUMER, 3, "load"),
        (CONSUMER, 4, "other"),
        (DIVISION, 0, "other"),
        (DIVISION, 1, "divide"),
        (DIVISION, 2, "divide"),
        (DIVISION, 3, "divide"),
        (DIVISION, 5, "other"),
        (ROOT, 0, "divide"),
        (ROOT, 1, "divide"),
        (ROOT, 2, "divide"),
        (ROOT, 3, "other"),
        (ATOMIC, 0, "atomic"),
        (ATOMIC, 1, "atomic"),
        (ATOMIC, 2, "other"),
        (PAUSE, 0, "atomic"),
        (PAUSE, 1, "atomic"),
        (PAUSE, 2, "atomic"),
        (PAUSE, 3, "other"),
        (STACK, 0, "other"),
        (STACK, 2, "other"),
        (STACK, 4, "other"),
        (FRAME, 3, "other"),
        (NO_FRAME, 0, "load"),
        (BRANCH, 0, "other"),
        (BRANCH, 1, "branch"),
        (BRANCH, 2, "branch"),
        (BRANCH, 3, "branch"),
        (BRANCH, 5, "branch"),
        (BRANCH, 6, "branch"),
        (BRANCH, 9, "other"),
        (STORE, 0, "store"),
        (STORE, 1, "store"),
        (STORE, 2, "other"),
        (STORE, 3, "branch"),
        (MULTIPLY, 0, "other"),
        (MULTIPLY, 1, "other"),
        (CALL, 0, "other"),
        (CALL, 1, "indirect"),
        (CALL, 2, "indirect"),
        (CALL, 3, "other"),
        (TABLE, 0, "indirect"),
        (TABLE, 1, "indirect"),
        (TABLE, 2, "indirect"),
        (TABLE, 3, "indirect"),
        (TABLE, 4, "indirect"),
        (TABLE, 5, "other"),
        (STRING, 0, "copying"),
        ("06", 0, "other"),
    ],
)
def test_a_sample_has_the_kind_of_what_it_waits_at(code: str, place: int, expected: str) -> None:
    assert kind(code, place) == expected


@needs_x86
def test_the_first_instructions_of_a_function_that_is_called_indirectly_are_indirect() -> None:
    code = "f30f1efa 4801d0 4883c301 4883c301 c3"  # endbr64; add; add; add; ret
    assert [kind(code, place, is_entry=True) for place in range(1, 4)] == ["indirect", "indirect", "other"]
    assert kind(code, 1) == "other"


@needs_x86
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0f58c1", ["vector"]),  # addps
        ("f30f58c1", ["scalar_float"]),  # addss
        ("0f2807", ["vector"]),  # movaps (%rdi),%xmm0
        ("0f2907", ["vector"]),
        ("f30f1107", ["scalar_float"]),  # movss %xmm0,(%rdi)
        ("488b07", []),
        ("660ffec1", ["vector"]),  # paddd
        ("c5fc5807", ["vector"]),  # vaddps (%rdi),%ymm0
    ],
)
def test_widths_are_told_beside_the_kind_and_last_for_one_more_instruction(code: str, expected: list[str]) -> None:
    stretch = Stretch(bytes.fromhex(code + "48ffc8 48ffc8"))
    assert [samples_kinds.widths_of(stretch, place) for place in range(3)] == [expected, expected, []]


@needs_x86
def test_code_is_taken_apart_with_its_jumps() -> None:
    code = Stretch(bytes.fromhex(BRANCH))
    assert len(code) == 10
    assert [code[place].flow for place in (1, 4, 9)] == ["conditional", "jump", "return"]
    assert [code[place].target for place in range(10)] == [-1, 5, -1, -1, 7, -1, -1, -1, -1, -1]
    assert [code[place].jumped_from for place in (5, 7)] == [1, 4]
    assert (code[5].is_branch_target, code[7].is_branch_target) == (True, False)
    assert (code.place_of(3), code.place_of(4)) == (1, None)
    with pytest.raises(IndexError):
        code[10]


@needs_x86
def test_padding_after_a_jump_is_skipped_in_the_search_for_what_is_reached_indirectly() -> None:
    code = Stretch(bytes.fromhex("ffe0 0f1f4000 90 4801d0 c3 4801d0 c3"))  # jmp *; nop; nop; add; ret; add; ret
    assert [code[place].is_indirect_only for place in range(len(code))] == [
        False,
        False,
        False,
        True,
        False,
        True,
        False,
    ]


@needs_x86
@pytest.mark.parametrize(
    "code", ["", "06", "48", "0f", "c4", "c5f8", "62f17c48", "e8000000", "488b05000000", "66" * 15]
)
def test_no_instruction_and_one_cut_short_have_no_length(code: str) -> None:
    assert samples_code.length_x86(bytes.fromhex(code)) == 0
    assert len(Stretch(bytes.fromhex(code))) == len(code) // 2 or code.startswith(("66", "e8", "48", "62", "c5"))


def test_targets_of_calls_and_far_jumps() -> None:
    x86 = np.frombuffer(bytes.fromhex("90 e8fbffffff e910000000 c3 00000000"), np.uint8)
    assert {1, 27} <= set(samples_code._targets(x86, symbols.X86_64).tolist())
    arm = np.array([0xD503201F, 0x97FFFFFF, 0x14000004, 0xD65F03C0], "<u4").view(np.uint8)  # nop; bl -4; b +16; ret
    assert samples_code._targets(arm, symbols.AARCH64).tolist() == [0, 24]


def libraries() -> list[Path]:
    python = Path(sysconfig.get_config_var("LIBDIR") or "") / (sysconfig.get_config_var("INSTSONAME") or "")
    loaded = Path("/proc/self/maps").read_text() if Path("/proc/self/maps").exists() else ""
    libc = re.search(r"(/\S*/libc(-[\d.]+)?\.so\S*)", loaded)
    return [*([Path(libc[1])] if libc else []), python if python.is_file() else Path(sys.executable).resolve()]


@needs_x86
def test_every_length_in_whole_libraries_is_what_objdump_prints() -> None:
    objdump = need("objdump")
    codes = {code for path in libraries() for code, _ in disassemble(objdump, path)}
    assert len(codes) > 50_000
    wrong = {}
    for code in codes:
        ahead = bytes.fromhex(code)
        length = samples_code.length_x86(ahead.ljust(16, b"\x90"))
        if length != len(ahead):
            wrong[code] = length
    assert not wrong


DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "samples_code.h"
int main(void) {
    uint64_t state = 7, sum = 0;
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = round % 61, total = 0; /* in memory of exactly that size */
        uint8_t *bytes = malloc(size ? size : 1);
        struct samples_instruction *out = malloc((size ? size : 1) * sizeof *out);
        for (size_t k = 0; k < size; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes[k] = (uint8_t)(state >> 56);
        }
        size_t room = size ? 1 + state % size : 0, count = samples_take_apart(bytes, size, out, room);
        for (size_t k = 0; k < count; k++) {
            if (out[k].offset != total || out[k].target >= (int32_t)count || out[k].jumped_from >= (int32_t)count) return 1;
            total += out[k].length;
        }
        if (count > room || total > size || (count < room && total != size)) return 2;
        struct samples_operand operand;
        sum += samples_length_x86(bytes, size, &operand) + samples_length_aarch64(bytes, size, &operand);
        free(bytes), free(out);
    }
    printf("%lu\\n", (unsigned long)sum);
    return 0;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_random_bytes_never_lead_out_of_bounds_and_nothing_is_warned_of(compiler: str, tmp_path: Path) -> None:
    source, program = tmp_path / "driver.c", tmp_path / "driver"
    source.write_text(DRIVER)
    parts = [*sorted(SOURCES.glob("samples_*.c")), *sorted(SOURCES.glob("decode*.c")), source]
    flags = [
        "-std=c11",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ]
    command = [need(compiler), *flags, f"-I{SOURCES}", *map(str, parts), "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "cannot find -lasan" in done.stderr or "libclang_rt" in done.stderr:
        pytest.skip(f"{compiler} has no sanitizer libraries")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        [str(program)], capture_output=True, text=True, check=False, env={"ASAN_OPTIONS": "detect_leaks=0"}
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


@needs_x86
def test_the_rarer_encodings_have_their_lengths() -> None:
    codes = [
        "48b8 0102030405060708",  # movabs
        "66b8 0102",
        "67a0 01020304",
        "a0 0102030405060708",
        "f7c0 01020304",
        "66f7c0 0102",
        "f7d0",
        "f6442408 01",
        "c8 0102 03",
        "c20400",
        "0f0fc10d",  # 3DNow!
        "660f78c00102",  # extrq
        "8fe97881c1",  # XOP, map 9
        "8fea78 10c1 01020304",  # XOP, map A
        "c4e37d 18c101",  # vinsertf128
        "62f27d48 7f0c10",  # EVEX, map 2
        "62f1fe48 6f4c2401",
        "660f3a0fc108",
        "0f38f00424",
        "6690",
        "66662e0f1f840000000000",
    ]
    for code in codes:
        whole = bytes.fromhex(code)
        assert samples_code.length_x86(whole) == len(whole), code
        assert samples_code.length_x86(whole[:-1]) == 0, code


def test_names_of_copying_functions() -> None:
    copying = [
        "memcpy",
        "__memmove_avx_unaligned_erms",
        "memset",
        "strcpy",
        "__strncpy_sse2",
        "bzero",
        "wmemcpy",
        "mempcpy",
    ]
    others = ["memcmp", "memchr", "strlen", "memcpyish", "my_memcpy", "strcat2x"]
    assert all(samples_copying.COPYING.fullmatch(name) for name in copying)
    assert not any(samples_copying.COPYING.fullmatch(name) for name in others)
