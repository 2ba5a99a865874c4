"""Switches at work on small programs: orders and wide ratios only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from toggling import ON_LINUX, TWO_CPUS, compiled, named, time_one

from hwbench.experiment import preload, toggle_memory, toggle_system
from hwbench.experiment.programs import lacks_tunable
from hwbench.experiment.toggle_system import file_system
from hwbench.experiment.toggles import measure, take
from hwbench.host.read import read_host
from hwbench.measure import processes
from hwbench.records import Command, Run, Unavailable

SYNC = """
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    char block[512] = {0};
    int file = open("data", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 200; i++)
        if (pwrite(file, block, sizeof block, 512 * i) < 0 || fsync(file)) return 1;
    return fsync(99) != -1;
}
"""
BLOCKS = """
#include <stdlib.h>
#include <string.h>
int main(void) {
    volatile char sum = 0;
    for (int i = 0; i < 20; i++) {
        char *block = malloc(40 << 20);
        memset(block, i, 40 << 20);
        sum += block[i];
        free(block);
    }
    return 0;
}
"""
TOUCH = """
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *block = malloc(64 << 20);
    memset(block, 1, 64 << 20);
    return block[1 << 20] - 1;
}
"""
MAPPED = """
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
static char fixed[32 << 20];
int main(void) {
    char *block = mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (madvise(block, 32 << 20, MADV_NOHUGEPAGE)) return 1;
    memset(block, 1, 32 << 20);
    memset(fixed, 1, 32 << 20);
    return block[1 << 20] - fixed[1 << 20];
}
"""
SHARED = """
#include <pthread.h>
static volatile long cells[2];
static void *add(void *cell) {
    for (long i = 0; i < 50000000; i++) ++*(volatile long *)cell;
    return NULL;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, add, (void *)cells);
    add((void *)(cells + 1));
    return pthread_join(thread, NULL);
}
"""


def trial_of(name: str, command: Command, runs: int = 3) -> tuple[list[Run], list[Run]]:
    trial = take(named(name, read_host()), command, runs=runs, time_one=time_one)
    if trial.unavailable is not None:
        pytest.skip(str(trial.unavailable))
    return trial.usual, trial.toggled


def middle(values: list[float]) -> float:
    return float(np.median(values))


@ON_LINUX
def test_without_waiting_for_the_disk_two_hundred_syncs_take_less_than_a_third(tmp_path: Path) -> None:
    if file_system(tmp_path) in toggle_system.IN_MEMORY:
        pytest.skip("the temporary folder is in memory: there is no disk to wait for")
    usual, toggled = trial_of("no waiting for the disk", compiled(tmp_path, SYNC))
    if middle([run.wall for run in usual]) < 0.005:
        pytest.skip("a sync costs nothing here")
    assert middle([run.wall for run in usual]) > 3 * middle([run.wall for run in toggled])


@ON_LINUX
def test_with_memory_kept_a_loop_over_large_blocks_takes_less_than_half_of_the_page_faults(tmp_path: Path) -> None:
    usual, toggled = trial_of("memory kept", compiled(tmp_path, BLOCKS))
    assert middle([run.page_faults for run in usual]) > 2 * middle([run.page_faults for run in toggled])


@ON_LINUX
def test_with_huge_pages_touching_a_large_block_takes_a_tenth_of_the_page_faults(tmp_path: Path) -> None:
    usual, toggled = trial_of("huge pages", compiled(tmp_path, TOUCH))
    assert middle([run.page_faults for run in usual]) > 10 * middle([run.page_faults for run in toggled])


@ON_LINUX
def test_what_a_program_maps_itself_and_its_static_arrays_become_huge_too(tmp_path: Path) -> None:
    if isinstance(preload.library("huge_pages"), Unavailable):
        pytest.skip("the library that marks such memory cannot be built here")
    usual, toggled = trial_of("huge pages", compiled(tmp_path, MAPPED))
    assert middle([run.page_faults for run in usual]) > 4 * middle([run.page_faults for run in toggled])


@ON_LINUX
def test_small_pages_are_had_again_where_a_program_has_huge_ones(tmp_path: Path) -> None:
    command = compiled(tmp_path, TOUCH)
    if lacks_tunable(command, "glibc.malloc.hugetlb") is not None:
        pytest.skip("the C library cannot be told to use huge pages")
    usual, toggled = trial_of("small pages only", toggle_memory.tuned(command, {"hugetlb": "1"}))
    assert middle([run.page_faults for run in toggled]) > 10 * middle([run.page_faults for run in usual])


@ON_LINUX
@TWO_CPUS
def test_threads_on_one_cpu_use_no_more_of_it_where_they_share_a_line(tmp_path: Path) -> None:
    usual, toggled = trial_of("threads on one CPU", compiled(tmp_path, SHARED))
    assert all(run.user + run.system < 1.2 * run.wall for run in toggled)
    assert middle([run.user + run.system for run in toggled]) < 1.2 * middle([run.user + run.system for run in usual])


@ON_LINUX
def test_the_library_that_does_not_sync_lets_files_be_made_with_their_modes(tmp_path: Path) -> None:
    library = preload.library("no_sync")
    if isinstance(library, Unavailable):
        pytest.skip(str(library))
    made = tmp_path / "made"
    text = "import os; os.close(os.open('made', os.O_CREAT | os.O_WRONLY | os.O_SYNC, 0o640)); os.sync()"
    command = Command(argv=(sys.executable, "-S", "-c", text), cwd=str(tmp_path), env={"LD_PRELOAD": str(library)})
    ended = processes.run(command, timeout=20)
    assert ended.is_well, ended.trouble
    assert made.stat().st_mode & 0o777 == 0o640 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


TINY = """
#include <stdio.h>
int main(void) {
    volatile double tiny = 0x1p-1060;
    puts(tiny * 0.5 == 0 ? "zero" : "tiny");
    return 0;
}
"""


@ON_LINUX
def test_tiny_numbers_count_as_zero_when_toggled(tmp_path: Path) -> None:
    said = []

    def listen(command: Command, *_: object) -> Run:
        ended = processes.run(command, reads_output=True, timeout=20)
        said.append(ended.output)
        return ended.run

    toggle = measure(named("tiny numbers as zero", read_host()), compiled(tmp_path, TINY), "a", runs=1, time_one=listen)
    if toggle.unavailable is not None:
        pytest.skip(toggle.unavailable)
    assert said == [b"tiny\n", b"zero\n"]
