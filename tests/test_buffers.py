"""Memory is aligned, touched and of the asked kind of page, or there is a reason why not."""

from __future__ import annotations

import errno
import mmap
from pathlib import Path

import numpy as np
import pytest

from hwbench.measure import buffers
from hwbench.measure.buffers import Buffer, allocate, huge_bytes_around, huge_share
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB

SMAPS = """\
00400000-00600000 r-xp 00000000 00:00 0       /usr/bin/python
Size:               2048 kB
AnonHugePages:         0 kB
7f0000000000-7f0000800000 rw-p 00000000 00:00 0
Size:               8192 kB
Rss:                8192 kB
AnonHugePages:      6144 kB
THPeligible:           1
7f0000800000-7f0000a00000 rw-p 00000000 00:00 0
Size:               2048 kB
7f0000a00000-7f0000c00000 rw-p 00000000 00:00 0
AnonHugePages:      2048 kB
"""


@pytest.fixture
def smaps(tmp_path: Path) -> Path:
    path = tmp_path / "smaps"
    path.write_text(SMAPS)
    return path


@pytest.mark.parametrize(
    ("address", "huge"),
    [
        (0x7F0000000000, 6 * MIB),
        (0x7F00007FFFFF, 6 * MIB),
        (0x400000, 0),
        (0x7F0000800000, 0),
        (0x7F0000A00000, 2 * MIB),
        (0x1000, 0),
        (0x7F0000C00000, 0),
    ],
)
def test_huge_pages_are_those_of_the_mapping_that_holds_the_address(smaps: Path, address: int, huge: int) -> None:
    assert huge_bytes_around(address, smaps) == huge


def test_the_share_on_huge_pages_is_never_above_one(smaps: Path) -> None:
    assert huge_share(0x7F0000000000, 8 * MIB, smaps) == 0.75
    assert huge_share(0x7F0000000000, 3 * MIB, smaps) == 1
    assert huge_share(0x7F0000000000, 0, smaps) == 1


def test_where_the_system_does_not_tell_nothing_is_huge(tmp_path: Path) -> None:
    assert huge_share(0x7F0000000000, 8 * MIB, tmp_path / "none") == 0


@pytest.mark.parametrize("size", [8, 4096, 100 * KIB, 3 * MIB + 8])
@pytest.mark.parametrize("alignment", [2 * MIB, 64 * KIB])
def test_memory_is_zeroed_writable_aligned_and_as_large_as_asked(size: int, alignment: int) -> None:
    buffer = allocate(size, "base", alignment)
    assert isinstance(buffer, Buffer)
    assert buffer.bytes == buffer.words.nbytes == size
    assert buffer.words.ctypes.data % alignment == 0
    assert buffer.pages == "base"
    assert not buffer.words.any()
    buffer.words[:] = 7
    assert buffer.words.sum() == 7 * (size // 8)


def test_a_view_is_the_same_memory() -> None:
    buffer = allocate(4096)
    assert isinstance(buffer, Buffer)
    buffer.view(np.uint8)[:8] = 1
    assert buffer.words[0] == 0x0101010101010101


@pytest.mark.parametrize("size", [1 << 62, 1 << 80])
@pytest.mark.parametrize("pages", ["base", "huge"])
def test_memory_that_cannot_be_had_is_a_reason(size: int, pages: buffers.Pages) -> None:
    refused = allocate(size, pages)
    assert isinstance(refused, Unavailable)
    assert str(size) in refused.reason


class StubbornMap(mmap.mmap):
    """Memory about which the system takes no advice."""

    def madvise(self, *_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_huge_pages_that_are_refused_are_a_reason_and_base_pages_need_no_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(buffers.mmap, "mmap", StubbornMap)
    refused = allocate(4096, "huge")
    assert isinstance(refused, Unavailable)
    assert "refuses huge pages" in refused.reason
    assert isinstance(allocate(4096, "base"), Buffer)


def test_a_system_without_huge_pages_on_request_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    monkeypatch.delattr(mmap, "MADV_NOHUGEPAGE", raising=False)
    refused = allocate(4096, "huge")
    assert isinstance(refused, Unavailable)
    assert "no transparent huge pages" in refused.reason
    assert isinstance(allocate(4096, "base"), Buffer)


def tell(monkeypatch: pytest.MonkeyPatch, *counts: int) -> None:
    """Let the system tell these bytes on huge pages, one at a time."""
    told = iter(counts)
    monkeypatch.setattr(buffers, "huge_bytes_around", lambda _: next(told))
    monkeypatch.setattr(buffers, "_advise", lambda *_: None)


def test_huge_pages_that_were_not_given_are_a_reason_with_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, 0, 6 * MIB)
    refused = allocate(8 * MIB, "huge")
    assert isinstance(refused, Unavailable)
    assert "75%" in refused.reason
    assert "transparent_hugepage" in refused.remedy


def test_huge_pages_of_a_neighbour_in_the_same_mapping_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, 64 * MIB, 64 * MIB)
    assert isinstance(allocate(8 * MIB, "huge"), Unavailable)
    tell(monkeypatch, 64 * MIB, 72 * MIB)
    buffer = allocate(8 * MIB, "huge")
    assert isinstance(buffer, Buffer)
    assert (buffer.pages, buffer.huge_share) == ("huge", 1)


def test_a_part_of_a_huge_page_is_rounded_up_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, 0, 4 * MIB)
    buffer = allocate(2 * MIB + 8, "huge")
    assert isinstance(buffer, Buffer)
    assert buffer.huge_share == 1
    assert buffer.bytes == 2 * MIB + 8


def test_this_system_gives_huge_pages_or_a_reason_and_base_pages_are_not_huge() -> None:
    huge = allocate(4 * MIB, "huge")
    assert isinstance(huge, Unavailable) or huge.huge_share >= buffers.ENOUGH_HUGE
    base = allocate(4 * MIB, "base")
    assert isinstance(base, Buffer)
    assert base.huge_share == 0 or not hasattr(mmap, "MADV_NOHUGEPAGE")
