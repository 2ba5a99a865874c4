"""Which probes run, in which order and in which processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hwbench.errors import UsageError
from hwbench.probes import Probe
from hwbench.profile.messages import Settings
from hwbench.profile.plan import budget_seconds, choose, known_probes, make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator


def toy(name: str, order: int, **more: object) -> Probe:
    defaults: dict[str, object] = {
        "group": "group",
        "quantities": {f"{name}.latency": "ns"},
        "curves": (),
        "seconds": 1.0,
        "after": (),
        "quick": True,
        "processes": 1,
        "run": lambda *_: iter(()),
    }
    return Probe(name=name, order=order, **{**defaults, **more})  # type: ignore[arg-type]


def registry(*toys: Probe) -> dict[str, Probe]:
    return {probe.name: probe for probe in toys}


def names(probes: dict[str, Probe], **settings: object) -> list[list[str]]:
    plan = make_plan(Settings(memory_bytes=1, **settings), probes)  # type: ignore[arg-type]
    return [[probe.name for probe in sitting] for sitting in plan.sittings]


def test_probes_run_in_their_order_yet_behind_those_they_build_on() -> None:
    assert names(registry(toy("c", 3), toy("b", 2, after=("c",)), toy("a", 1, after=("unknown",)))) == [["a", "c", "b"]]


def test_a_pattern_brings_the_prerequisites_along() -> None:
    probes = registry(toy("a", 1), toy("b", 2, after=("a",)), toy("c", 3))
    assert names(probes, only=("b.latency",)) == [["a", "b"]]


@pytest.mark.parametrize("pattern", ["a", "first", "a.latency", "a.*", "*latency_a", "latency_a", "*.late*"])
def test_a_probe_is_named_by_itself_its_group_a_quantity_or_a_curve(pattern: str) -> None:
    probes = registry(toy("a", 1, group="first", curves=("latency_a",)), toy("b", 2, quantities={"b.x": "ns"}))
    assert names(probes, only=(pattern,)) == [["a"]]


def test_only_what_a_pattern_means_is_wanted() -> None:
    probes = registry(toy("a", 1, quantities={"l2.latency": "ns", "dram.latency": "ns"}), toy("b", 2))
    choice = choose(("dram", "b"), probes)
    assert choice.wants("a", "dram.latency")
    assert not choice.wants("a", "l2.latency")
    assert choice.wants("b", "whatever.it_finds")


def test_without_patterns_everything_is_wanted() -> None:
    assert choose((), {}).wants("any", "thing")


def test_an_unknown_pattern_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"named 'dramm'; did you mean dram"):
        choose(("dramm",), registry(toy("a", 1, quantities={"dram.latency": "ns"})))
    with pytest.raises(UsageError, match=r"groups are group"):
        choose(("zzzz",), registry(toy("a", 1)))


def test_a_quick_run_leaves_out_slow_probes_unless_they_are_asked_for() -> None:
    probes = registry(toy("a", 1), toy("b", 2, quick=False), toy("c", 3, after=("b",)))
    assert names(probes, effort="quick") == [["a", "c"]]
    assert names(probes, effort="quick", only=("b",)) == [["b"]]


def test_repeated_probes_run_in_every_sitting_and_the_others_are_spread_between() -> None:
    probes = registry(toy("a", 1, processes=3), *(toy(f"s{k}", 10 + k, seconds=2.0) for k in range(3)))
    assert names(probes) == [["a", "s0"], ["a", "s1"], ["a", "s2"]]


def test_what_a_repeated_probe_builds_on_is_in_the_first_sitting() -> None:
    probes = registry(toy("slow", 1, seconds=50.0), toy("base", 2), toy("a", 3, processes=2, after=("base",)))
    sittings = names(probes)
    assert sittings[0] == ["base", "a"] or sittings[0] == ["slow", "base", "a"]
    assert sittings[1][-1] == "a"


def test_effort_and_option_set_the_number_of_processes() -> None:
    probes = registry(toy("a", 1, processes=3))
    assert [len(names(probes, effort=effort)) for effort in ("quick", "default", "full")] == [1, 3, 5]
    assert len(names(probes, processes=2)) == 2


def test_the_budget_is_several_times_what_is_declared_and_slack() -> None:
    assert budget_seconds(toy("a", 1, seconds=2.0), "default", slack=20.0) == 28.0
    assert budget_seconds(toy("a", 1, seconds=2.0), "quick", slack=20.0) == 28.0
    assert budget_seconds(toy("a", 1, seconds=2.0), "full", slack=20.0) == 52.0


def _repeated_names() -> Iterator[tuple[str, list[str]]]:
    seen: dict[str, list[str]] = {}
    for probe in known_probes().values():
        for name in (*probe.quantities, *probe.curves):
            seen.setdefault(name, []).append(probe.name)
    return ((name, owners) for name, owners in seen.items() if len(owners) > 1)


def test_every_real_probe_can_be_planned_and_owns_its_names() -> None:
    probes = known_probes()
    for effort in ("quick", "default", "full"):
        make_plan(Settings(memory_bytes=1, effort=effort), probes)  # type: ignore[arg-type]
    assert {name for probe in probes.values() for name in probe.after} <= set(probes)
    assert dict(_repeated_names()) == {}
