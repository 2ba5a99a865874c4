"""Records go to JSON and come back unchanged, and say of themselves what their numbers say."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import TAKEN, host, profile, shared_l3

from hwbench.measure.results import Found
from hwbench.records import (
    CacheClaim,
    ClockFacts,
    Conditions,
    CoreFacts,
    CpuFacts,
    HostFacts,
    Interval,
    MachineProfile,
    MemoryFacts,
    Quantity,
    Record,
    TlbClaim,
    Unavailable,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
QUANTITIES = st.builds(
    Quantity,
    unit=TEXTS,
    **{
        name: st.none() | NUMBERS for name in ("value", "low", "high", "cycles", "cycles_low", "cycles_high", "nominal")
    },
    method=TEXTS,
    samples=st.lists(NUMBERS, max_size=5).map(tuple),
    caution=st.none() | TEXTS,
    unavailable=st.none() | TEXTS,
)
CURVES = st.lists(st.dictionaries(TEXTS, NUMBERS, max_size=3), max_size=3).map(tuple)

FULL = profile(
    {
        "l1d.latency": Quantity(
            unit="ns",
            value=1.04,
            low=1.03,
            high=1.06,
            cycles=4.0,
            cycles_low=3.9,
            cycles_high=4.1,
            nominal=1.0,
            method="a chase",
            samples=(1.04, 1.0600000000000001, 1e-300),
            caution="steal",
        ),
        "l2.residency": Quantity(unit="ns", value=1e7, low=1e7),
        "l3.capacity": Quantity(unit="B", nominal=2.0**25, unavailable="no third plateau; none"),
    },
    HostFacts(
        name="höst",
        system="Linux",
        release="6.1",
        hypervisor="KVM",
        container="docker",
        cpu=CpuFacts(
            architecture="x86_64",
            vendor="V",
            model="M “5”",
            microarchitecture="Zen 5",
            family=26,
            model_number=2,
            stepping=1,
            features=("avx2", "fma"),
            vector_bits=(128, 256),
            nominal_hertz=2.5e9,
            maximum_hertz=4.5e9,
            tsc_hertz=2.0e9,
        ),
        cores=(CoreFacts(cpu=0, core=0, socket=1, numa_node=2, kind="efficiency", siblings=(0, 1), maximum_hertz=3e9),),
        usable_cpus=(0, 1),
        cpu_quota=1.5,
        caches=(CacheClaim(level=1, kind="instruction", bytes=1 << 15, source="test"), shared_l3(0, 1)),
        tlbs=(TlbClaim(level=1, kind="data", page_bytes=4096, entries=72, associativity=0, source="test"),),
        memory=MemoryFacts(
            total_bytes=1 << 34,
            available_bytes=1 << 33,
            limit_bytes=1 << 32,
            base_page_bytes=16384,
            huge_page_bytes=1 << 21,
            huge_pages="madvise",
        ),
        missing={"cpu_quota": "no cgroup"},
    ),
    {"latency": ({"bytes": 4096.0, "ns": 1.0}, {"bytes": 8192.0, "ns": 1.25}), "empty": ()},
    Conditions(
        started=TAKEN,
        seconds=61.5,
        effort="full",
        only=("l1d.*",),
        pinned_cpu=1,
        clock=ClockFacts(name="clock", resolution_ns=1.0, read_ns=20.5, call_ns=50.0),
        core_hertz=Interval(value=4e9, low=3.9e9, high=4.1e9, unit="Hz"),
        steal_share=0.01,
        other_load=0.5,
        involuntary_switches=3,
        worker_processes=5,
        notes=("one note",),
    ),
    findings=("one", "two"),
    incomplete="interrupted",
)


def again(record: Record) -> Record:
    """Encode and decode."""
    return msgspec.json.decode(msgspec.json.encode(record), type=type(record))


def records_in(value: object) -> list[Record]:
    """A record and all the records in it."""
    if isinstance(value, Record):
        return [value, *(one for name in value.__struct_fields__ for one in records_in(getattr(value, name)))]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return [one for each in inner for one in records_in(each)]


def test_a_profile_with_every_field_comes_back_unchanged() -> None:
    assert again(FULL) == FULL
    assert msgspec.json.encode(again(FULL)) == msgspec.json.encode(FULL)


def test_every_field_of_every_record_of_a_profile_is_tried() -> None:
    told = {(type(one).__name__, name) for one in records_in(FULL) for name in msgspec.to_builtins(one)}
    fields = {(type(one).__name__, name) for one in records_in(FULL) for name in one.__struct_fields__}
    assert fields - told == {("CacheClaim", "associativity"), ("CacheClaim", "line_size"), ("CacheClaim", "instances")}


@given(st.dictionaries(TEXTS, QUANTITIES, max_size=3), st.dictionaries(TEXTS, CURVES, max_size=3))
def test_any_quantities_and_curves_come_back_unchanged(quantities, curves) -> None:  # type: ignore[no-untyped-def]
    made = profile(quantities, curves=curves)
    assert again(made) == made


@given(TEXTS, QUANTITIES | st.none(), CURVES | st.none())
def test_what_a_probe_found_comes_back_unchanged(name, quantity, curve) -> None:  # type: ignore[no-untyped-def]
    found = Found(name, quantity, curve)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Found) == found


def test_what_was_left_out_has_its_default_and_is_left_out_again() -> None:
    text = b'{"unit":"ns","value":2}'
    quantity = msgspec.json.decode(text, type=Quantity)
    assert quantity == Quantity(unit="ns", value=2)
    assert json.loads(msgspec.json.encode(quantity)) == json.loads(text)


def test_a_field_of_a_later_version_is_read_over() -> None:
    text = msgspec.json.encode(FULL).replace(b'"schema"', b'"later":[1],"schema"', 1)
    assert msgspec.json.decode(text, type=MachineProfile) == FULL


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"hwbench.machine/1", b"hwbench.machine/2", "schema"),
        (b"0123456789ab", b"0123456789", "id"),
        (b'"value":1.04', b'"value":"fast"', "l1d.latency|quantities"),
        (b'"kind":"instruction"', b'"kind":"victim"', "kind"),
    ],
)
def test_a_profile_that_is_none_is_refused(old: bytes, new: bytes, where: str) -> None:
    text = msgspec.json.encode(FULL)
    assert old in text
    with pytest.raises(msgspec.ValidationError, match=where):
        msgspec.json.decode(text.replace(old, new), type=MachineProfile)


def test_a_record_cannot_be_changed() -> None:
    assert all(type(one).__struct_config__.frozen for one in records_in(FULL))
    with pytest.raises(AttributeError):
        FULL.quantities["l1d.latency"].value = 1  # type: ignore[misc]


def test_what_is_unavailable_is_false_and_reads_as_its_reason() -> None:
    assert not Unavailable(reason="none")
    assert str(Unavailable(reason="none")) == "none"
    assert str(Unavailable(reason="none", remedy="install it")) == "none; install it"


def test_a_cache_is_found_by_level_and_by_what_it_holds() -> None:
    facts = FULL.host
    assert facts.cache(1) is None
    assert facts.cache(1, "instruction") is facts.caches[0]
    assert facts.cache(3) is facts.cache(3, "instruction") is facts.caches[1]


def test_a_line_has_64_bytes_where_nothing_is_said() -> None:
    assert host().line_size == 64
    claim = CacheClaim(level=2, kind="unified", bytes=1, line_size=128, source="test")
    assert host(caches=(shared_l3(0), claim)).line_size == 128


@pytest.mark.parametrize(
    ("nominal", "low", "high", "agrees"),
    [
        (105, None, None, None),
        (95.5, None, None, True),
        (110, None, None, False),
        (110, 90, 112, True),
        (110, 90, 109, False),
        (110, 90, None, False),
        (200, 0, 300, False),
        (None, None, None, None),
    ],
)
def test_a_claim_agrees_near_the_value_or_in_an_interval_that_says_something(
    nominal: float | None, low: float | None, high: float | None, agrees: bool | None
) -> None:
    value = None if nominal == 105 else 100.0
    assert Quantity(unit="ns", value=value, low=low, high=high, nominal=nominal).agrees is agrees


def test_a_quantity_reads_in_cycles_first_where_it_is_a_time() -> None:
    time = Quantity(unit="ns", value=1.0, low=0.9, high=1.2, cycles=4.0, cycles_low=3.6, cycles_high=4.8)
    assert str(time) == "4 cycles (3.6–4.8) = 1 ns (0.9–1.2)"
    rate = Quantity(unit="B/s", value=98.2e9, cycles=24.5, nominal=1e11, caution="steal")
    assert str(rate) == "98.2 GB/s = 24.5 B/cycle; claimed 100 GB/s; caution: steal"


def test_a_lower_bound_is_one_and_reads_as_one() -> None:
    bound = Quantity(unit="ns", value=1e7, low=1e7)
    assert bound.is_lower_bound
    assert bound.measured == "≥ 10 ms"
    assert not Quantity(unit="ns", value=1e7).is_lower_bound
    assert not Quantity(unit="ns", value=1e7, low=1, high=1e7).is_lower_bound


def test_a_quantity_without_a_value_says_why() -> None:
    missing = Quantity(unit="ns", unavailable="one core")
    assert (missing.is_available, missing.measured, missing.measured_cycles) == (False, "", "")
    assert str(missing) == "unavailable: one core"
    assert str(Quantity(unit="ns")) == "unavailable: no reason was kept"
    assert Quantity(unit="ns", value=0.0).is_available


def test_a_profile_gives_its_quantities_by_name() -> None:
    assert FULL["l1d.latency"].value == 1.04
    with pytest.raises(KeyError):
        FULL["l9.latency"]
