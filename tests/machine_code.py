"""Reads machine code back: from a built extension module (objdump) or from numba, into functions, loops and what they
touch.

A kernel measures what it says only if the compiler left it so: the vectors as wide as the variant, the loop still
there, one dependent load a step. Checks are small functions of (function, variant's bits) that return what is wrong, or
"". Understands GNU objdump's AT&T syntax for x86-64 and its syntax for AArch64. Fooled by: a compiler that moves the
hot loop into another function (the check then fails, it never passes by mistake).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Check = Callable[["Function", int], str]


class NoDisassemblerError(Exception):
    """There is no objdump here, or it does not understand these modules."""


@dataclass(frozen=True)
class Dialect:
    """How one instruction set spells what the checks ask for; all are patterns of a mnemonic, but for `memory`."""

    name: str
    memory: str
    no_access: str
    jump: str
    conditional: str
    indirect: str
    call: str
    select: str
    around: str
    packed: str


X86 = Dialect(
    name="x86-64",
    memory=r"\(",
    no_access=r"lea|nop|data16|cs|prefetch|vzeroupper|endbr",
    jump=r"j",
    conditional=r"j(?!mp)",
    indirect=r"(jmp|call)q?$",
    call=r"call",
    select=r"cmov",
    around=r"v?movnt",
    packed=r"v?(add|sub|mul|div|sqrt|min|max)p[sd]|v?p(add|sub|mul)|v?mov[au]p[sd]|v?movdq|vfn?m(add|sub)\w*p[sd]",
)
AARCH64 = Dialect(
    name="AArch64",
    memory=r"\[",
    no_access=r"nop|prfm",
    jump=r"b$|b\.|cbn?z|tbn?z|br$",
    conditional=r"b\.|cbn?z|tbn?z",
    indirect=r"br$|blr$",
    call=r"blr?$",
    select=r"csel|csinc|csinv|cset",
    around=r"stnp",
    packed=r"$^",  # told by the operands: v0.2d
)
DIALECTS = {"x86-64": X86, "littleaarch64": AARCH64}

# Mnemonics that read and write memory when it stands last, and those that only read it.
X86_READS_LAST = re.compile(r"(cmp|test|v?u?comis|push|call|jmp|mul|imul|div|idiv)")
X86_CHANGES_LAST = re.compile(r"(lock|add|sub|and|or|xor|inc|dec|not|neg|sh[lr]|sar|adc|sbb|xchg|xadd)[bwlq]?$")
X86_ONE_LANE = re.compile(r".*(sd|ss|si)$|v?mov[dq]$|v?mov[lh]p[sd]$|v?cvt")


@dataclass(frozen=True)
class Instruction:
    """One instruction: where it stands, and where it jumps to, if it does."""

    address: int
    mnemonic: str
    operands: str
    dialect: Dialect
    target: int | None = None

    def is_a(self, pattern: str) -> bool:
        """Whether the mnemonic begins with the pattern."""
        return re.match(pattern, self.mnemonic) is not None

    @property
    def accesses(self) -> bool:
        """Whether it loads or stores (the stack's own pushes and calls aside)."""
        return re.search(self.dialect.memory, self.operands) is not None and not self.is_a(self.dialect.no_access)

    @property
    def is_store(self) -> bool:
        """Whether it writes memory."""
        if self.dialect is AARCH64:
            return self.accesses and self.is_a("st")
        return self.accesses and self.operands.endswith(")") and not X86_READS_LAST.match(self.mnemonic)

    @property
    def is_load(self) -> bool:
        """Whether it reads memory."""
        if self.dialect is AARCH64:
            return self.accesses and self.is_a("ld")
        return self.accesses and (not self.is_store or X86_CHANGES_LAST.match(self.mnemonic) is not None)

    @property
    def vector_bits(self) -> int:
        """Width of its widest vector register; 0 if it names none."""
        if self.dialect is AARCH64:
            if re.search(r"\b(q\d+|v\d+\.)", self.operands):
                return 128
            return 64 if re.search(r"\b[ds]\d+\b", self.operands) else 0
        return max(
            (bits for letter, bits in (("x", 128), ("y", 256), ("z", 512)) if f"%{letter}mm" in self.operands),
            default=0,
        )

    @property
    def is_packed(self) -> bool:
        """Whether it works on several elements at once."""
        if self.dialect is AARCH64:
            return re.search(r"\b(q\d+|v\d+\.\d+[a-z])", self.operands) is not None
        return self.is_a(self.dialect.packed)

    def words_of(self, bits: int) -> int:
        """How many registers of exactly that width it moves to or from memory (a pair is two); 64 is a plain word."""
        if not self.accesses:
            return 0
        if bits == 64:
            fits = not self.is_packed
        else:
            fits = self.vector_bits == bits and not (self.dialect is X86 and X86_ONE_LANE.match(self.mnemonic))
        return (2 if self.is_a("ldn?p|stn?p") and self.dialect is AARCH64 else 1) if fits else 0


@dataclass(frozen=True)
class Function:
    """A function's instructions in order."""

    name: str
    instructions: tuple[Instruction, ...]

    @cached_property
    def loops(self) -> list[tuple[Instruction, ...]]:
        """Its innermost loops: from the target of a backward jump to the jump, with no other such inside."""
        first = self.instructions[0].address
        spans = {
            (jump.target, jump.address)
            for jump in self.instructions
            if jump.target is not None and jump.is_a(jump.dialect.jump) and first <= jump.target <= jump.address
        }
        inner = [
            one
            for one in spans
            if not any(one != other and one[0] <= other[0] and other[1] <= one[1] for other in spans)
        ]
        return [tuple(i for i in self.instructions if start <= i.address <= end) for start, end in sorted(inner)]


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def disassemble(module: Path, tool: str = "objdump") -> dict[str, Function]:
    """Return the functions of a built module by name; NoDisassemblerError where objdump cannot tell."""
    found = shutil.which(tool)
    if found is None:
        raise NoDisassemblerError(f"{tool} is not installed: it comes with the binutils package")
    told = subprocess.run([found, "-d", "--no-show-raw-insn", str(module)], capture_output=True, text=True, check=False)
    if told.returncode:
        raise NoDisassemblerError(f"{tool} cannot read {module.name}: {told.stderr.strip()}")
    return parse_objdump(told.stdout)


def parse_objdump(text: str) -> dict[str, Function]:
    """Return the functions in objdump's output by name."""
    kind = re.search(r"file format \w*?elf64-([\w-]+)", text)
    if kind is None or kind[1] not in DIALECTS:
        raise NoDisassemblerError(
            f"objdump's output is of no machine that is understood here ({kind[1] if kind else 'not ELF'})"
        )
    functions: dict[str, list[Instruction]] = {}
    current: list[Instruction] = []
    for line in text.splitlines():
        if header := re.match(r"[0-9a-f]+ <([^>]+)>:", line):
            current = functions.setdefault(header[1], [])
        elif parts := re.match(r"\s*([0-9a-f]+):\s+([\w.]+)\s*(.*)", line):
            current.append(_instruction(int(parts[1], 16), parts[2], parts[3], DIALECTS[kind[1]]))
    return {name: Function(name, tuple(code)) for name, code in functions.items() if code}


def _instruction(address: int, mnemonic: str, rest: str, dialect: Dialect) -> Instruction:
    operands = re.split(r"\s+(?:#|//)", rest)[0].strip()
    target = re.search(r"\b([0-9a-f]+) <", operands) if re.match(dialect.jump, mnemonic) else None
    return Instruction(address, mnemonic, operands, dialect, int(target[1], 16) if target else None)


def parse_assembly(text: str, dialect: Dialect = X86) -> list[Function]:
    """Return the functions of assembler source (as numba shows it), with line numbers for addresses."""
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    code_lines = [place for place, line in enumerate(lines) if line and not line.endswith(":") and line[0] != "."]
    ends = [(line[:-1], place) for place, line in enumerate(lines) if line.endswith(":")]
    labels = {label: next((code for code in code_lines if code > place), place) for label, place in ends}
    functions: list[list[Instruction]] = [[]]
    for place, line in enumerate(lines):
        if line.endswith(":") and not line.startswith("."):
            functions.append([])
        elif line and not line.endswith(":") and not line.startswith("."):
            mnemonic, _, operands = line.partition("\t")
            jumps = re.match(dialect.jump, mnemonic) is not None
            target = labels.get(operands.split(",")[-1].strip()) if jumps else None
            functions[-1].append(Instruction(place, mnemonic, operands.strip(), dialect, target))
    return [Function(f"part {number}", tuple(code)) for number, code in enumerate(functions) if code]


# ── checks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def all_of(*checks: Check) -> Check:
    """Return the check that all hold."""
    return lambda function, bits: "; ".join(filter(None, (check(function, bits) for check in checks)))


def loops(function: Function, bits: int) -> str:
    """Check that a loop is left."""
    del bits
    return "" if function.loops else "no backward jump: the loop is gone"


def _some_loop(holds: Callable[[tuple[Instruction, ...], int], bool], wanted: str) -> Check:
    """Return the check that some innermost loop is as wanted."""

    def check(function: Function, bits: int) -> str:
        return loops(function, bits) or (
            "" if any(holds(loop, bits) for loop in function.loops) else f"no loop has {wanted}"
        )

    return check


def nothing_wider(function: Function, bits: int) -> str:
    """Check that no register is wider than the variant's vectors, and that a scalar variant computes nothing packed."""
    for one in function.instructions:
        if one.vector_bits > max(bits, 128) or (bits == 64 and one.is_packed and _computes(one)):
            return f"{one.mnemonic} {one.operands} is wider than {bits} bits"
    return ""


def _computes(one: Instruction) -> bool:
    """Whether a packed instruction is more than a register copy (which compilers use for single doubles too)."""
    return one.accesses or not one.is_a(r"v?mov|mov$|dup$|fmov")


def streams(loads: int = 0, stores: int = 0, *, around: bool = False) -> Check:
    """Check for a loop with at least so many loads and stores, of the variant's width, no call, nothing wider."""

    def holds(loop: tuple[Instruction, ...], bits: int) -> bool:
        found_loads = sum(one.words_of(bits) for one in loop if one.is_load)
        found_stores = sum(one.words_of(bits) for one in loop if one.is_store)
        whole = all(one.words_of(bits) for one in loop if one.accesses)
        directed = not around or all(one.is_a(one.dialect.around) for one in loop if one.is_store)
        return found_loads >= loads and found_stores >= stores and whole and directed and not _calls(loop)

    def holds_around_on_aarch64(loop: tuple[Instruction, ...], bits: int) -> bool:
        return around and bits == 128 and sum(one.is_a("stnp") for one in loop) >= stores  # pairs of halves of a vector

    wanted = (
        f"{loads} loads and {stores} stores{' around the caches' if around else ''} of the variant's width, no others"
    )
    return all_of(
        nothing_wider, _some_loop(lambda loop, bits: holds(loop, bits) or holds_around_on_aarch64(loop, bits), wanted)
    )


def vectors(least_bits: int = 128) -> Check:
    """Check for a loop whose memory is accessed in vectors of at least that width."""
    return _some_loop(
        lambda loop, _: any(one.accesses and one.is_packed and one.vector_bits >= least_bits for one in loop), "vectors"
    )


def plain_loads(count: int) -> Check:
    """Check for a loop with at least so many loads of a word and no store, and no vector register at all."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        return sum(one.words_of(64) for one in loop if one.is_load) >= count and not any(one.is_store for one in loop)

    def no_vectors(function: Function, _: int) -> str:
        return "vector registers" if any(one.vector_bits for one in function.instructions) else ""

    return all_of(no_vectors, _some_loop(holds, f"{count} plain loads"))


def dependent_loads(chains: int = 1) -> Check:
    """Check for a loop whose only accesses are loads of the next address into the last's register, in N chains."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        registers = [follows(one) for one in loop if one.accesses]
        written = {_written(one) for one in loop if not one.accesses}
        return None not in registers and len(set(registers)) == chains and not written & set(registers)

    return _some_loop(holds, f"only loads that follow each other, in {chains} chains")


def _written(one: Instruction) -> str:
    """Return the register that an instruction without memory writes, "" if none: its last operand (AArch64: first)."""
    if one.is_a(r"cmp|cmn|tst|test") or one.is_a(one.dialect.jump):
        return ""
    return one.operands.split(",")[-1 if one.dialect is X86 else 0].strip()


def follows(one: Instruction) -> str | None:
    """Return the register of a load from the address in the very register it fills, else None."""
    pattern = r"\((%\w+)\),\s*(%\w+)$" if one.dialect is X86 else r"(x\d+), \[(x\d+)\]$"
    match = re.match(pattern, one.operands)
    return match[1] if match and one.is_a("movq?$|ldr$") and match[1] == match[2] else None


def accesses(loads: int, stores: int) -> Check:
    """Check for a loop with a whole multiple of so many loads and stores, and no other access."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        found = sum(one.is_load for one in loop), sum(one.is_store for one in loop)
        turns = found[0] // loads if loads else found[1] // max(stores, 1)
        return turns >= 1 and found == (turns * loads, turns * stores)

    return _some_loop(holds, f"{loads} loads and {stores} stores a turn")


def branches(least: int) -> Check:
    """Check for a loop with at least so many conditional jumps, a load, and no conditional move."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        jumps = sum(one.is_a(one.dialect.conditional) for one in loop)
        return (
            jumps >= least
            and any(one.is_load for one in loop)
            and not any(one.is_a(one.dialect.select) for one in loop)
        )

    return _some_loop(holds, f"{least} conditional jumps and no conditional move")


def selects(function: Function, bits: int) -> str:
    """Check for a loop with a load, a conditional move, and no conditional jump but the one that closes it."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        jumps = sum(one.is_a(one.dialect.conditional) for one in loop)
        return jumps <= 1 and any(one.is_load for one in loop) and any(one.is_a(one.dialect.select) for one in loop)

    return _some_loop(holds, "a conditional move and only its own jump")(function, bits)


def indirect(count: int, *, calls: bool = False) -> Check:
    """Check for exactly so many indirect jumps (or calls) in the function."""

    def check(function: Function, _: int) -> str:
        found = sum(_is_indirect(one) for one in function.instructions if one.is_a(one.dialect.call) == calls)
        return "" if found == count else f"{found} indirect {'calls' if calls else 'jumps'} instead of {count}"

    return check


def _is_indirect(one: Instruction) -> bool:
    return one.is_a(one.dialect.indirect) and ("*" in one.operands or one.dialect is AARCH64)


def operations(x86: str, aarch64: str, count: int) -> Check:
    """Check for a loop with exactly so many instructions of a kind, and no access to memory."""

    def holds(loop: tuple[Instruction, ...], _: int) -> bool:
        found = sum(one.is_a(x86 if one.dialect is X86 else aarch64) for one in loop)
        return found == count and not any(one.accesses for one in loop)

    return _some_loop(holds, f"{count} of {x86} without memory")


def computes(count: int) -> Check:
    """Check for a loop with at least so many operations of the variant's full width, and no access to memory."""

    def holds(loop: tuple[Instruction, ...], bits: int) -> bool:
        found = [one for one in loop if one.vector_bits and not one.is_a(r"v?mov|mov$|dup$|fmov")]
        width = [
            one for one in found if (one.vector_bits == bits and one.is_packed) or (bits == 64 and not one.is_packed)
        ]
        return len(width) >= count and not any(one.accesses for one in loop)

    return _some_loop(holds, f"{count} operations of the variant's width without memory")


def _calls(loop: tuple[Instruction, ...]) -> bool:
    return any(one.is_a(one.dialect.call) for one in loop)
