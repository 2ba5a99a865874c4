"""Why a benchmark takes longer under one interpreter than under another: its script is run under each, and its events counted.

The benchmark's own script is run as one of pyperf's workers: one process, as many loops on both sides, one value, no warm-up. A hook
of pyperf's marks the value as the region that is meant, so neither the interpreter's start nor pyperf's own work is counted.
Fooled by: a script that prepares its work within what it times by itself (the region holds that too); a JIT that would be
warm in pyperf's later values; benchmarks that start programs, which no emulator follows.
Source: pyperf's documentation, "Runner class" and "Hooks".
"""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench import regions
from hwbench.engines.pythons.benchmarks import Program, Timing

if TYPE_CHECKING:
    from hwbench.experiment.request import Request

LONG_ENOUGH: Final = 0.35  # seconds of work: far above the clock's grain, and an emulator is through within the budget
HOOK: Final = "hwbench_marks"
ENTERED: Final = '''

class Hook(region):
    """The region as pyperf enters it."""

    def teardown(self, metadata):
        """Add nothing to the metadata: what was used is written at exit."""
'''


def write_hook(folder: Path) -> Path:
    """Write a distribution that pyperf finds its hook in, for an interpreter that has no hwbench; return what goes on its path.

    It is our module of regions, which needs the standard library alone, under another name.
    """
    told = folder / f"{HOOK}-1.dist-info"
    told.mkdir(parents=True, exist_ok=True)
    source = Path(regions.__file__).read_text(encoding="utf-8").partition('\nif __name__ == "__main__":')[0]
    (folder / f"{HOOK}.py").write_text(source + ENTERED, encoding="utf-8")
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {HOOK}\nVersion: 1\n", encoding="utf-8")
    (told / "entry_points.txt").write_text(f"[pyperf.hook]\n{HOOK} = {HOOK}:Hook\n", encoding="utf-8")
    return folder


def loops_for(timings: tuple[Timing, Timing]) -> int:
    """Return how many loops make the work long enough under the faster of two interpreters."""
    least = min(seconds_of(timing) * timing.inner_loops for timing in timings)
    return max(1, math.ceil(LONG_ENOUGH / max(least, 1e-9)))


def seconds_of(timing: Timing) -> float:
    """Return the median of a timing's processes."""
    from hwbench import stats  # noqa: PLC0415 - heavy

    return stats.median(timing.samples).value


def worker(program: Program, timing: Timing, loops: int) -> str:
    """Return the command that does the loops of a benchmark once, in one process."""
    options = (f"--worker-task={timing.task}", f"--loops={loops}", "--values=1", "--warmups=0", f"--hook={HOOK}")
    return shlex.join([timing.python, "-u", program.script, *program.options, "--worker", *options])


def asked(program: Program, sides: dict[str, Timing], hook: Path, budget: float) -> tuple[list[str], Request]:
    """Return what `hwbench explain` is asked of two interpreters, the faster one first, and what its sides are to be called.

    `sides` are their timings by name.
    """
    from hwbench.experiment.request import Request  # noqa: PLC0415 - heavy

    names = sorted(sides, key=lambda name: seconds_of(sides[name]))
    loops = loops_for((sides[names[0]], sides[names[1]]))
    words = [worker(program, sides[name], loops) for name in names]
    request = Request(
        a=words[0],
        b=words[1],
        env={"PYTHONPATH": str(hook.absolute()), "PYTHONHASHSEED": "0"},
        same_output=False,  # a worker prints how long it took
        seconds=budget,
    )
    return [f"{sides[names[0]].name} under {name}" for name in names], request
