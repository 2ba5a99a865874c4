"""Timings to pyperf's format and back, anybody's files as sides, and one line for every file that is none."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyperf
import pytest

from hwbench.errors import UsageError
from hwbench.experiment import pyperf_files
from hwbench.experiment.pyperf_files import benchmark_of, has_accounts, is_pyperf_file, pairs, read, read_pair, write
from hwbench.records import Command, Run, Side, Sized

if TYPE_CHECKING:
    from pathlib import Path


def a_run(wall: float, **more: Any) -> Run:
    told: dict[str, Any] = {"user": wall / 2, "system": wall / 4, "page_faults": 7, "voluntary_switches": 3}
    return Run(wall=wall, peak_bytes=1 << 20, **(told | more))


def a_side(name: str, factor: float = 1.0) -> Side:
    sizes = [Sized(n=n, runs=tuple(a_run(factor * n * (1 + i / 100)) for i in range(5))) for n in (10.0, 1000.0)]
    return Side(name=name, command=Command(argv=("./fast", "{n}")), sizes=tuple(sizes), metadata={"unit": "second"})


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    side = a_side("fast")
    write(side, tmp_path / "a.json")
    [again] = read(tmp_path / "a.json")
    assert again.sizes == side.sizes
    assert has_accounts(again)
    assert again.name == "a.json"
    assert again.metadata["command"] == "./fast '{n}'"


def test_a_side_without_sizes_reads_back_the_same(tmp_path: Path) -> None:
    runs = (a_run(1.0, major_faults=1, involuntary_switches=2, whole=1.5, queued=0.25),)
    write(Side(name="x", sizes=(Sized(runs=runs),)), tmp_path / "a.json.gz")
    [again] = read(tmp_path / "a.json.gz")
    assert again.sizes == (Sized(runs=runs),)


def test_two_files_of_ours_make_a_pair(tmp_path: Path) -> None:
    write(a_side("fast"), tmp_path / "a.json")
    write(a_side("slow", 3.0), tmp_path / "b.json")
    first, second = read_pair(tmp_path / "a.json", tmp_path / "b.json")
    assert second.seconds is not None
    assert first.seconds is not None
    assert second.seconds.value == pytest.approx(3 * first.seconds.value)


@pytest.mark.parametrize("verb", ["show", "hist", "stats", "check", "metadata", "dump"])
def test_pyperfs_tools_read_our_files(tmp_path: Path, verb: str) -> None:
    write(a_side("fast"), tmp_path / "a.json")
    told = subprocess.run(
        [sys.executable, "-m", "pyperf", verb, str(tmp_path / "a.json")], capture_output=True, check=True
    )
    assert b"n=1000" in told.stdout


def test_pyperf_compares_our_files(tmp_path: Path) -> None:
    for name, factor in (("a", 1.0), ("b", 3.0)):
        write(a_side(name, factor), tmp_path / f"{name}.json")
    words = [sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json"]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "3.00x slower" in told


def test_writing_replaces_a_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for _ in range(2):
        write(a_side("fast"), tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_side_without_timings_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no timings"):
        write(Side(name="x", sizes=(Sized(n=1.0),)), tmp_path / "a.json")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be written") as caught:
        write(a_side("fast"), tmp_path / "none" / "a.json")
    assert "\n" not in str(caught.value)


def theirs(path: Path, *names: str, **metadata: Any) -> Path:
    told = {"unit": "second", "loops": 8, "inner_loops": 2, **metadata}
    benchmarks = [
        pyperf.Benchmark(
            [pyperf.Run([], warmups=[(8, 1.0)], metadata={"name": name, **told}, collect_metadata=False)]
            + [pyperf.Run([1.0, 1.2], metadata={"name": name, **told}, collect_metadata=False) for _ in range(2)]
        )
        for name in names
    ]
    pyperf.BenchmarkSuite(benchmarks).dump(str(path), replace=True)
    return path


def test_a_file_of_pyperfs_own_gives_its_values_and_no_accounts(tmp_path: Path) -> None:
    [side] = read(theirs(tmp_path / "t.json", "timeit"))
    assert [run.wall for run in side.sizes[0].runs] == [1.0, 1.2, 1.0, 1.2]
    assert not has_accounts(side)
    assert all(run.user == run.wall for run in side.sizes[0].runs), "no waiting may be concluded from a missing account"


def test_what_the_hook_counted_belongs_to_one_loop(tmp_path: Path) -> None:
    counted = {"hwbench_passes": 2, "hwbench_page_faults": 3200, "hwbench_user_seconds": 16.0}
    counted |= {"hwbench_instructions": 64e6, "hwbench_branches_mispredicted": 320, "hwbench_branches": 3200}
    [side] = read(theirs(tmp_path / "t.json", "timeit", **counted))
    [sized] = side.sizes
    assert {run.page_faults for run in sized.runs} == {100}
    assert [run.user for run in sized.runs[:2]] == pytest.approx([0.5 / 1.1, 0.6 / 1.1]), "by the length of the value"
    [evidence] = sized.evidence
    assert evidence.value("instructions") == 2e6
    assert evidence.value("branches.conditional.mispredicted") == 10
    assert evidence.value("branches.conditional") == 100
    assert has_accounts(side)


def test_benchmarks_in_common_are_paired_by_name(tmp_path: Path) -> None:
    a, b = theirs(tmp_path / "a.json", "x", "y", "z"), theirs(tmp_path / "b.json", "z", "y")
    assert [benchmark_of(first) for first, _ in pairs(a, b)] == ["y", "z"]
    assert [(first.name, second.name) for first, second in pairs(a, b, "z")] == [("a.json z", "b.json z")]
    assert benchmark_of(read_pair(a, b, "y")[1]) == "y"


@pytest.mark.parametrize(
    ("benchmark", "said"), [("", "give --benchmark NAME, one of y, z"), ("x", "in common are y, z")]
)
def test_a_benchmark_that_must_be_named_is_asked_for(tmp_path: Path, benchmark: str, said: str) -> None:
    a, b = theirs(tmp_path / "a.json", "x", "y", "z"), theirs(tmp_path / "b.json", "z", "y")
    with pytest.raises(UsageError, match=said):
        read_pair(a, b, benchmark)


def test_files_with_nothing_in_common_say_what_each_holds(tmp_path: Path) -> None:
    a, b = theirs(tmp_path / "a.json", "x"), theirs(tmp_path / "b.json", "y")
    with pytest.raises(UsageError, match=r"a.json \(x\) and .*b.json \(y\) have no benchmark in common"):
        pairs(a, b)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "could not be read"),
        ("", "is not a pyperf file"),
        ("{}", "is not a pyperf file"),
        ("[1, 2]", "is not a pyperf file"),
        ('{"version": "1.0", "benchmarks": []}', "is not a pyperf file"),
        ('{"version": "99", "benchmarks": [{"runs": []}]}', "is not a pyperf file"),
        ('{"version": "1.0", "benchmarks": [{"runs": [{"values": ["x"]}]}]}', "is not a pyperf file"),
    ],
)
def test_a_file_that_is_none_of_pyperfs_is_one_line(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=said) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_packed_file_that_is_not_packed_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.json.gz").write_text(json.dumps({}))
    with pytest.raises(UsageError):
        read(tmp_path / "bad.json.gz")


def test_values_that_are_no_seconds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no times but values in bytes"):
        read(theirs(tmp_path / "t.json", "memory", unit="byte"))


def test_a_file_of_calibrations_alone_holds_no_timings(tmp_path: Path) -> None:
    run = pyperf.Run([], warmups=[(1, 1.0)], metadata={"name": "x"}, collect_metadata=False)
    pyperf.Benchmark([run]).dump(str(tmp_path / "t.json"))
    with pytest.raises(UsageError, match="holds no timings"):
        read(tmp_path / "t.json")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("old.json", True), ("a/b.json.gz", True), ("./fast {n}", False), ("cat x.json", False), ("m:f", False)],
)
def test_files_are_told_from_commands(text: str, expected: bool) -> None:
    assert is_pyperf_file(text) is expected


def test_every_account_of_a_run_has_its_name_in_the_metadata() -> None:
    kept = set(pyperf_files._READ) | {"wall", "peak_bytes", "whole", "queued", "cpu"}
    assert kept == set(Run.__struct_fields__)
