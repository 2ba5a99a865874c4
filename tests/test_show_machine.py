"""A profile as text: what stands in the table, the drawing, the lists, and on an ASCII terminal."""

from __future__ import annotations

import io
import re

import pytest
from profiles import host, profile, quantity

from hwbench.errors import UsageError
from hwbench.measure.results import Found
from hwbench.probes import probes
from hwbench.profile.messages import Measured, Note, Planned, StepEnded, StepStarted
from hwbench.records import MachineProfile, Quantity
from hwbench.show import choice, curve, machine
from hwbench.show import points as points_as_text
from hwbench.show.machine import Page
from hwbench.show.progress import Progress

LATENCY = quantity(
    "ns", 1.04, 1.03, 1.06, cycles=3.99, cycles_low=3.97, cycles_high=4.05, nominal=1.04, method="a dependent chase"
)
STEPS = tuple({"bytes": float(1 << k), "ns": 1.0 if k < 16 else 100.0} for k in range(12, 25))


def whole() -> MachineProfile:
    return profile(
        {
            "syscall.cost": quantity("ns", 85.2, caution="other processes used 90% of a CPU meanwhile"),
            "l1d.latency": LATENCY,
            "l1d.capacity": quantity("B", 48 << 10, nominal=48 << 10),
            "l3.capacity": quantity("B", 14 << 20, 12 << 20, 15 << 20, nominal=32 << 20),
            "dram.read_bandwidth": quantity("B/s", 24.1e9, 23e9, 24.5e9, cycles=6.1),
            "l3.associativity": Quantity(unit="ways", unavailable="hashed"),
            "l2.associativity": Quantity(unit="ways", unavailable="hashed"),
        },
        curves={"latency_base": STEPS, "latency_huge": STEPS},
        findings=("claims 32 MiB of L3", "no counters here"),
        incomplete="interrupted after 3 of 9 steps",
    )


def row(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(name))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_a_row_has_value_interval_cycles_claim_agreement_and_method() -> None:
    text = machine.report(whole(), Page(180))
    assert row(text, "l1d.latency") == [
        "l1d.latency", "1.04 ns (1.03–1.06)", "3.99 cycles (3.97–4.05)", "1.04 ns", "agrees", "a dependent chase",
    ]  # fmt: skip
    assert row(text, "l3.capacity") == ["l3.capacity", "14 MiB (12–15)", "32 MiB", "differs: 0.438×"]
    assert row(text, "dram.read") == ["dram.read_bandwidth", "24.1 GB/s (23–24.5)", "6.1 B/cycle", "–"]


def test_a_narrow_page_leaves_the_method_out() -> None:
    assert "a dependent chase" not in machine.report(whole(), Page(100))


def test_quantities_stand_under_their_subject_in_order() -> None:
    groups = machine.by_subject(whole().quantities)
    assert list(groups) == ["caches and memory", "the system"]
    assert list(machine.by_subject({"new.thing": quantity("ns", 1)})) == ["other"]


def test_every_quantity_of_our_probes_has_a_subject() -> None:
    stems = {name.partition(".")[0] for probe in probes().values() for name in probe.quantities}
    assert stems <= {stem for stems in machine.SUBJECTS.values() for stem in stems}


def test_findings_missing_values_cautions_and_incompleteness_are_told() -> None:
    text = machine.report(whole(), Page(180))
    assert "1. claims 32 MiB of L3\n2. no counters here" in text
    assert "- l3.associativity, l2.associativity: hashed" in text
    assert "85.2 ns (!)" in text
    assert "- syscall.cost: other processes used 90% of a CPU meanwhile" in text
    assert "INCOMPLETE: interrupted after 3 of 9 steps" in text


def test_reasons_that_differ_in_their_shares_only_are_told_once() -> None:
    doubts = {
        name: quantity("ns", 1, caution=f"others used {share}% of a CPU")
        for name, share in (("a", 51), ("b", 9), ("c", 64))
    }
    assert "- a, b, c: others used 9–64% of a CPU" in machine.unavailable(doubts, Page())


def test_a_terminal_is_painted_and_its_columns_still_stand_in_line() -> None:
    painted = Page(180, paint=lambda text, colour: f"\033[1m{text}\033[0m")
    text = machine.report(whole(), painted)
    assert "\033[1mdiffers: 0.438×\033[0m" in text
    assert re.sub(r"\033\[\d+m", "", text) == machine.report(whole(), Page(180))


def test_an_ascii_page_gets_ascii_only() -> None:
    text = machine.report(whole(), Page(80, unicode=False))
    assert text.isascii()
    assert "1.04 ns (1.03-1.06)" in text


def test_a_stream_without_unicode_makes_an_ascii_page() -> None:
    assert not machine.page_of(io.TextIOWrapper(io.BytesIO(), encoding="ascii")).unicode
    assert machine.page_of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")).unicode


def test_an_empty_profile_can_be_shown() -> None:
    assert "machine profile" in machine.report(profile(), Page())


def test_the_drawing_fits_eighty_columns_and_marks_the_levels() -> None:
    drawing = curve.latency(whole(), 80)
    lines = drawing.splitlines()
    assert max(map(len, lines)) <= 80
    assert "base pages" in lines[0]
    assert "L1" in lines[1]
    assert any("100 ns" in line for line in lines)
    assert "256 KiB" in lines[-1]


def test_the_drawing_rises_from_left_to_right() -> None:
    steps = curve.draw({"one": [(1024.0, 1.0), (2048.0, 1.0), (4096.0, 64.0)]}, {}, 60, curve.ASCII).splitlines()
    assert steps[1].rstrip().endswith("*")
    assert "*" * 20 in steps[curve.HEIGHT]
    assert all(line.isascii() for line in steps)


def test_two_curves_have_marks_of_their_own_and_one_where_they_meet() -> None:
    low, high = [(1024.0, 1.0), (4096.0, 2.0)], [(1024.0, 1.0), (4096.0, 64.0)]
    drawing = "\n".join(curve.draw({"one": high, "two": low}, {}, 60, curve.ASCII).splitlines()[1:])
    assert {"*", "o", "@"} <= set(drawing)


@pytest.mark.parametrize(
    "points", [(), ({"bytes": 1.0, "ns": 1.0},), ({"bytes": 0.0, "ns": 1.0}, {"bytes": 8.0, "ns": -1.0})]
)
def test_a_curve_that_cannot_be_drawn_is_left_out(points: tuple[dict[str, float], ...]) -> None:
    assert curve.latency(profile(curves={"latency_base": points})) == ""


def test_a_flat_curve_can_be_drawn() -> None:
    assert "*" in curve.draw({"one": [(1024.0, 1.0), (1024.0, 1.0)]}, {"L1": 1024.0}, 40, curve.ASCII)


def test_a_quantity_prints_as_a_person_reads_it() -> None:
    assert str(LATENCY) == repr(LATENCY) == "3.99 cycles (3.97–4.05) = 1.04 ns (1.03–1.06); claimed 1.04 ns"
    assert str(quantity("B", 48 << 10)) == "48 KiB"
    assert str(Quantity(unit="ns", unavailable="one core only")) == "unavailable: one core only"
    assert str(whole()["syscall.cost"]).endswith("; caution: other processes used 90% of a CPU meanwhile")


def test_a_profile_prints_in_a_terminal() -> None:
    made = profile({"l1d.latency": LATENCY}, host("<b>"), findings=("a < b",))
    assert str(made) == repr(made)
    assert "l1d.latency  3.99 cycles" in str(made)


def test_names_are_matched_exactly_by_first_part_or_by_pattern() -> None:
    names = ["l1d.latency", "l1d.capacity", "dram.latency"]
    assert choice.matching(["l1d"], names) == names[:2]
    assert choice.matching(["*.latency", "l1d.latency"], names) == ["l1d.latency", "dram.latency"]
    with pytest.raises(UsageError, match=r"no quantity 'dram.latncy'; did you mean dram.latency"):
        choice.matching(["dram.latncy"], names)


def test_a_few_quantities_are_shown_with_all_that_is_known() -> None:
    shown = choice.quantities(choice.narrowed(whole(), ["l1d.latency"]), Page())
    assert shown.startswith("l1d.latency: 3.99 cycles")
    assert "  method: a dependent chase\n" in shown


def test_a_curve_without_a_drawing_is_a_table_and_an_unknown_one_is_refused() -> None:
    made = profile(curves={"core_to_core": ({"a": 0.0, "b": 1.0, "ns": 217.0},)})
    assert "217" in choice.drawn(made, "core_to_core", Page())
    with pytest.raises(UsageError, match="it has latency, core_to_core"):
        choice.drawn(made, "heat", Page())


def test_a_profile_of_another_machine_is_said_to_be_one() -> None:
    assert choice.foreign(profile(facts=host("there")), "here").startswith(
        "hwbench: this profile is of another machine, there"
    )
    assert choice.foreign(profile(facts=host("here")), "here") == ""


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_that_nobody_reads_any_more_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    progress = Progress(Gone())
    for event in EVENTS:
        progress(event)
    progress.close()


EVENTS = (
    Planned(steps=2, seconds=3.0),
    StepStarted(sitting=0, probe="levels"),
    Measured(sitting=0, probe="levels", found=Found("l1d.latency", LATENCY)),
    Measured(sitting=0, probe="levels", found=Found("latency", curve=())),
    StepEnded(sitting=0, probe="levels", failure="took longer than 9 s"),
    StepStarted(sitting=1, probe="levels"),
    Note(text="nothing can be kept"),
)


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_progress_names_what_is_measured_and_gives_values_as_they_come(stream: io.StringIO) -> None:
    progress = Progress(stream)
    for event in EVENTS:
        progress(event)
    progress.close()
    text = stream.getvalue()
    assert "measuring levels" in text
    assert "l1d.latency                      3.99 cycles" in text
    assert "levels failed: took longer than 9 s" in text
    assert "hwbench: nothing can be kept" in text
    assert ("process 2" in text) is not stream.isatty()


def test_the_mountain_is_a_grid_of_footprint_and_stride() -> None:
    points = [
        {"bytes": size, "stride_bytes": stride, "bytes_per_second": 1e6 * size / stride}
        for size in (16384.0, 32768.0)
        for stride in (8.0, 64.0)
    ]
    lines = points_as_text.table("mountain", points, unicode=False).splitlines()
    assert lines[0] == "GB/s by footprint (down) and stride (across)"
    assert lines[-1].split() == ["32", "KiB", "4.1", "0.512"]


def test_a_curve_without_points_is_no_text() -> None:
    assert points_as_text.table("mountain", ()) == ""


def test_a_curve_along_one_axis_is_a_table_with_readable_units() -> None:
    text = points_as_text.table("loaded_latency", [{"bytes_per_second": 2e9, "ns": 145.0, "low": 144.0}])
    assert text.splitlines()[-1].split() == ["2", "GB/s", "145", "ns", "144", "ns"]
