"""Builds the instruction decoder into a small program, feeds it bytes, and reads its answers and the tables of truths.

The tables hold one instruction a line: its bytes (made by an assembler), its text, and what we say that it does:
class | registers read | registers of the address | registers written | accesses and the like.
"""

from __future__ import annotations

import functools
import itertools
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TESTS = Path(__file__).resolve().parent
SOURCES = TESTS.parent / "c_src" / "counting"
FLAGS, X87 = 64, 65
LINES = 250_000  # of a disassembly: enough for every kind of instruction that compilers emit
GENERAL = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", *(f"r{n}" for n in range(8, 16))]


@dataclass(frozen=True)
class Decoded:
    """What the decoder says of one instruction."""

    op: str
    flow: str
    reads: frozenset[str]
    address: frozenset[str]
    writes: frozenset[str]
    loads: int
    stores: int
    access: int
    element: int
    vector: int
    uops: int
    breaks: bool
    conditional: bool
    known: bool


@dataclass(frozen=True)
class Row:
    """One line of a table: bytes, text, and what must be decoded."""

    code: str
    text: str
    expected: Decoded


@functools.cache
def enumerators(name: str) -> list[str]:
    """Return the names of an enumeration of decode.h, in order, without their common prefix."""
    body = re.search(rf"enum {name} {{(.*?)}}", (SOURCES / "decode.h").read_text(), re.DOTALL)
    assert body is not None
    words = re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", body[1], flags=re.DOTALL))
    return [word.partition("_")[2].lower() for word in words]


def register_name(machine: str, number: int) -> str:
    if number in (FLAGS, X87):
        return "flags" if number == FLAGS else "x87"
    if machine == "aarch64" and number > X87:
        return f"p{number - X87 - 1}"
    if machine == "aarch64":
        return "sp" if number == 31 else f"x{number}" if number < 31 else f"v{number - 32}"
    return GENERAL[number] if number < 16 else f"v{number - 16}" if number < 48 else f"k{number - 48}"


def parse_answer(machine: str, line: str) -> Decoded:
    op, flow, reads, address, writes, *numbers = line.split(" ")
    named = [
        frozenset(register_name(machine, int(n)) for n in part.split(",") if n) for part in (reads, address, writes)
    ]
    values = [int(number) for number in numbers]
    kinds = enumerators("op_class")[int(op)], enumerators("flow_kind")[int(flow)]
    return Decoded(*kinds, *named, *values[:6], *map(bool, values[6:]))


def read_table(machine: str) -> list[Row]:
    lines = (TESTS / "data" / f"decode_{machine}.txt").read_text().splitlines()
    return [parse_row(line) for line in lines if not line.startswith("#")]


def parse_row(line: str) -> Row:
    code, text, op, reads, address, writes, notes = [*(part.strip() for part in line.split("|")), ""][:7]
    named = [frozenset() if part == "-" else frozenset(part.split()) for part in (reads, address, writes)]
    told = dict(note.partition("=")[::2] for note in notes.split())
    access = max(int(told.get(key, 0)) for key in ("load", "store", "access"))
    loads, stores = (int(told.get(f"{key}s", key in told)) for key in ("load", "store"))
    shape = int(told.get("element", 0)), int(told.get("vector", 0))
    kinds = "breaks" in told, "conditional" in told
    return Row(
        code, text, Decoded(op, told.get("flow", "none"), *named, loads, stores, access, *shape, 0, *kinds, True)
    )


def need(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


def build(folder: Path, compiler: str, flags: Sequence[str]) -> Path:
    """Compile the decoder and its driver; a warning fails."""
    sources = [*sorted(SOURCES.glob("decode*.c")), TESTS / "decode_driver.c"]
    target = folder / f"decode-{compiler}"
    command = [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, f"-I{SOURCES}", *map(str, sources)]
    done = subprocess.run([*command, "-o", str(target)], capture_output=True, text=True, check=False)
    if "cannot find -lasan" in done.stderr or "libclang_rt" in done.stderr:
        pytest.skip(f"{compiler} has no sanitizer libraries")
    assert done.returncode == 0, done.stderr
    return target


def decode(program: Path, machine: str, codes: Iterable[str]) -> list[Decoded]:
    words = "".join(f"{code}\n" for code in codes)
    done = subprocess.run(
        [str(program), machine], input=words, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = done.stdout.splitlines()
    answers = {line: parse_answer(machine, line) for line in set(lines)}
    return [answers[line] for line in lines]


def disassemble(objdump: str, path: Path) -> Counter[tuple[str, str]]:
    """Return how often each instruction (bytes, text) occurs in the first part of a file."""
    command = [objdump, "-d", "-w", "--no-addresses", str(path)]
    found: Counter[tuple[str, str]] = Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = list(itertools.islice(process.stdout, LINES))
        process.kill()
    for line in lines:
        _, _, rest = line.rstrip("\n").partition("\t")
        code, _, words = rest.partition("\t")
        if words and "(bad)" not in words and "aarch64" not in objdump:
            found[code.replace(" ", ""), words.partition("#")[0].strip()] += 1
        elif words and len(code.strip()) == 8:  # words of four bytes are printed from the last byte to the first
            found[bytes.fromhex(code.strip())[::-1].hex(), words.partition("//")[0].replace("\t", " ").strip()] += 1
    return found
