"""What the kernels' machine code must look like: a claim is a row, a new kernel's claim is a row more.

`CLAIMS` are proved in every built variant of the C kernels, `NUMBA_CLAIMS` in what numba compiles here and now (never
in what it reads from its cache, of which it shows no code).
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine_code as code
from machine_code import Check, Function, NoDisassemblerError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VARIANT_BITS = {"scalar": 64, "v128": 128, "v256": 256, "v512": 512}
PROVED, FAILED, UNDECIDED = 0, 1, 3


@dataclass(frozen=True)
class Claim:
    """That a function of the C build passes a check, in these variants (default: all)."""

    function: str
    check: Check
    variants: tuple[str, ...] = tuple(VARIANT_BITS)


@dataclass(frozen=True)
class NumbaClaim:
    """That the numba twin of a catalogued kernel passes a check."""

    kernel: str
    check: Check


@dataclass(frozen=True)
class Outcome:
    """A claim's fate: where it was tried, of what, and what is wrong ("" if it is proved)."""

    place: str
    function: str
    failure: str


CLAIMS = (
    # Streams: registers of the variant's width and no others, 16 of them a turn.
    Claim("stream_read", code.streams(loads=16)),
    Claim("stream_load", code.streams(loads=16)),
    Claim("stream_write", code.streams(stores=16)),
    Claim("stream_copy", code.streams(loads=16, stores=16)),
    Claim("stream_scale", code.streams(loads=16, stores=16)),
    Claim("stream_add", code.streams(loads=32, stores=16)),
    Claim("stream_triad", code.streams(loads=32, stores=16)),
    Claim("stream_write_around", code.streams(stores=16, around=True)),
    Claim("stream_copy_around", code.streams(loads=16, stores=16, around=True)),
    # Single words: plain loads whatever the variant.
    Claim("stride_read", code.plain_loads(8)),
    Claim("gather_read", code.plain_loads(8)),
    # Chases: each load waits for the one before it, and there is nothing else.
    Claim("chase_one", code.dependent_loads()),
    Claim("chase_2", code.dependent_loads(2)),
    Claim("chase_4", code.dependent_loads(4)),
    Claim("chase_8", code.dependent_loads(8)),
    # Searches: with a branch for each comparison, or with none.
    Claim("search_branchy", code.branches(2)),
    Claim("search_branchless", code.selects),
    # Branches and calls.
    Claim("branch_conditional", code.branches(2)),
    Claim("branch_indirect", code.indirect(1)),
    Claim("through_handlers", code.indirect(17)),
    Claim("branch_call_none", code.all_of(code.loops, code.indirect(0, calls=True))),
    Claim("branch_call_indirect", code.indirect(16, calls=True)),
    # Arithmetic: 64 dependent operations a turn, or 120 on chains of their own, and no memory.
    Claim("chain_add_latency_f64", code.operations("v?addsd", "fadd", 64)),
    Claim("chain_multiply_latency_f64", code.operations("v?mulsd", "fmul", 64)),
    Claim("chain_divide_latency_f64", code.operations("v?divsd", "fdiv", 64)),
    Claim("chain_add_throughput_f64", code.operations("v?addsd", "fadd", 120)),
    Claim("chain_multiply_throughput_f64", code.operations("v?mulsd", "fmul", 120)),
    Claim("chain_multiply_latency_i64", code.operations("imul", "mul", 64)),
    Claim("chain_peak_f64", code.computes(8)),
    Claim("chain_peak_f32", code.computes(8)),
    # Simple instructions by the cycle: so many of each in a turn, and nothing else touches memory.
    Claim("pipeline_adds", code.operations("add", "add", 192)),
    Claim("pipeline_adds_3_loads_2_stores_1", code.accesses(loads=64, stores=32)),
    Claim("pipeline_adds_4_loads_2", code.accesses(loads=60, stores=0)),
    Claim("pipeline_adds_5_loads_2_stores_1", code.accesses(loads=48, stores=24)),
    Claim("pipeline_adds_4_loads_2_vectors_2", code.accesses(loads=48, stores=0)),
    Claim("pipeline_loads", code.accesses(loads=96, stores=0)),
    Claim("pipeline_stores", code.accesses(loads=0, stores=96)),
    Claim("pipeline_window_adds", code.all_of(code.indirect(2), code.accesses(loads=2, stores=0))),
    Claim("pipeline_window_mixed", code.all_of(code.indirect(2), code.accesses(loads=2, stores=0))),
    Claim("pipeline_window_loads", code.all_of(code.indirect(2), code.accesses(loads=2 + 2 * 1024, stores=0))),
    Claim("pipeline_window_stores", code.all_of(code.indirect(2), code.accesses(loads=2, stores=2 * 1024))),
    Claim("pipeline_window_waiting", code.all_of(code.indirect(2), code.accesses(loads=2, stores=0))),
    # Store forwarding: one store, one load, nothing between.
    Claim("alias_exact", code.accesses(loads=1, stores=1)),
    Claim("alias_renamed", code.accesses(loads=1, stores=1)),
    Claim("alias_contained", code.accesses(loads=1, stores=1)),
    Claim("alias_spanning", code.accesses(loads=1, stores=2)),
    Claim("alias_wider", code.accesses(loads=1, stores=1)),
)

NUMBA_CLAIMS = (
    NumbaClaim("stream.read", code.vectors()),
    NumbaClaim("stream.write", code.vectors()),
    NumbaClaim("stream.copy", code.vectors()),
    NumbaClaim("stream.scale", code.vectors()),
    NumbaClaim("stream.add", code.vectors()),
    NumbaClaim("stream.triad", code.vectors()),
    NumbaClaim("chase.random", code.dependent_loads()),
)


def built_modules(folder: Path | None = None) -> dict[str, Path]:
    """Return the built extension modules by variant, from a folder or from where hwbench is installed."""
    found = {}
    for name in VARIANT_BITS:
        spec = importlib.machinery.PathFinder.find_spec(f"_{name}", [str(folder or _native_folder())])
        if spec is not None and spec.origin:
            found[name] = Path(spec.origin)
    return found


def _native_folder() -> Path:
    import hwbench.native

    return Path(str(hwbench.native.__file__)).parent


def prove_module(variant: str, module: Path) -> Iterator[Outcome]:
    """Try every claim about a variant in its built module; NoDisassemblerError where it cannot be read."""
    functions = code.disassemble(module)
    for claim in CLAIMS:
        if variant in claim.variants:
            outcome = prove(claim, functions, variant)
            if outcome is not None:
                yield outcome


def prove(claim: Claim, functions: dict[str, Function], variant: str) -> Outcome | None:
    """Try one claim; None if this build has no kernel of that subject at all."""
    function = functions.get(claim.function)
    if function is None:
        stem = claim.function.partition("_")[0]
        gone = "there is no such function"
        return Outcome(variant, claim.function, gone) if (ROOT / "c_src" / f"{stem}.c").exists() else None
    return Outcome(variant, claim.function, claim.check(function, VARIANT_BITS[variant]))


def prove_numba() -> Iterator[Outcome]:
    """Try the claims about numba's code, compiled afresh."""
    from hwbench.catalog import kernels

    for claim in NUMBA_CLAIMS:
        parts = code.parse_assembly(numba_assembly(kernels()[claim.kernel]), _numba_dialect())
        failures = [claim.check(part, 128) for part in parts]
        yield Outcome("numba", claim.kernel, "" if "" in failures else next(iter(failures), "no code"))


def numba_assembly(kernel: Any) -> str:
    """Compile a kernel's numba twin without its cache and return the assembler source."""
    import numba

    from hwbench.catalog.twins import numba_module

    prepared = kernel.prepare(4096)
    cached = getattr(numba_module(kernel.stem), kernel.function)
    options = {name: value for name, value in cached.targetoptions.items() if name not in ("cache", "nopython")}
    fresh = numba.njit(**options)(cached.py_func)
    fresh.compile(tuple(numba.typeof(argument) for argument in (*prepared.arguments, 1)))
    return "\n".join(fresh.inspect_asm().values())


def _numba_dialect() -> code.Dialect:
    return code.AARCH64 if os.uname().machine in ("aarch64", "arm64") else code.X86


def outcomes(folder: Path | None = None) -> Iterator[Outcome]:
    """Try all claims: in every built variant, then in numba's code unless a folder of modules was named."""
    modules = built_modules(folder)
    if not modules:
        raise NoDisassemblerError("no built extension modules: pip install -e . first")
    for variant, module in modules.items():
        yield from prove_module(variant, module)
    if folder is None:
        yield from prove_numba()


def main(arguments: list[str]) -> int:
    """Print every claim with its fate; return 0 if all are proved, 1 if one is not, 3 if nothing could be decided."""
    folder = Path(arguments[0]) if arguments else None
    failed = proved = 0
    try:
        for one in outcomes(folder):
            fate = "FAILED" if one.failure else "proved"
            sys.stdout.write(f"{fate}  {one.place:7} {one.function}{': ' if one.failure else ''}{one.failure}\n")
            failed, proved = failed + bool(one.failure), proved + (not one.failure)
    except (NoDisassemblerError, ImportError) as error:
        sys.stderr.write(f"prove_machine_code: {error}\n")
        return UNDECIDED
    sys.stdout.write(f"{proved} claims proved, {failed} failed\n")
    return FAILED if failed else PROVED
