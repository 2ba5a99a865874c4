"""Every probe is declared by the rules, and yields what it declares."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace

import pytest

from hwbench.measure.bench import Bench
from hwbench.probes import Probe, probe, probes
from hwbench.records import Quantity
from hwbench.units import COUNTED, KIB, MIB

ALL = list(probes().values())
UNITS = {"ns", "B", "B/s", "FLOP/s", "op/s", "Hz", "ratio", "loads", *COUNTED}
QUANTITY_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
CURVE_NAME = re.compile(r"[a-z][a-z0-9_]*")
CHEAP = [one for one in ALL if one.seconds <= 1.6]
KNOWN = {
    "l1d.capacity": Quantity(unit="B", value=32.0 * KIB),
    "l2.capacity": Quantity(unit="B", value=512.0 * KIB),
    "l3.capacity": Quantity(unit="B", value=4.0 * MIB),
    "dram.latency": Quantity(unit="ns", value=100.0),
}


def test_probes_come_in_their_order_whatever_module_they_stand_in() -> None:
    assert [(one.order, one.name) for one in ALL] == sorted((one.order, one.name) for one in ALL)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_probe_keeps_the_rules(one: Probe) -> None:
    assert probes()[one.name] is one
    assert one.name == one.run.__name__
    assert one.group
    assert set(one.quantities.values()) <= UNITS
    assert all(map(QUANTITY_NAME.fullmatch, one.quantities))
    assert all(map(CURVE_NAME.fullmatch, one.curves))
    assert one.quantities or one.curves
    assert one.seconds > 0
    assert one.processes >= 1
    assert set(one.after) <= set(probes()) - {one.name}
    assert all(probes()[before].order < one.order for before in one.after)
    assert (one.run.__doc__ or "").strip()


def test_no_name_belongs_to_two_probes() -> None:
    names = Counter(name for one in ALL for name in (*one.quantities, *one.curves))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_decorator_keeps_the_function_and_its_declaration(monkeypatch: pytest.MonkeyPatch) -> None:
    book: dict[str, Probe] = {}
    monkeypatch.setattr("hwbench.probes._PROBES", book)

    def weigh(_bench: object, _known: object):  # type: ignore[no-untyped-def]
        yield from ()

    assert probe(group="g", quantities={"a.b": "ns"}, seconds=2, order=3, after=("c",), quick=False)(weigh) is weigh
    assert book == {"weigh": Probe("weigh", "g", {"a.b": "ns"}, (), 2, ("c",), 3, False, 1, weigh)}


@pytest.mark.parametrize("one", CHEAP, ids=lambda one: one.name)
@pytest.mark.parametrize("known", [KNOWN, {}], ids=["known", "unknown"])
def test_a_probe_finds_a_value_or_a_reason_for_each_of_its_names_once(
    one: Probe, known: dict[str, Quantity], bench: Bench
) -> None:
    found = list(one.run(replace(bench, memory_bytes=16 * MIB), known))
    assert Counter(each.name for each in found if each.quantity is not None) == Counter(list(one.quantities))
    curves = Counter(each.name for each in found if each.curve is not None)
    assert set(curves) <= set(one.curves)
    assert set(curves.values()) <= {1}
    for each in found:
        assert (each.quantity is None) != (each.curve is None)
        if each.quantity is not None:
            assert each.quantity.unit == one.quantities[each.name]
            assert_is_sound(each.quantity)
        for point in each.curve or ():
            assert all(map(math.isfinite, point.values()))


def assert_is_sound(quantity: Quantity) -> None:
    """A value between its bounds and how it was taken, or no value and the reason."""
    if quantity.value is None:
        assert quantity.unavailable
        return
    assert quantity.unavailable is None
    assert quantity.method
    assert quantity.low is not None
    assert quantity.low <= quantity.value
    assert quantity.high is None or quantity.value <= quantity.high
    if quantity.cycles is not None:
        assert quantity.cycles_low is not None
        assert quantity.cycles_high is not None
        assert quantity.cycles_low <= quantity.cycles <= quantity.cycles_high
    assert all(map(math.isfinite, (quantity.value, *quantity.samples)))
