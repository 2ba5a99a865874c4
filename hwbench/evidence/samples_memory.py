"""Code that stands in no file, read from the program's memory while it runs: what compilers make at run time.

Each time the buffers are drained, the pages around new samples are copied from /proc/PID/mem. A program that has ended by
then keeps its secret: its samples stay `unknown`.
Fooled by: code that is written over after it was read; systems that forbid reading a child's memory (hidepid, seccomp).
Source: proc_pid_mem(5), ptrace(2) on who may.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

from hwbench.evidence import samples_ring
from hwbench.evidence.samples_code import BYTES_AHEAD, Stretch

PIECE: Final = 4096  # bytes that are read at once; no larger than any system's page
NEIGHBOURS: Final = (0, -1, 1)  # the pieces that are read: the sampled one first
MOST_PIECES: Final = 1 << 14  # that are kept: 64 MiB


class Memory:
    """The pieces of memory that samples fell on, and those beside them, by process."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], bytes] = {}

    def look(self, data: bytes) -> None:
        """Read what the samples of some new records fell on, unless it is there already."""
        with suppress(struct.error):
            for kind, _, body in samples_ring.records(data):
                if kind == samples_ring.RECORD_SAMPLE:
                    address, pid = struct.unpack_from("=QI", body)
                    self._keep(pid, address // PIECE)

    def _keep(self, pid: int, number: int) -> None:
        if (pid, number) in self._pieces or len(self._pieces) > MOST_PIECES:
            return
        with suppress(OSError, OverflowError), Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
            for near in (number + step for step in NEIGHBOURS):
                if (pid, near) not in self._pieces:
                    file.seek(near * PIECE)
                    self._pieces[pid, near] = file.read(PIECE)

    def find(self, pid: int, address: int) -> tuple[Stretch, int] | None:
        """Return the code around an address, and the place in it; None where it was not read."""
        number, ahead = address // PIECE, min(address % PIECE, BYTES_AHEAD)
        piece = self._pieces.get((pid, number), b"")[address % PIECE - ahead :]
        if len(piece) <= ahead:
            return None
        before = self._pieces.get((pid, number - 1), b"")[-(BYTES_AHEAD - ahead) or PIECE :]
        code = before + piece + self._pieces.get((pid, number + 1), b"")
        code = code[: len(before) + ahead + BYTES_AHEAD]
        stretch = Stretch(code)
        place = stretch.place_of(len(before) + ahead)
        if place is None:
            return Stretch(code[len(before) + ahead :]), 0
        return stretch, place
