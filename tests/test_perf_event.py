"""Performance events: readings to counts with exact numbers, groups on a played machine, and the kernel's own events here."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec
import pytest
from profiles import host, profile
from toy_programs import LIMITS, script, toy

from hwbench.evidence import perf_event, pmu_call
from hwbench.evidence.pmu_counts import Reading, Recording, counts, never_ran, scaled, split_switches
from hwbench.evidence.pmu_events import RAW, VENDOR, Event, hardware_events
from hwbench.host.counters import try_counter
from hwbench.records import Command, Count, CpuFacts, Limits, MachineProfile, Unavailable, is_count

FOLDER = Path(__file__).with_name("data") / "perf_event"
needs_software = pytest.mark.skipif(try_counter("page faults") != 0, reason="the kernel lets us count no page faults")


def recording(name: str) -> Recording:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=Recording)


def machine(core: str = "") -> MachineProfile:
    return profile({}, host(cpu=CpuFacts(architecture="x86_64", microarchitecture=core)))


def reading(value: int, enabled: int, running: int, event: str = "cycles") -> Reading:
    return Reading(event=event, value=value, enabled=enabled, running=running)


def test_an_event_that_ran_all_the_time_is_exact() -> None:
    assert scaled(reading(1234, 500, 500)) == Count(value=1234.0)


def test_an_event_that_never_ran_is_no_count_and_not_a_zero() -> None:
    assert scaled(reading(0, 500, 0)) is None
    assert never_ran([reading(0, 500, 0), reading(0, 0, 0, "x"), reading(0, 5, 5, "y")]) == ("cycles",)


def test_an_event_that_took_turns_is_scaled_with_an_interval() -> None:
    found = scaled(reading(1000, 400_000_000, 100_000_000))
    assert found is not None
    error = 2 * (0.75 / 25) ** 0.5
    assert found.value == 4000.0
    assert found.low == pytest.approx(4000 * (1 - error))
    assert found.high == pytest.approx(4000 * (1 + error))


def test_no_interval_goes_below_what_was_really_seen() -> None:
    found = scaled(reading(1000, 4_000_000, 1_000_000))
    assert found is not None
    assert (found.low, found.value) == (1000.0, 4000.0)


def test_groups_that_took_turns_become_counts_of_the_closed_list() -> None:
    found = counts(recording("hand-made-zen-3").readings)
    assert all(is_count(name) for name in found)
    assert found["cycles"].value == 1.2e9
    assert found["branches.conditional.mispredicted"].value == 2_250_000
    assert found["page_faults"] == Count(value=4148.0)
    assert "l3.store_misses" not in found


def test_mispredicted_conditional_branches_are_what_the_indirect_ones_leave() -> None:
    found = counts(recording("hand-made-skylake").readings)
    assert found["branches.conditional.mispredicted"] == Count(value=7000.0, low=7000.0, high=7000.0)
    assert found["dtlb.l1.misses"].value == 740.0
    assert found["dtlb.l2.misses"] == Count(value=40.0)


def test_mispredicted_branches_of_an_unknown_kind_may_all_be_indirect() -> None:
    found = counts([reading(9000, 5, 5, "branches.mispredicted")])
    assert found == {"branches.conditional.mispredicted": Count(value=9000.0, low=0.0, high=9000.0)}


def test_what_this_machine_really_gave_reads_as_the_programs_known_truth() -> None:
    found = counts(recording("vm-without-pmu").readings)
    assert 4096 <= found["page_faults"].value <= 4096 + 200
    assert found["syscalls"].value >= 200
    assert "cycles" not in found


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_every_recording_says_whether_a_machine_gave_it(name: str) -> None:
    kept = recording(name)
    assert kept.origin.startswith("hand-made:" if name.startswith("hand-made") else "recorded:")


def test_switches_are_split_by_the_kernels_account() -> None:
    assert split_switches({}, 10.0, 3) == {
        "context_switches.involuntary": Count(value=3.0),
        "context_switches.voluntary": Count(value=7.0),
    }
    assert split_switches({}, 2.0, 5)["context_switches.voluntary"] == Count(value=0.0)
    assert split_switches({}, None, 5) == {}


def test_a_known_core_gets_its_makers_events_in_place_of_generic_ones() -> None:
    known = {event.name: event for event in hardware_events("x86_64", "Zen 3")}
    generic = {event.name: event for event in hardware_events("x86_64", "")}
    assert known["l2.misses"] == Event("l2.misses", RAW, 0x0864)
    assert known["branches.indirect.mispredicted"].config == 0xCA
    assert known["branches.conditional.mispredicted"].config == 0xC7 | 1 << 32
    assert {event.kind for event in generic.values()} == {0, 3}
    assert "dtlb.l1.misses" in {event.name for event in hardware_events("aarch64", "")}


@pytest.mark.parametrize("core", sorted(VENDOR))
def test_every_makers_event_gives_a_count_or_is_part_of_one(core: str) -> None:
    parts = {"branches", "branches.mispredicted", "branches.returns.mispredicted", "dtlb.l1.hits_in_l2"}
    assert all(is_count(name) or name in parts for name in VENDOR[core])


class Machine:
    """A machine with so many counters: groups of more are refused, as the kernel does it."""

    def __init__(self, counters: int, unknown: tuple[str, ...] = ()) -> None:
        self.counters, self.unknown = counters, unknown
        self.groups: list[list[str]] = []

    def open(self, event: Event, pid: int, leader: int) -> int:
        if event.name in self.unknown:
            return -errno.ENOENT
        if leader < 0:
            self.groups.append([event.name])
            return 1000 + len(self.groups)
        if len(self.groups[leader - 1001]) >= self.counters:
            return -errno.EINVAL
        self.groups[leader - 1001].append(event.name)
        return 2000 + len(self.groups)


@pytest.mark.parametrize(
    ("counters", "groups"),
    [(6, ["abcd", "efg"]), (3, ["abc", "def", "g"]), (1, list("abcdefg"))],
)
def test_groups_fit_the_machine(monkeypatch: pytest.MonkeyPatch, counters: int, groups: list[str]) -> None:
    played = Machine(counters)
    monkeypatch.setattr(pmu_call, "_open", played.open)
    taken = pmu_call.Counters(1)
    taken.open_all([Event(name, 0, 0) for name in "abcdefg"], 4)
    assert ["".join(group) for group in played.groups] == groups
    assert [event.name for event, _ in taken.opened] == list("abcdefg")


def test_an_event_that_the_machine_does_not_know_leaves_the_others_in_their_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Machine(6, unknown=("b", "e"))
    monkeypatch.setattr(pmu_call, "_open", played.open)
    taken = pmu_call.Counters(1)
    taken.open_all([Event(name, 0, 0) for name in "abcdef"], 3)
    assert played.groups == [["a", "c", "d"], ["f"]]
    assert taken.refused == {"b": errno.ENOENT, "e": errno.ENOENT}


@needs_software
def test_every_touched_page_is_a_counted_fault() -> None:
    few, many = (perf_event.count(toy("pages", pages), machine(), limits=LIMITS) for pages in (100, 4196))
    assert 4096 - 50 <= (many.value("page_faults") or 0) - (few.value("page_faults") or 0) <= 4096 + 50


@needs_software
def test_the_faults_of_children_are_counted_too() -> None:
    found = perf_event.count(toy("pages", 1000, 0, 3), machine(), limits=LIMITS)
    assert 4000 <= (found.value("page_faults") or 0) <= 4000 + 1000


@needs_software
def test_every_sleep_is_a_voluntary_switch() -> None:
    found = perf_event.count(toy("pages", 1, 300), machine(), limits=LIMITS)
    assert found.source == "perf_event"
    assert found.unavailable is None
    if "context_switches.voluntary" in found.counts:  # switches are the kernel's: not everybody may count them
        assert 250 <= (found.value("context_switches.voluntary") or 0) <= 400


@needs_software
def test_system_calls_are_counted_where_tracepoints_are_to_be_had() -> None:
    if not pmu_call.tracepoints():
        pytest.skip("tracepoints are for root, on kernels that show them")
    found = perf_event.count(toy("calls", 1000, 300, 0, 1), machine(), limits=LIMITS)
    if "syscalls" not in found.counts:
        pytest.skip("tracepoints are forbidden here")
    assert found.value("syscalls.fsync") == 300
    assert 2300 <= (found.value("syscalls") or 0) <= 2300 + 150


@needs_software
def test_without_hardware_counters_the_reason_and_a_way_out_are_given() -> None:
    why = perf_event.missing()
    found = perf_event.count(Command(argv=("/bin/true",)), machine("Zen 3"), limits=LIMITS)
    if why is None:
        assert (found.value("instructions") or 0) > 10_000
        return
    assert why.reason.startswith("no counters here: ")
    assert why.remedy
    assert any(why.reason in note for note in found.notes)
    assert "instructions" not in found.counts


def test_smaller_groups_are_tried_until_every_event_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def measure(*_: object, group_size: int = 4) -> perf_event.Taken:
        tried.append(group_size)
        ran = 5 if group_size == 1 else 0
        return perf_event.Taken(None, (reading(7, 5, ran),))  # type: ignore[arg-type]

    monkeypatch.setattr(perf_event, "measure", measure)
    taken = perf_event._measure_fitting(Command(argv=("x",)), (), LIMITS)
    assert tried == [4, 2, 1]
    assert isinstance(taken, perf_event.Taken)
    assert not never_ran(taken.readings)


@needs_software
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (script("echo no such table >&2; exit 3"), "it failed with status 3: no such table"),
        (script("kill -9 $$"), "it was killed by SIGKILL (out of memory?)"),
        (Command(argv=("/nowhere/x",)), "the program /nowhere/x is not there"),
        (Command(argv=("/bin/true",), cwd="/nowhere"), "the folder /nowhere to run in is not there"),
    ],
)
def test_a_bad_program_gives_its_reason_and_no_counts(command: Command, reason: str) -> None:
    found = perf_event.count(command, machine(), limits=LIMITS)
    assert (found.unavailable, found.counts) == (reason, {})


@needs_software
def test_a_program_that_hangs_is_ended_at_the_limit() -> None:
    found = perf_event.count(script("sleep 60"), machine(), limits=Limits(seconds=0.3))
    assert found.unavailable == "it did not end within 0.3 s"


@needs_software
def test_a_recording_of_a_run_here_reads_back() -> None:
    kept = perf_event.record(Command(argv=("/bin/true",)), machine(), limits=LIMITS, origin="recorded: a test")
    assert not isinstance(kept, Unavailable)
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Recording) == kept
    assert {"page_faults", "task_clock"} <= {reading.event for reading in kept.readings}
