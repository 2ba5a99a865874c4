"""The words in which lessons say what their machine code must be, each a check of tests/machine_code.py's kind.

They ask for what an effect hangs on, and no more: that the loop is there, that it computes nothing packed (or does), that the
branch is still a branch, that a load waits for another. Understands what `machine_code` does: x86-64 and AArch64.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import machine_code as code
from machine_code import AARCH64, X86, Check, Function, Instruction

Loop = tuple[Instruction, ...]
X86_DIVISION = r"v?i?div"
ARM_DIVISION = r"[sf]div|udiv"
X86_ATOMIC = r"lock|xchg|mfence"
ARM_ATOMIC = r"ldx|stx|ldax|stlx|ldadd|cas|swp|dmb"


def loop(function: Function, bits: int) -> str:
    """A loop remains."""
    return code.loops(function, bits)


def no_loop(function: Function, _: int) -> str:
    """No loop remains."""
    return "there is a loop" if function.loops else ""


def scalar(function: Function, _: int) -> str:
    """No loop computes anything packed."""
    found = next((one for each in function.loops for one in each if _is_packed_arithmetic(one)), None)
    return f"{found.mnemonic} {found.operands} is packed" if found else ""


def vector(function: Function, _: int) -> str:
    """Some loop computes something packed."""
    return (
        "" if any(_is_packed_arithmetic(one) for each in function.loops for one in each) else "nothing packed in a loop"
    )


def _is_packed_arithmetic(one: Instruction) -> bool:
    if one.dialect is AARCH64:
        return one.is_packed and not one.is_a(r"ld|st|mov|dup|fmov|movi")
    packed = r"v?(add|sub|mul|div|sqrt|min|max)p[sd]|v?p(add|sub|mul|and|or|xor|cmp|max|min|sl|sr|madd|abs|sad)|vfn?m(add|sub)\w*p[sd]"
    scalar_mask = r"v?p(xor|cmpeq)[bwdq]?$"  # also how a register is set to nothing
    return one.is_a(packed) and not (one.is_a(scalar_mask) and len(set(re.findall(r"%\wmm\d+", one.operands))) == 1)


def _region(function: Function) -> Loop:
    """The instructions from the first loop's head to the last backward jump: a loop with all that it jumps to and fro."""
    first = function.instructions[0].address
    spans = [
        (one.target, one.address)
        for one in function.instructions
        if one.target is not None and one.is_a(one.dialect.jump) and first <= one.target <= one.address
    ]
    if not spans:
        return ()
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    return tuple(one for one in function.instructions if low <= one.address <= high)


def branch(function: Function, bits: int) -> str:
    """Inside a loop there is a conditional jump besides its own."""
    jumps = [one for one in _region(function) if one.is_a(one.dialect.conditional)]
    heads = {one.target for one in jumps if one.target is not None and one.target <= one.address}
    return code.loops(function, bits) or (
        "" if len(jumps) > max(len(heads), 1) or len(jumps) > 2 else "no branch in the loop"
    )


def branchless(function: Function, bits: int) -> str:
    """Some innermost loop that loads or computes has no conditional jump but its own."""
    fits = [
        each for each in function.loops if sum(one.is_a(one.dialect.conditional) for one in each) <= 1 and len(each) > 2
    ]
    return code.loops(function, bits) or ("" if fits else "every loop has a branch besides its own")


def dependent(function: Function, bits: int) -> str:
    """In some loop a load's address comes from a load of the same loop."""
    return code.loops(function, bits) or (
        "" if any(_has_dependent_load(each) for each in function.loops) else "no dependent load"
    )


def _has_dependent_load(each: Loop) -> bool:
    """Whether a register that a load filled, or what was reckoned from it, is an address of a load on this or the next turn."""
    loaded: set[str] = set()
    for one in (*each, *each):
        sources, target = _registers(one)
        address = _address(one)
        if one.is_load and address & loaded:
            return True
        if target is None:
            continue
        if one.is_load or sources & loaded:
            loaded.add(target)
        else:
            loaded.discard(target)
    return False


def _registers(one: Instruction) -> tuple[set[str], str | None]:
    """The registers that an instruction reads outside of addresses, and the one that it writes."""
    if one.is_a(r"cmp|cmn|tst|test") or one.is_a(one.dialect.jump) or one.is_store:
        return set(), None
    outside = re.sub(r"-?(0x)?[0-9a-f]*\([^)]*\)" if one.dialect is X86 else r"\[[^\]]*\]", "", one.operands)
    lea = _address(one) if one.is_a("lea") else set()
    names = [_whole(name) for name in re.findall(r"%\w+" if one.dialect is X86 else r"\b[wxds]\d+\b", outside)]
    if not names:
        return lea, None
    target = names[-1] if one.dialect is X86 else names[0]
    keeps = not one.is_a(r"v?mov|lea|ld|adr|csel")  # two-operand arithmetic reads what it writes
    return {*names, *lea} if keeps or one.dialect is AARCH64 else {*(set(names) - {target}), *lea}, target


def _address(one: Instruction) -> set[str]:
    inside = re.findall(r"\(([^)]*)\)" if one.dialect is X86 else r"\[([^\]]*)\]", one.operands)
    return {
        _whole(name) for part in inside for name in re.findall(r"%\w+" if one.dialect is X86 else r"\b[wx]\d+\b", part)
    }


def _whole(name: str) -> str:
    """The name of the whole register: %eax and %rax are one."""
    if not name.startswith("%"):
        return "x" + name[1:] if name[0] in "wx" else name
    short = name[1:]
    if re.fullmatch(r"r\d+[dwb]?", short):
        return short.rstrip("dwb")
    core = re.sub(r"^[er]", "", short)
    return {"al": "ax", "bl": "bx", "cl": "cx", "dl": "dx", "sil": "si", "dil": "di"}.get(core, core)


def _some(x86: str, aarch64: str, wanted: str, where: Callable[[Function], Loop] | None = None) -> Check:
    def check(function: Function, _: int) -> str:
        found = function.instructions if where is None else where(function)
        has = any(one.is_a(x86 if one.dialect is X86 else aarch64) for one in found)
        return "" if has else f"no {wanted}"

    return check


def no_division(function: Function, bits: int) -> str:
    """Nothing in a loop divides."""
    return "" if _some(X86_DIVISION, ARM_DIVISION, "", _region)(function, bits) else "a division in the loop"


def indirect(function: Function, _: int) -> str:
    """There is an indirect call or jump."""
    found = any(
        one.is_a(one.dialect.indirect) and ("*" in one.operands or one.dialect is AARCH64)
        for one in function.instructions
    )
    return "" if found else "no indirect call or jump"


WORDS: dict[str, Check] = {
    "loop": loop,
    "no_loop": no_loop,
    "scalar": scalar,
    "vector": vector,
    "branch": branch,
    "branchless": branchless,
    "dependent": dependent,
    "division": _some(X86_DIVISION, ARM_DIVISION, "division"),
    "no_division": no_division,
    "indirect": indirect,
    "prefetch": _some("prefetch", "prfm", "prefetch"),
    "streaming": _some(X86.around, AARCH64.around, "store around the cache"),
    "atomic": _some(X86_ATOMIC, ARM_ATOMIC + "|bl", "atomic"),
    "call": _some("call", "blr?$", "call"),
}
