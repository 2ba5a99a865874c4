"""`hwbench run` and `hwbench kernels`: pyperf files that pyperf reads, and one clear line where something is wrong."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyperf
import pytest

from hwbench.catalog import Prepared, Work, kernels
from hwbench.catalog.listing import entries
from hwbench.cli import kernels as kernels_verb
from hwbench.cli import run as run_verb
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.measure import subjects
from hwbench.measure.affinity import restricted
from hwbench.measure.plan import Request, costs_nothing, plan
from hwbench.measure.subjects import Ready, Subject, make_ready, read_subject
from hwbench.native import Variant
from hwbench.records import Unavailable
from hwbench.show.benchmarks import _row

SHORT = ["-p", "2", "-n", "1", "-w", "0", "--min-time", "0.001", "--quiet"]


def parsed(verb: object, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())  # type: ignore[attr-defined]
    arguments, unknown = parser.parse_known_args(words)
    arguments.unknown = unknown
    return arguments


def hwbench_run(*words: str) -> int:
    return run_verb.run(parsed(run_verb, "run", *words))


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> pyperf.BenchmarkSuite:
    target = tmp_path_factory.mktemp("run") / "out.json"
    assert hwbench_run("chase.random", *SHORT, "--size", "16K,64K", "--twin", "both", "-o", str(target)) == 0
    return pyperf.BenchmarkSuite.load(str(target))


def test_the_names_say_what_differs_within_the_file(suite: pyperf.BenchmarkSuite) -> None:
    expected = [f"chase.random/{size}/{twin}" for size in ("16KiB", "64KiB") for twin in ("c", "numba")]
    assert suite.get_benchmark_names() == expected


def test_every_value_comes_from_a_process_of_its_own(suite: pyperf.BenchmarkSuite) -> None:
    assert all(len(benchmark.get_values()) == 2 for benchmark in suite)


def test_the_metadata_turn_a_value_into_a_price(suite: pyperf.BenchmarkSuite) -> None:
    metadata = suite.get_benchmarks()[0].get_metadata()
    assert metadata["work_unit"] == "loads"
    assert metadata["work_loads"] == 1
    assert metadata["work_bytes"] == 8
    assert metadata["footprint_bytes"] == 16384 + 8
    assert metadata["twin"] == "c"
    assert metadata["variant"].startswith("v") or metadata["variant"] == "scalar"
    assert "machine_profile" not in metadata or len(metadata["machine_profile"]) == 12


def test_pyperf_itself_compares_two_of_our_files(tmp_path: Path) -> None:
    for name, width in (("a", "scalar"), ("b", "v128")):
        assert hwbench_run("chase.random", *SHORT, "--variant", width, "-o", str(tmp_path / f"{name}.json")) == 0
    compare = [sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json"]
    told = subprocess.run(compare, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "[a]" in told or "chase.random" in told  # a difference, or a benchmark "hidden because not significant"


def test_a_word_after_an_option_is_not_taken_for_a_kernel() -> None:
    arguments = parsed(run_verb, "run", "-p", "2", "chase.random", "--fast", "--min-time", "0.1")
    words, options = run_verb._sort_unknown(arguments.unknown)
    assert [*arguments.kernels, *words] == ["chase.random"]
    assert [*arguments.pyperf, *options] == ["--processes=2", "--fast", "--min-time=0.1"]


def test_an_option_that_only_a_newer_pyperf_knows_is_handed_on_with_its_value() -> None:
    assert run_verb._sort_unknown(["--newer", "3", "--other=4", "chase"]) == (["chase"], ["--newer", "3", "--other=4"])


def test_the_table_of_options_is_that_of_pyperf() -> None:
    script = "import pyperf; print(*[o for a in pyperf.Runner().argparser._actions for o in a.option_strings])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    theirs = set(told.split())
    ours = {name for names in (*run_verb.PYPERF_VALUES, *run_verb.PYPERF_FLAGS) for name in names.split()}
    assert ours <= theirs | {"--python-names"}
    calibrations = {f"--{again}calibrate-{what}" for again in ("", "re") for what in ("loops", "warmups")}
    workers = {"--pipe", "--worker", "--worker-task", *calibrations}
    newer = {"--in-process"}  # of pyperf releases after the table: `run` passes on what it does not know
    assert theirs - ours <= workers | newer | {"-h", "--help", "-o", "--output"}, "pyperf has an option that the table lacks"


def test_an_unknown_option_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert hwbench_run("chase.random", "--frobnicate", "-o", str(tmp_path / "x.json")) == 2
    assert capfd.readouterr().err.splitlines() == ["hwbench run: unrecognized arguments: --frobnicate"]


def test_an_existing_output_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")
    with pytest.raises(UsageError, match="exists already"):
        hwbench_run("chase.random", "-o", str(tmp_path / "old.json"))


def test_an_output_in_no_folder_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        hwbench_run("chase.random", "-o", str(tmp_path / "none" / "x.json"))


@pytest.mark.parametrize("size", ["0", "many", "4M,,8M"])
def test_an_impossible_size_is_refused(size: str) -> None:
    with pytest.raises(UsageError, match="size"):
        hwbench_run("chase.random", "--size", size)


def test_an_unknown_kernel_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"chase\.random"):
        hwbench_run("chase.randm")


def test_what_cannot_run_is_an_error_when_it_is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CouldNotMeasure):
        hwbench_run("chase.random", "--size", "16")
    assert "chase.random is skipped: " in capsys.readouterr().err


def test_what_cannot_run_is_left_out_of_a_group_with_its_reason() -> None:
    planned = plan(Request(("chase.random", "chase.pages"), sizes=(64,)))
    assert [subject.kernel for subject in planned.subjects] == ["chase.random"]
    assert [name for name, _ in planned.skipped] == ["chase.pages"]


@pytest.mark.parametrize(
    ("function", "arguments", "nothing"), [("clock_nothing", (), True), ("clock_adds", (1,), False)]
)
def test_a_kernel_whose_repeats_cost_nothing_is_known_beforehand(
    variant: Variant, function: str, arguments: tuple[int, ...], nothing: bool
) -> None:
    subject = Subject("x", "chase.random", "c", "v128", 64)
    ready = Ready(subject, Prepared(arguments, Work()), (variant.bind(function, arguments),), (0,))
    assert any(costs_nothing(ready) is nothing for _ in range(5))  # an interruption may make a call seem long


def test_a_subject_survives_the_command_line() -> None:
    subject = Subject("a/b", "chase.random", "c", "v128", 4096)
    assert read_subject(subject.spell()) == subject


@pytest.mark.parametrize("word", ["chase.random", "nosuch:c:v128:64", "chase.random:rust:v128:64", "chase.random:c::x"])
def test_a_word_that_is_no_subject_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is not a subject"):
        read_subject(word)


def test_a_size_that_memory_does_not_hold_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(size: int) -> Prepared:
        raise MemoryError

    kernel = kernels()["chase.random"]
    monkeypatch.setattr(subjects, "kernels", lambda: {kernel.name: argparse.Namespace(prepare=starve)})
    reason = make_ready(Subject("x", kernel.name, "c", "v128", 4096))
    assert isinstance(reason, Unavailable)
    assert "memory" in reason.reason


def with_partners(monkeypatch: pytest.MonkeyPatch, cpus: tuple[int, ...]) -> Ready | Unavailable:
    """Make chase.random ready with a partner, on a machine of so many CPUs."""
    kernel = kernels()["chase.random"]
    one, other = kernel.prepare(4096), kernel.prepare(4096)
    assert isinstance(one, Prepared)
    assert isinstance(other, Prepared)
    both = Prepared(one.arguments, Work(loads=1), partners=(other.arguments,))
    monkeypatch.setattr(subjects, "usable_cpus", lambda: cpus)
    monkeypatch.setattr(subjects, "_prepare", lambda kernel, size: both)
    return make_ready(Subject("x", kernel.name, "c", "v128", 4096))


def test_threads_that_run_beside_each_other_need_a_cpu_each(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = with_partners(monkeypatch, cpus=(0,))
    assert isinstance(reason, Unavailable)
    assert "2 threads" in reason.reason


def test_the_first_of_several_threads_is_timed_and_all_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = with_partners(monkeypatch, cpus=(0, 1))
    assert isinstance(ready, Ready)
    assert ready.seconds(64) > 0
    assert ready.metadata()["threads"] == 2
    assert ready.metadata()["footprint_bytes"] == 2 * (4096 + 8)


def test_the_table_prices_the_unit_of_work() -> None:
    row = _row("x", 2e-9, {"work_unit": "loads", "work_loads": 4.0, "work_bytes": 32.0})
    assert row == ("x", "2 ns", "0.5 ns", "loads", "16 GB/s")


@pytest.mark.parametrize("cpus", ["x", "0-", "4095", "1-0"])
def test_a_list_of_cpus_that_is_none_is_refused(cpus: str) -> None:
    with pytest.raises(UsageError, match="CPU"):
        hwbench_run("chase.random", "--affinity", cpus)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin")
def test_the_plan_is_made_on_the_cpus_that_were_asked_for() -> None:
    before = os.sched_getaffinity(0)
    one = min(before)
    with restricted(str(one)):
        assert os.sched_getaffinity(0) == {one}
    assert os.sched_getaffinity(0) == before


def test_a_benchmark_that_fails_does_not_keep_the_next_from_running(tmp_path: Path) -> None:
    """A worker that finds its kernel impossible ends with status 3, and says why."""
    target = tmp_path / "out.json"
    words = ["chase.random:c:v128:16", "chase.lines:c:v128:4096", *SHORT, f"--output={target}"]
    program = [sys.executable, "-m", "hwbench.measure.pyperf_program", *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "chase.random: it cannot be prepared at size 16" in done.stderr
    assert pyperf.BenchmarkSuite.load(str(target)).get_benchmark_names() == ["chase.lines"]


def test_an_interruption_leaves_whole_benchmarks_and_says_how_many(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_run import hwbench_run;"
        "sys.exit(hwbench_run('chase.random', 'chase.lines', '-p8', '-n2', '--min-time=0.05', '-q', '-o', sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(Path(__file__).parent), str(target)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        deadline = time.monotonic() + 120
        while not target.exists() and program.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(program.pid, signal.SIGINT)
        told = program.communicate(timeout=60)[1]
    assert program.returncode == 130
    assert f"interrupted after 1 of 2 benchmarks; {target} holds them whole" in told
    assert pyperf.BenchmarkSuite.load(str(target)).get_benchmark_names() == ["chase.random"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_the_listing_has_every_kernel_with_its_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert kernels_verb.run(parsed(kernels_verb, "kernels", "--json", "-")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "hwbench.kernels/1"
    assert {entry["name"] for entry in told["kernels"]} == set(kernels())
    assert all(entry["work"][entry["unit"]] > 0 for entry in told["kernels"] if "unavailable" not in entry)


def test_the_table_names_twins_and_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert kernels_verb.run(parsed(kernels_verb, "kernels", "chase.parallel_4")) == 0
    told = capsys.readouterr().out
    assert "c numba" in told
    assert "4 loads, 32 B" in told


def test_a_part_of_a_name_finds_its_kernels() -> None:
    assert [entry.name for entry in entries("parallel_4")] == ["chase.parallel_4"]


def test_a_listing_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="no kernel"):
        list(entries("nosuch"))


def test_a_listing_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        kernels_verb.run(parsed(kernels_verb, "kernels", "--json", str(tmp_path / "none" / "x.json")))
