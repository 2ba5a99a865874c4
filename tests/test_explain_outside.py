"""What is billed outside the core: the kernel, waits, and threads that wait for each other, from records made by hand."""

from __future__ import annotations

import msgspec
import pytest
from comparisons import comparison, evidence, machine, modelled, run, side

from hwbench.explain import explain
from hwbench.records import Explanation, Run, Side, Sized


def shares(explanation: Explanation) -> dict[str, float]:
    return {each.cause: each.share for each in explanation.causes}


def test_a_short_time_off_the_cpu_that_no_wait_accounts_for_is_of_all_that_was_done() -> None:
    def sides(waits: int) -> tuple[Side, Side]:
        return (
            side("a", {1e3: 0.01, 1e6: 0.26}, {n: modelled(n * 1e3) for n in (1e3, 1e6)}, user=None),
            Side(
                name="b",
                answers={"-": "same"},
                sizes=tuple(
                    Sized(
                        n=n,
                        runs=tuple(
                            run(wall, user=wall * 0.95, voluntary_switches=waits if n == 1e6 else 1) for _ in range(5)
                        ),
                        evidence=(evidence(modelled(n * 4e3), n),),
                    )
                    for n, wall in ((1e3, 0.01), (1e6, 1.04))
                ),
            ),
        )

    assert "system" not in shares(explain(comparison(*sides(1)), machine()))
    assert shares(explain(comparison(*sides(500)), machine()))["system"] > 0.02


def test_time_in_the_kernel_and_waiting_is_the_system() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 2.25}, {None: modelled(1e9)}, user=0.25, system=0.5, voluntary_switches=1000)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "system"
    assert shares(found)["system"] == pytest.approx(1.0, abs=0.01)


def test_programs_that_are_started_are_the_system_for_what_nobody_counted() -> None:
    a = side("a", {None: 0.1}, {None: modelled(4e8)})
    b = side("b", {None: 1.0}, {None: modelled(4e8) | {"programs": 100.0}}, system=0.2)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "system"
    (started,) = (line for line in found.bill["b"] if line.item == "programs that it starts")
    assert (started.count, started.seconds) == (100.0, pytest.approx(0.7))
    alone = side("b", {None: 1.0}, {None: modelled(4e8) | {"programs": 1.0}}, system=0.2)
    assert not any(line.item == started.item for line in explain(comparison(a, alone), machine()).bill["b"])


def test_page_faults_are_allocation_up_to_the_time_in_the_kernel() -> None:
    counts = modelled(1e9)
    a = side("a", {None: 0.25}, {None: counts | {"page_faults": 10}})
    b = side("b", {None: 1.25}, {None: counts | {"page_faults": 1e6}}, user=0.25, system=1.0)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "allocation"
    assert shares(found)["allocation"] > 0.9


def test_waiting_in_futex_is_contention_and_in_fsync_is_system() -> None:
    def slept(name: str) -> Side:
        made = side("b", {None: 1.25}, {None: modelled(1e9)}, user=0.25)
        traced = evidence({f"syscalls.{name}": 4000, f"syscalls.{name}.seconds": 1.0}, source="strace")
        sized = made.sizes[0]
        return msgspec.structs.replace(
            made, sizes=(msgspec.structs.replace(sized, evidence=(*sized.evidence, traced)),)
        )

    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    assert explain(comparison(a, slept("futex")), machine()).top_cause == "contention"
    durable = explain(comparison(a, slept("fsync")), machine())
    assert durable.top_cause == "system"
    line = next(line for line in durable.bill["b"] if line.item == "waiting in fsync")
    assert (line.count, line.price_ns) == (4000, pytest.approx(250_000, rel=0.01))


def test_time_in_futex_calls_is_contention_where_threads_work_at_once() -> None:
    counts = modelled(1e8) | {"threads": 3.0, "syscalls": 1e6, "syscalls.futex": 0.9e6}
    a = side("a", {None: 0.0125}, {None: modelled(1e8) | {"threads": 3.0}}, user=0.025)
    b = side("b", {None: 0.5125}, {None: counts}, user=0.025, system=1.0)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "contention"
    items = {line.item: line.seconds for line in found.bill["b"]}
    assert items["in futex"] == pytest.approx(0.45, abs=0.01)
    assert items["in system calls"] == pytest.approx(0.05, abs=0.01)


def test_a_thread_that_only_waits_for_the_others_is_none_of_those_that_share_the_work() -> None:
    counts = modelled(1e9) | {"threads": 3.0}
    a = side("a", {None: 0.125}, {None: counts}, user=0.25)
    b = side("b", {None: 0.625}, {None: counts | modelled(1e9, cache=1e9)}, user=1.25)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "cache"
    assert sum(line.seconds for line in found.bill["b"] if line.cause == "system") == 0


def test_lines_that_travel_cost_at_most_what_the_other_lines_leave_of_the_time() -> None:
    counts = modelled(4e8) | {"threads": 2.0}
    a = side("a", {None: 0.05}, {None: counts}, user=0.1)
    b = side("b", {None: 0.5}, {None: counts | {"line_transfers": 1e9}}, user=1.0)  # 25 s, were each of them alone
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "contention"
    assert sum(line.seconds for line in found.bill["b"]) == pytest.approx(0.5, rel=0.02)


def test_time_that_others_had_the_cpu_is_taken_off() -> None:
    def queued(seconds: float) -> Side:
        runs = tuple(Run(wall=0.25 + seconds, user=0.25, system=0.0, queued=seconds) for _ in range(5))
        return Side(name="x", sizes=(Sized(runs=runs),), answers={"-": "same"})

    assert explain(comparison(queued(0.0), queued(0.5)), machine()).top_cause == "none"
