"""Turns the catalogue into one self-checking C program and a data file, for sanitizers and for other machines.

Every kernel's prepared arrays become blocks of exactly their size (so that a sanitizer sees one byte too many), aligned
as they were; arrays that overlap become one block. Absolute addresses (the words of a `Ring`, or an address among the
arguments) are written as places in blocks and made addresses again by the program. What a kernel must return is what
its C twin returns here. Threads beside a kernel become pthreads. Open files keep their numbers: start it with pass_fds.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hwbench import native
from hwbench.catalog import Kernel, Prepared, kernels
from hwbench.catalog.rings import Ring
from hwbench.measure.pinning import Member, run_together, usable_cpus
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hwbench.native import Argument

REPEATS = 37  # more than any unrolling, and a multiple of none
SMALL = 16 * 1024
PAGE = 4096
FRAME = Path(__file__).with_name("c_program.c")


@dataclass
class Block:
    """A stretch of this process's memory that the program gets a copy of; overlapping arrays share one."""

    start: int
    end: int

    @property
    def alignment(self) -> int:
        """The power of two, from a word to a page, that the block begins at."""
        return int(min(max(self.start & -self.start, 8), PAGE))

    def image(self) -> bytes:
        """Return its bytes as they are now."""
        return ctypes.string_at(self.start, self.end - self.start)


@dataclass
class Program:
    """The C source, its data, the open files it needs, and the kernels it runs or leaves out (with the reason)."""

    source: str
    data: bytes
    files: tuple[int, ...]
    names: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def program(headers: Sequence[str]) -> Iterator[Program]:
    """Yield the program of all kernels that can be prepared here; what they opened stays open until the end."""
    made = Program("", b"", ())
    calls: list[str] = []
    with contextlib.ExitStack() as stack:
        for kernel in kernels().values():
            prepared = kernel.prepare(min(kernel.size, SMALL))
            if isinstance(prepared, Unavailable):
                made.left_out[kernel.name] = str(prepared)
                continue
            if prepared.close is not None:
                stack.callback(prepared.close)
            calls.append(_call(kernel, prepared, len(made.names), len(made.data)))
            made.data += _data(prepared)
            made.files += _open_files(prepared)
            calls.append(_expectation(kernel, prepared, len(made.names)))
            made.names.append(kernel.name)
        made.source = _source(headers, calls, made.names)
        yield made


def _source(headers: Sequence[str], calls: Sequence[str], names: Sequence[str]) -> str:
    includes = "\n".join(f'#include "{header}"' for header in headers)
    table = "\n".join(f'    {{"{name}", run_{number}, check_{number}}},' for number, name in enumerate(names))
    frame = FRAME.read_text()
    return frame.replace("/*HEADERS*/", includes).replace("/*CALLS*/", "\n".join(calls)).replace("/*TABLE*/", table)


def _lists(prepared: Prepared) -> tuple[tuple[Argument, ...], ...]:
    return (prepared.arguments, *prepared.partners)


def _arrays(prepared: Prepared) -> list[np.ndarray]:
    return [argument for arguments in _lists(prepared) for argument in arguments if isinstance(argument, np.ndarray)]


def _blocks(prepared: Prepared) -> list[Block]:
    """Return the memory of all arrays, overlapping ones merged, in order of address."""
    blocks: list[Block] = []
    for start, end in sorted((array.ctypes.data, array.ctypes.data + array.nbytes) for array in _arrays(prepared)):
        if blocks and start < blocks[-1].end:
            blocks[-1].end = max(blocks[-1].end, end)
        else:
            blocks.append(Block(start, end))
    return blocks


def _place(address: int, blocks: Sequence[Block]) -> tuple[int, int] | None:
    """Return the block that an address lies in and how far from its start, or None."""
    return next(((n, address - b.start) for n, b in enumerate(blocks) if b.start <= address < b.end), None)


def _data(prepared: Prepared) -> bytes:
    """Return the number of blocks, each block (size, alignment, bytes), then the addresses that must be made anew."""
    blocks = _blocks(prepared)
    parts = [struct.pack("=q", len(blocks))]
    for block in blocks:
        parts += [struct.pack("=qq", block.end - block.start, block.alignment), block.image()]
    moved = [entry for array in _arrays(prepared) if isinstance(array, Ring) for entry in _addresses(array, blocks)]
    return b"".join([*parts, struct.pack("=q", len(moved)), *(struct.pack("=qqqq", *entry) for entry in moved)])


def _addresses(ring: Ring, blocks: Sequence[Block]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (block, offset) of each word that holds an address, and the (block, offset) that it points to."""
    for index, word in enumerate(ring.view(np.ndarray).ravel().tolist()):
        target = _place(word, blocks)
        home = _place(ring.ctypes.data + 8 * index, blocks)
        if target and home:
            yield (*home, *target)


def _call(kernel: Kernel, prepared: Prepared, number: int, offset: int) -> str:
    """Return the C functions that run the kernel's threads, each calling it with its own arguments."""
    blocks = _blocks(prepared)
    kind = "real" if _returns_double(kernel) else "whole"
    threads = []
    for k, arguments in enumerate(_lists(prepared)):
        words = ", ".join([*(_written(argument, blocks) for argument in arguments), str(REPEATS)])
        act = f"((struct result *)out)->{kind} = {kernel.c_function}({words}); return 0;"
        threads.append(f"static void *thread_{number}_{k}(void *out) {{ {act} }}")
    names = ", ".join(f"thread_{number}_{k}" for k in range(len(threads)))
    team = f"{len(threads)}, (thread *[]){{{names}}}"
    run = f"static struct result run_{number}(void) {{ return run_threads({offset}, {team}); }}"
    return "\n".join([*threads, run])


def _written(argument: Argument, blocks: Sequence[Block]) -> str:
    """Write an argument in C: a pointer into a block, an address made anew, or the number."""
    if isinstance(argument, np.ndarray):
        place = _place(argument.ctypes.data, blocks)
        return f"(void *)(block[{place[0]}] + {place[1]})" if place else "NULL"
    if isinstance(argument, float):
        return (
            argument.hex()
            if np.isfinite(argument)
            else f"({argument!s})".replace("inf", "INFINITY").replace("nan", "NAN")
        )
    place = _place(int(argument), blocks)
    return f"(int64_t)(block[{place[0]}] + {place[1]})" if place else f"INT64_C({int(argument)})"


def _expectation(kernel: Kernel, prepared: Prepared, number: int) -> str:
    """Return the C function that checks the result against this host's (any will do if it is not repeatable)."""
    if not kernel.repeatable:
        return f"static int check_{number}(struct result r) {{ (void)r; return 1; }}"
    value = _result_here(kernel, prepared)
    if isinstance(value, float):
        return f"static int check_{number}(struct result r) {{ return is_near(r.real, {_written(value, ())}); }}"
    return f"static int check_{number}(struct result r) {{ return is_equal(r.whole, INT64_C({value})); }}"


def _result_here(kernel: Kernel, prepared: Prepared) -> int | float:
    variant = _host()
    runs = [functools.partial(variant.bind(kernel.c_function, arguments), REPEATS) for arguments in _lists(prepared)]
    if len(runs) == 1:
        return runs[0]()
    cpus = usable_cpus()
    result = run_together([Member(cpus[k % len(cpus)], run) for k, run in enumerate(runs)])[0].result
    assert isinstance(result, int | float)
    return result


def _host() -> native.Variant:
    baseline = native.load("v128")
    variant = baseline if isinstance(baseline, native.Variant) else native.best()
    assert isinstance(variant, native.Variant), str(variant)
    return variant


def _returns_double(kernel: Kernel) -> bool:
    host = _host()
    return bool(host.ffi.typeof(getattr(host.lib, kernel.c_function)).result.cname == "double")


def _open_files(prepared: Prepared) -> tuple[int, ...]:
    """Return the arguments that are numbers of open files, of a kernel that closes something afterwards."""
    numbers = {argument for arguments in _lists(prepared) for argument in arguments if isinstance(argument, int)}
    return tuple(sorted(n for n in numbers if prepared.close is not None and _is_open(n)))


def _is_open(number: int) -> bool:
    if not 2 < number < 1 << 20:
        return False
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
