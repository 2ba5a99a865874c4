"""One process that measures: `python -m hwbench.profile.worker`, its orders a line of JSON on standard input.

It pins itself, builds a bench, runs the probes that it is told and writes one line of JSON an event to standard output.
It ends when its standard input closes, so that it never outlives the campaign, however that ended; and it offers itself
first when memory runs out, so that the campaign lives on.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import numpy as np

from hwbench import native
from hwbench.errors import CouldNotMeasure
from hwbench.measure.bench import Bench
from hwbench.measure.clock import make_ruler
from hwbench.measure.pinning import pin
from hwbench.measure.results import Found
from hwbench.profile import noise
from hwbench.profile.messages import Measured, Orders, Ready, StepEnded, StepStarted, to_line
from hwbench.profile.plan import known_probes
from hwbench.records import Quantity, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.probes import Probe
    from hwbench.records import Record

    Emit = Callable[[Record], None]


def main() -> int:
    """Read the orders, measure, and report every event; the exit status is 0 unless the work could not begin."""
    events = _own_output()
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _offer_to_the_memory_killer()
    for module in orders.settings.extra_probes:
        import_module(module)
    with contextlib.suppress(BrokenPipeError):
        measure(orders, lambda event: _write(events, event))
    return 0


def measure(orders: Orders, emit: Emit) -> None:
    """Run the ordered probes on one bench, each told what was found before it."""
    refused = pin(orders.cpus[0])
    bench = make_bench(orders)
    emit(Ready(clock=bench.ruler.facts, unpinned=str(refused) if refused is not None else ""))
    registered = known_probes(orders.settings.extra_probes)
    known = dict(orders.known)
    for name in orders.probes:
        emit(StepStarted(sitting=orders.sitting, probe=name))
        ended = take_step(registered[name], bench, known, orders.sitting, emit)
        emit(ended)


def make_bench(orders: Orders) -> Bench:
    """Return the bench that the orders describe; CouldNotMeasure without C kernels."""
    variant = native.best()
    if isinstance(variant, Unavailable):
        raise CouldNotMeasure(str(variant))
    settings = orders.settings
    return Bench(variant, make_ruler(variant), orders.host, settings.effort, orders.cpus, settings.memory_bytes)


def take_step(probe: Probe, bench: Bench, known: dict[str, Quantity], sitting: int, emit: Emit) -> StepEnded:
    """Run one probe, reporting and remembering in `known` what it finds; an error becomes the reason why it failed."""
    seen, before, failure = len(bench.hertz_seen), noise.read(), ""
    try:
        for found in probe.run(bench, known):
            sound = finite(found)
            emit(Measured(sitting=sitting, probe=probe.name, found=sound))
            if sound.quantity is not None and sound.quantity.is_available:
                known[sound.name] = sound.quantity
    except BrokenPipeError:
        raise
    except MemoryError:
        failure = "memory ran out"
    except Exception as error:
        failure = one_line(error)
    meanwhile = noise.between(before, noise.read())
    return StepEnded(
        sitting=sitting, probe=probe.name, noise=meanwhile, hertz=_hertz(bench.hertz_seen[seen:]), failure=failure
    )


def one_line(error: BaseException) -> str:
    """Return an error as one line: its type and the first line of its text."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def finite(found: Found) -> Found:
    """Return what was found without the numbers that JSON cannot hold: a value that is not finite is none."""
    if found.curve is not None:
        return Found(found.name, curve=tuple(p for p in found.curve if all(map(math.isfinite, p.values()))))
    quantity = found.quantity
    if quantity is None:
        return found
    numbers = (quantity.value, quantity.low, quantity.high, quantity.cycles, quantity.cycles_low, quantity.cycles_high)
    if any(number is not None and not math.isfinite(number) for number in numbers):
        why = f"the probe gave no finite number ({quantity.value}, {quantity.low} to {quantity.high})"
        return Found(found.name, Quantity(unit=quantity.unit, method=quantity.method, unavailable=why))
    samples = tuple(sample for sample in quantity.samples if math.isfinite(sample))
    return Found(found.name, msgspec.structs.replace(quantity, samples=samples))


def _hertz(seen: list[float]) -> tuple[float, float, float] | None:
    """Return the slow, middle and fast core frequency of a step; the slowest twentieth were interruptions."""
    if not seen:
        return None
    low, middle, high = np.quantile(seen, (0.05, 0.5, 1.0))
    return float(low), float(middle), float(high)


def _own_output() -> BinaryIO:
    """Return standard output for our events alone; what kernels or children print goes to standard error."""
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return events


def _write(events: BinaryIO, event: Record) -> None:
    rest = memoryview(to_line(event))
    while rest:
        rest = rest[events.write(rest) :]


def _end_with_parent() -> None:
    """Wait until standard input closes, which it does when the campaign is gone; then end at once, children too."""
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 4096):
            pass
    if hasattr(os, "killpg") and os.getpid() == os.getpgrp():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _offer_to_the_memory_killer() -> None:
    """Ask Linux to end this process first when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    sys.exit(main())
