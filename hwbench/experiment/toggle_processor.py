"""Switches of how the processor computes: numbers too small for the usual form flushed to zero, and vectors left out.

Vectors cannot be added to a program that has none; but the fast side of a pair can be made to do without, and what it then
loses is what the other side could gain. numba is told so when it compiles, numpy when it chooses its loops.
Fooled by: what numba compiled earlier (so each side has a cache folder of its own, filled by the first run, which is not
counted), loops of numpy that have no choice, and code that calls a library of its own (BLAS chooses by itself).
Source: numba reference, "Environment variables"; NumPy reference, "CPU/SIMD Optimizations", NPY_DISABLE_CPU_FEATURES.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from hwbench.experiment.preload import preloading
from hwbench.experiment.switch import Change, Setting, Switch, variable, with_environment
from hwbench.records import Command, HostFacts, Run, Unavailable

NUMBA_CACHE: Final = "NUMBA_CACHE_DIR"
NUMBA_PLAIN: Final = {"NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"}
NUMPY_OFF: Final = "NPY_DISABLE_CPU_FEATURES"
NUMPY_WIDE: Final = (  # of all releases: those that one does not know, or this CPU has not, are passed over
    "AVX2 FMA3 AVX512F AVX512CD AVX512_KNL AVX512_KNM AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V3 X86_V4"
)
LOOKS_EVERY: Final = 0.01  # seconds


def processor_switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches of how the processor computes that exist, whether they work here or not."""
    return (
        Switch(
            "tiny numbers as zero",
            "execution",
            "removes",
            "arithmetic on denormal numbers takes a slow way on many cores: flushed to zero they take the usual one "
            "(results may differ in their last digits)",
            lambda command: preloading(command, host.system, "flush_denormals"),
        ),
        Switch(
            "numba without vectors",
            "vectorization",
            "adds",
            "the same loops compiled without SIMD: what is lost is what vectors gave",
            _numba_plain,
        ),
        Switch(
            "numpy without wide vectors",
            "vectorization",
            "adds",
            "numpy's loops for the narrowest vectors of this architecture: what is lost is what wider ones gave",
            partial(_numpy_narrow, architecture=host.cpu.architecture),
        ),
    )


@contextlib.contextmanager
def _numba_plain(command: Command) -> Iterator[Change | Unavailable]:
    with tempfile.TemporaryDirectory(prefix="hwbench-numba-") as place:
        usual = with_environment(command, {NUMBA_CACHE: f"{place}/usual"})
        toggled = with_environment(command, {NUMBA_CACHE: f"{place}/toggled", **NUMBA_PLAIN})
        yield Change(Setting(usual), Setting(toggled), check=partial(_uses, "llvmlite", "numba"))


@contextlib.contextmanager
def _numpy_narrow(command: Command, architecture: str) -> Iterator[Change | Unavailable]:
    if architecture not in {"x86_64", "AMD64"}:
        yield Unavailable(reason=f"numpy has one width of vectors on {architecture}")
        return
    features = " ".join(word for word in (variable(command, NUMPY_OFF), NUMPY_WIDE) if word)
    toggled = with_environment(command, {NUMPY_OFF: features})
    yield Change(Setting(command), Setting(toggled), check=partial(_uses, "_multiarray_umath", "numpy"))


def _uses(part: str, name: str, usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
    """Take a run of each, which fills the caches; say that the program does not load a library."""
    is_loaded = loads(part, usual)
    toggled()
    return None if is_loaded else Unavailable(reason=f"the program does not use {name}, as far as could be seen")


def loads(part: str, take: Callable[[], Run]) -> bool:
    """Take a run while what its processes load is looked at; return whether `part` was in a loaded file's name."""
    before = set(psutil.Process().children(recursive=True))
    ended, seen = threading.Event(), threading.Event()

    def look() -> None:
        while not (ended.is_set() or seen.is_set()):
            for child in psutil.Process().children(recursive=True):
                if child not in before and _maps(child.pid, part):
                    seen.set()
            time.sleep(LOOKS_EVERY)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        take()
    finally:
        ended.set()
        thread.join(2.0)
    return seen.is_set()


def _maps(pid: int, part: str) -> bool:
    """Whether a process has mapped a file of that name; one that has still our command line has not yet become the program."""
    with contextlib.suppress(OSError):
        is_program = Path(f"/proc/{pid}/cmdline").read_bytes() != Path("/proc/self/cmdline").read_bytes()
        return is_program and part in Path(f"/proc/{pid}/maps").read_text()
    return False
