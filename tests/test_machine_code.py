"""The kernels' machine code is what they claim, and the checks see it where it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import machine_claims
import machine_code as code
import pytest
from machine_claims import Claim, Outcome
from machine_code import Function, NoDisassemblerError

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "prove_machine_code"
X86_HEAD = "a.so:     file format elf64-x86-64\n\n0000000000001000 <f>:\n"
ARM_HEAD = "a.so:     file format elf64-littleaarch64\n\n0000000000001000 <f>:\n"


def function(body: str, head: str = X86_HEAD) -> Function:
    """A function whose instructions stand 16 bytes apart from 0x1000 on."""
    lines = [f"    {0x1000 + 16 * place:x}:\t{line}" for place, line in enumerate(body.strip().splitlines())]
    return code.parse_objdump(head + "\n".join(lines))["f"]


CHASE = function("mov (%rax),%rax\nmov (%rax),%rax\nsub $0x2,%rdx\njne 1000 <f>\nret")
CHASE_ON_ARM = function("ldr x0, [x0]\nldr x0, [x0]\nsubs x2, x2, #0x2\nb.ne 1000 <f>\nret", ARM_HEAD)
WIDE_READ = function(
    "vpaddq (%rax),%ymm0,%ymm0\nvpaddq 0x20(%rax),%ymm1,%ymm1\nadd $0x40,%rax\ncmp %rax,%rdi\njne 1000 <f>\nret"
)
COPY_ON_ARM = function(
    "ldp q0, q1, [x0]\nstp q0, q1, [x1]\nadd x0, x0, #0x20\ncmp x0, x2\nb.ne 1000 <f>\nret", ARM_HEAD
)


def every_outcome() -> list[Outcome]:
    try:
        return [
            one
            for variant, module in machine_claims.built_modules().items()
            for one in machine_claims.prove_module(variant, module)
        ]
    except NoDisassemblerError as error:
        pytest.skip(str(error))


def test_every_claim_about_the_built_kernels_is_proved() -> None:
    outcomes = every_outcome()
    assert outcomes
    assert [one for one in outcomes if one.failure] == []


def test_every_claim_about_what_numba_makes_is_proved() -> None:
    outcomes = list(machine_claims.prove_numba())
    assert len(outcomes) == len(machine_claims.NUMBA_CLAIMS)
    assert [one for one in outcomes if one.failure] == []


def test_a_chase_is_told_by_loads_into_their_own_address_register() -> None:
    assert code.dependent_loads()(CHASE, 64) == ""
    assert code.dependent_loads()(CHASE_ON_ARM, 64) == ""
    assert code.dependent_loads(2)(CHASE, 64)
    assert code.dependent_loads()(
        function("ldr x0, [x0]\nadd x0, x0, #0x8\nsubs x2, x2, #0x1\nb.ne 1000 <f>", ARM_HEAD), 64
    )


@pytest.mark.parametrize(
    "stray", ["mov (%rax),%rbx", "mov %rax,(%rsi)", "mov 0x8(%rax),%rax", "add (%rcx),%rdx", "lea 0x8(%rax),%rax"]
)
def test_a_chase_with_anything_else_in_its_loop_is_refused(stray: str) -> None:
    assert code.dependent_loads()(function(f"mov (%rax),%rax\n{stray}\nsub $0x1,%rdx\njne 1000 <f>\nret"), 64)


def test_a_function_without_a_backward_jump_has_lost_its_loop() -> None:
    assert "loop is gone" in code.loops(function("mov (%rax),%rax\njne 1020 <f+0x20>\nret"), 64)


def test_a_stream_has_its_width_and_no_other() -> None:
    assert code.streams(loads=2)(WIDE_READ, 256) == ""
    assert code.streams(loads=2)(WIDE_READ, 512)
    assert "wider" in code.streams(loads=2)(WIDE_READ, 128)
    assert code.streams(loads=3)(WIDE_READ, 256)


def test_a_pair_of_registers_counts_twice_on_aarch64() -> None:
    assert code.streams(loads=2, stores=2)(COPY_ON_ARM, 128) == ""
    assert code.streams(loads=3, stores=2)(COPY_ON_ARM, 128)


def test_packed_arithmetic_is_seen_in_a_scalar_variant() -> None:
    assert "wider" in code.nothing_wider(function("addpd (%rax),%xmm0\nret"), 64)
    assert code.nothing_wider(function("addsd (%rax),%xmm0\nmovapd %xmm0,%xmm1\nret"), 64) == ""


def test_a_call_inside_a_stream_is_refused() -> None:
    called = function(
        "movsd (%rax),%xmm0\ncall 2000 <memcpy@plt>\nmovsd %xmm0,(%rdx)\nadd $0x8,%rax\njne 1000 <f>\nret"
    )
    assert code.streams(loads=1, stores=1)(called, 64)


def test_ordinary_stores_do_not_go_around_the_caches() -> None:
    plain = "vmovupd %zmm0,(%rax)\nadd $0x40,%rax\ncmp %rax,%rdi\njne 1000 <f>\nret"
    assert code.streams(stores=1)(function(plain), 512) == ""
    assert code.streams(stores=1, around=True)(function(plain), 512)
    assert code.streams(stores=1, around=True)(function(plain.replace("vmovupd", "vmovntpd")), 512) == ""


def test_a_conditional_move_tells_a_branchless_search_from_a_branchy_one() -> None:
    branchless = function("cmp (%rax,%rdx,8),%rcx\ncmovl %rdx,%rbx\nsub $0x1,%rsi\njne 1000 <f>\nret")
    branchy = function("cmp (%rax,%rdx,8),%rcx\njl 1040 <f+0x40>\nsub $0x1,%rsi\njne 1000 <f>\nret")
    assert code.selects(branchless, 64) == ""
    assert code.branches(2)(branchless, 64)
    assert code.selects(branchy, 64)
    assert code.branches(2)(branchy, 64) == ""


def test_indirect_calls_and_jumps_are_counted_apart() -> None:
    both = function("call *%rbx\njmp *%rdx\ncall *%rbx\nret")
    assert code.indirect(1)(both, 64) == ""
    assert code.indirect(2, calls=True)(both, 64) == ""
    assert code.indirect(1, calls=True)(both, 64)


def test_store_and_load_are_told_apart_by_where_memory_stands() -> None:
    assert (
        code.accesses(loads=1, stores=1)(
            function("mov %rdx,(%rsi)\nmov (%rdi),%rdx\nsub $0x1,%rcx\njne 1000 <f>\nret"), 64
        )
        == ""
    )
    assert code.accesses(loads=1, stores=1)(
        function("mov %rdx,(%rsi)\nmov (%rdi),%rdx\nadd %rdx,(%rdi)\nadd (%rsi),%rdx\njne 1000 <f>\nret"), 64
    )


def test_assembler_source_is_read_like_a_disassembly() -> None:
    text = "twin:\n.LBB0_1:\n\tvmovups\t(%rdi,%rax,8), %zmm0\n\tvmovups\t%zmm0, (%rdx)\n\tjne\t.LBB0_1\n\tretq\n"
    (part,) = code.parse_assembly(text)
    assert code.vectors()(part, 128) == ""
    assert code.dependent_loads()(part, 128)


def test_a_claim_about_a_function_that_is_gone_fails_if_its_source_is_there() -> None:
    gone = machine_claims.prove(Claim("chase_backwards", code.loops), {}, "v128")
    assert gone is not None
    assert "no such function" in gone.failure
    assert machine_claims.prove(Claim("unwritten_kernel", code.loops), {}, "v128") is None


def test_an_unknown_machine_is_undecided_and_not_proved() -> None:
    with pytest.raises(NoDisassemblerError, match="no machine"):
        code.parse_objdump("a.so:     file format elf64-sparc\n")


def test_a_failed_claim_is_named_and_the_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        machine_claims,
        "outcomes",
        lambda _: iter([Outcome("v512", "stream_read", "no loop"), Outcome("v128", "x", "")]),
    )
    assert machine_claims.main([]) == 1
    assert "FAILED  v512    stream_read: no loop" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="objdump is looked up on a POSIX path")
def test_without_objdump_the_script_says_so_and_ends_with_3(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 3
    assert "objdump is not installed" in told.stderr


@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not installed")
def test_a_folder_without_modules_is_undecided(tmp_path: Path) -> None:
    assert machine_claims.main([str(tmp_path)]) == 3
