"""Machines beside each other: what differs, by how much, what cannot be said, and what makes it doubtful."""

from __future__ import annotations

import json
import math

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import TAKEN, host, profile, quantity

from hwbench.errors import UsageError
from hwbench.profile.comparing import against, better, compare, labels_of, measured, narrowed
from hwbench.records import (
    CacheClaim,
    Conditions,
    CoreFacts,
    CpuFacts,
    MachineComparison,
    MachineProfile,
    MemoryFacts,
    Quantity,
    Ratio,
    files,
    schema,
)


def named(name: str, **quantities: Quantity) -> MachineProfile:
    return profile({key.replace("__", "."): value for key, value in quantities.items()}, host(name))


def conditions(**more: object) -> Conditions:
    return Conditions(started=TAKEN, seconds=1.0, **more)  # type: ignore[arg-type]


def two() -> MachineComparison:
    return compare(
        [
            named("old", dram__latency=quantity("ns", 100, 95, 110), l2__mlp=quantity("loads", 8, 7, 9)),
            named("new", dram__latency=quantity("ns", 150, 140, 160), l2__mlp=quantity("loads", 9, 8, 10)),
        ]
    )


# ── two values ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_differ_where_their_intervals_do_not_overlap() -> None:
    made = two()
    assert made.quantities["dram.latency"].against[0].differs is True
    assert made.quantities["l2.mlp"].against[0].differs is False
    assert made.differing == ["dram.latency"]


def test_a_ratio_is_as_wide_as_both_intervals_allow() -> None:
    (one,) = two().quantities["dram.latency"].against
    assert one.ratio == Ratio(value=1.5, low=140 / 110, high=160 / 95)


def test_a_later_value_differs_above_and_below_the_first() -> None:
    first = quantity("ns", 10, 9, 11)
    assert against(first, quantity("ns", 20, 12, 21)).differs is True
    assert against(first, quantity("ns", 5, 4, 8)).differs is True


def test_intervals_that_touch_overlap() -> None:
    assert against(quantity("ns", 1, 1, 2), quantity("ns", 3, 2, 3)).differs is False


def test_a_value_without_an_interval_is_not_said_to_differ_and_says_why() -> None:
    bare = Quantity(unit="ns", value=200.0)
    one = against(quantity("ns", 100), bare)
    assert one.differs is None
    assert one.ratio == Ratio(value=2.0)
    assert one.reason == "no interval was kept of this one"


def test_an_open_interval_reaches_up_without_end() -> None:
    open_ = Quantity(unit="ns", value=30.0, low=30.0)
    assert against(quantity("ns", 10, 9, 20), open_).differs is True
    assert against(quantity("ns", 10, 9, 30), open_).differs is False
    assert against(quantity("ns", 90, 80, 100), open_).differs is False
    assert against(quantity("ns", 10, 9, 20), open_).ratio == Ratio(value=3.0, low=1.5)
    assert against(open_, quantity("ns", 10, 9, 20)).ratio == Ratio(value=1 / 3, high=20 / 30)
    assert against(open_, open_).ratio is None
    assert against(open_, open_).differs is False


def test_different_units_are_not_compared() -> None:
    one = against(quantity("ns", 1), quantity("cycles", 4))
    assert (one.ratio, one.differs, one.reason) == (None, None, "the units differ: ns and cycles")


@pytest.mark.parametrize(
    ("first", "later", "reason"),
    [(None, 1.0, "the first has no value"), (1.0, None, "this one has no value"), (None, None, "both have no value")],
)
def test_a_value_that_is_missing_is_not_compared(first: float | None, later: float | None, reason: str) -> None:
    sides = [Quantity(unit="ns", value=value, low=value, high=value) for value in (first, later)]
    one = against(sides[0], sides[1])
    assert (one.ratio, one.differs, one.reason) == (None, None, reason)


def test_values_that_are_not_positive_may_differ_but_have_no_ratio() -> None:
    one = against(quantity("ns", -2, -3, -1), quantity("ns", 2, 1, 3))
    assert one.ratio is None
    assert one.differs is True
    assert against(quantity("ns", 0.7, -0.1, 1), quantity("ns", 0.7, 0.6, 1)).ratio == Ratio(value=1.0)


def test_bounds_in_the_wrong_order_or_beside_the_value_count_as_wide_as_they_reach() -> None:
    turned = Quantity(unit="ns", value=5.0, low=9.0, high=4.0)
    assert against(quantity("ns", 8.5), turned).differs is False
    beside = Quantity(unit="ns", value=5.0, low=6.0, high=7.0)
    assert against(quantity("ns", 5.5), beside).differs is False


FLOATS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
SIDES = st.builds(Quantity, unit=st.just("ns"), value=FLOATS, low=FLOATS, high=FLOATS)


@given(SIDES, SIDES)
def test_odd_numbers_give_a_record_that_json_holds(first: Quantity, later: Quantity) -> None:
    made = compare([named("a", x=first), named("b", x=later)])
    assert files.decode(files.encode(made), "it", files.MACHINES) == made
    for one in made.quantities["x"].against:
        if one.ratio is not None:
            assert all(
                math.isfinite(end) for end in (one.ratio.value, one.ratio.low, one.ratio.high) if end is not None
            )


@given(
    st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(1, 4), st.floats(1, 4), st.floats(0, 1), st.floats(0, 1)
)  # fmt: skip
def test_every_ratio_of_values_within_the_intervals_is_within_its_bounds(
    first: float, later: float, wide: float, wider: float, here: float, there: float
) -> None:
    sides = (quantity("ns", first, first / wide, first * wide), quantity("ns", later, later / wider, later * wider))
    ratio = against(*sides).ratio
    assert ratio is not None
    assert ratio.low is not None
    assert ratio.high is not None
    inside = [
        (side.low or 0) + share * ((side.high or 0) - (side.low or 0))
        for side, share in zip(sides, (here, there), strict=True)
    ]
    assert ratio.low * (1 - 1e-9) <= inside[1] / inside[0] <= ratio.high * (1 + 1e-9)


# ── whole profiles ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_later_machine_is_compared_with_the_first() -> None:
    made = compare([named(name, x=quantity("ns", value)) for name, value in (("a", 1), ("b", 2), ("c", 4))])
    ratios = [one.ratio.value for one in made.quantities["x"].against if one.ratio]
    assert ratios == [2.0, 4.0]
    assert [machine.label for machine in made.machines] == ["a", "b", "c"]


def test_a_quantity_differs_if_any_machine_does_and_is_unknown_only_if_all_are() -> None:
    made = compare([named("a", x=quantity("ns", 1)), named("b"), named("c", x=quantity("ns", 4))])
    assert [one.differs for one in made.quantities["x"].against] == [None, True]
    assert made.quantities["x"].differs is True
    assert compare([named("a", x=quantity("ns", 1)), named("b")]).quantities["x"].differs is None


def test_what_a_profile_does_not_have_says_why() -> None:
    whole = named("a", x=quantity("ns", 1), y=Quantity(unit="ns", unavailable="no huge pages"))
    only = profile({}, host("b"), conditions=conditions(only=("l1d.*",)))
    cut = profile({}, host("c"), incomplete="interrupted after 3 of 9 steps")
    quick = profile({}, host("d"), conditions=conditions(effort="quick"))
    made = compare([whole, only, cut, quick])
    assert [value.unavailable for value in made.quantities["x"].values] == [
        None,
        "not measured: only l1d.* was asked for",
        "not measured: interrupted after 3 of 9 steps",
        "not in this profile, taken with quick effort by hwbench 0.1.0",
    ]
    assert made.quantities["y"].values[0].unavailable == "no huge pages"


def test_method_and_samples_stay_in_the_profiles() -> None:
    (value, _) = (
        compare([named(name, x=quantity("ns", 1, samples=(1.0, 1.1), method="long", caution="busy")) for name in "ab"])
        .quantities["x"]
        .values
    )
    assert (value.samples, value.method, value.caution) == ((), "", "busy")


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("dram.latency", "ns", "lower"),
        ("dram.read_bandwidth", "B/s", "higher"),
        ("flops.peak.f64", "FLOP/s", "higher"),
        ("llc.residency", "ns", None),
        ("clock.resolution", "ns", None),
        ("l1d.capacity", "B", None),
        ("tsc.frequency", "Hz", None),
    ],
)
def test_better_is_said_of_costs_and_rates_alone(name: str, unit: str, expected: str | None) -> None:
    assert better(name, unit) == expected


def test_fewer_than_two_profiles_are_refused() -> None:
    with pytest.raises(UsageError, match="two machine profiles or more"):
        compare([profile()])


def test_labels_must_be_as_many_as_profiles() -> None:
    with pytest.raises(UsageError, match="2 profiles and 1 labels"):
        compare([profile(), profile()], ["one"])
    assert compare([profile(), profile()], ["one", "two"]).machines[1].label == "two"


def test_labels_differ_by_host_then_time_then_id_then_number() -> None:
    one, other = profile(facts=host("a")), profile(facts=host("b"))
    assert labels_of([one, other]) == ["a", "b"]
    later = MachineProfile(
        **{name: getattr(one, name) for name in one.__struct_fields__} | {"taken": "2026-02-03T04:05"}
    )
    assert labels_of([one, later]) == ["a 2026-01-02 03:04", "a 2026-02-03 04:05"]
    twin = MachineProfile(**{name: getattr(one, name) for name in one.__struct_fields__} | {"id": "ba9876543210"})
    assert labels_of([one, twin]) == ["a 0123456789ab", "a ba9876543210"]
    assert labels_of([one, other, later]) == ["a 2026-01-02 03:04", "b", "a 2026-02-03 04:05"], "the rest stay short"
    assert labels_of([one, twin, later]) == ["a 0123456789ab", "a ba9876543210", "a 2026-02-03 04:05"]
    assert labels_of([one, one]) == ["a 0123456789ab (1)", "a 0123456789ab (2)"]


def test_facts_in_which_hosts_differ_are_told_and_others_are_not() -> None:
    def cache(size: int) -> tuple[CacheClaim, ...]:
        return (CacheClaim(level=2, kind="unified", bytes=size, associativity=8, line_size=64, source="x"),)

    wide = CpuFacts(architecture="x86_64", model="Wide", vector_bits=(512, 256))
    hosts = (
        host("a", release="6.1", hypervisor="KVM", caches=cache(1 << 20)),
        host("b", release="6.8", cpu=wide, caches=cache(2 << 20)),
    )
    assert compare([profile(facts=one) for one in hosts]).facts == {
        "CPU": ("Toy CPU", "Wide"),
        "kernel": ("Linux 6.1", "Linux 6.8"),
        "hypervisor": ("KVM", "none seen"),
        "vector widths": ("not told", "256, 512 bits"),
        "claimed L2 unified cache": ("1 MiB, 8 ways, lines of 64 B", "2 MiB, 8 ways, lines of 64 B"),
    }
    assert compare([profile(facts=hosts[0]), profile(facts=hosts[0])]).facts == {}


def test_memory_of_different_size_is_a_fact() -> None:
    more = host("b", memory=MemoryFacts(total_bytes=1 << 35, available_bytes=1))
    assert compare([profile(facts=host("a")), profile(facts=more)]).facts == {"memory": ("16 GiB", "32 GiB")}


def test_what_makes_a_comparison_doubtful_is_told() -> None:
    busy = profile(
        {"x": quantity("ns", 1, caution="disturbed")},
        host("busy"),
        conditions=conditions(effort="quick", steal_share=0.25, other_load=0.4, only=("x",)),
        incomplete="interrupted",
    )
    made = compare([profile(facts=host("calm")), busy])
    assert made.notes == (
        "a profile stands here more than once",
        "taken with different effort (default, quick): quick figures have fewer samples, and some are not there",
        "busy: the hypervisor took 25% of a CPU while it was measured",
        "busy: other processes used 40% of a CPU while it was measured",
        "busy: incomplete: interrupted",
        "busy: restricted to x",
        "busy: measured with caution: x",
    )


def test_a_busy_cpu_of_a_hundred_is_no_doubt() -> None:
    cores = tuple(CoreFacts(cpu=number, core=number) for number in range(100))
    large = profile(facts=host("large", cores=cores), conditions=conditions(other_load=0.9))
    small = profile(facts=host("small"), conditions=conditions(other_load=0.9))
    told = " ".join(compare([large, small]).notes)
    assert "small: other processes used 90%" in told
    assert "large:" not in told


def test_a_comparison_can_be_narrowed() -> None:
    assert list(narrowed(two(), ["l2.mlp"]).quantities) == ["l2.mlp"]
    with pytest.raises(KeyError):
        narrowed(two(), ["l9"])


def test_a_value_can_be_written_without_its_interval() -> None:
    assert measured(quantity("ns", 1, 0.9, 1.1)) == "1 ns (0.9–1.1)"
    assert measured(quantity("ns", 1, 0.9, 1.1), interval=False) == "1 ns"
    assert measured(Quantity(unit="ns", value=3.0, low=3.0), interval=False) == "≥ 3 ns"
    assert measured(Quantity(unit="ns"), interval=False) == ""


# ── its file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_published_schema_is_current_and_a_comparison_satisfies_it() -> None:
    published = schema.path(files.MACHINES).read_text(encoding="utf-8")
    assert published == schema.text(files.MACHINES), "run: python -m hwbench.records.schema"
    jsonschema.validate(json.loads(files.encode(two())), json.loads(published))


def test_a_comparison_comes_back_from_its_file_as_it_was() -> None:
    made = two()
    assert files.decode(files.encode(made), "it", files.MACHINES) == made


def test_a_profile_is_no_comparison() -> None:
    with pytest.raises(UsageError, match="is not a comparison of machines"):
        files.decode(files.encode(profile()), "it", files.MACHINES)
