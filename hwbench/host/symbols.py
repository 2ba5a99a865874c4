"""Which function holds an address: symbols of ELF files, what /proc/PID/maps says, and where memory allocators lie.

Symbols come from .symtab where there is one, else from .dynsym. A stripped library names only what it exports: an address
beyond the end of the nearest function before it belongs to one without a name, and `Function.is_inside` says so.
The allocator is a run of functions, by name. glibc's own lies before `malloc` and has no names (`_int_malloc`): the run
is extended to what its functions call, as far back as the end of the function before that is none of its.
Fooled by: parts that a compiler moved away as unlikely (`malloc.cold`); an allocator linked in without its names.
Damaged files are answered like files without symbols.
Source: elf(5), proc_pid_maps(5).
"""

from __future__ import annotations

import bisect
import functools
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE: Final = 4096
LOADED: Final = 1
EXECUTABLE: Final = 1
FUNCTION_TYPES: Final = (2, 10)  # STT_FUNC; STT_GNU_IFUNC, which chooses an implementation
SYMBOL_TABLE, DYNAMIC_SYMBOLS = 2, 11
X86_64, AARCH64 = 62, 183
MOST_CODE: Final = 1 << 20  # no allocator's run of functions is longer, but a damaged file may say so
C_ALLOCATOR: Final = re.compile(
    r"(__libc_|__)?(malloc|free|cfree|calloc|realloc|memalign|valloc|pvalloc|aligned_alloc|posix_memalign|mallinfo2?|mallopt"
    r"|malloc_(trim|usable_size|stats|info|get_state|set_state)|default_morecore)|_int_(malloc|free|realloc|memalign)\w*"
    r"|(_mid_memalign|malloc_consolidate|sysmalloc|systrim|unlink_chunk|tcache_\w+|ptmalloc_init|arena_get2?|malloc_printerr)\S*"
)
PYTHON_ALLOCATOR: Final = re.compile(
    r"_?Py(Mem|Object)_(Raw|Debug|DebugRaw)?(Malloc|Calloc|Realloc|Free)(\.\w+)*|_PyMem_(Raw)?(Strdup|Wcsdup)"
    r"|_PyObject_(Arena|Virtual)\w+|_PyMem_Arena\w+|(pymalloc|arena_map|allocate_from|insert_to_(used|free)pool|new_arena)\w*"
    r"|_mi_\w+|mi_\w+"
)
OTHER_ALLOCATORS: Final = re.compile(r"(je_|_?rjem_|mi_|_mi_|tc_)\w+")
ALLOCATOR_FILES: Final = re.compile(r"lib(je|mi|tc|hoard|snmalloc)(malloc)?[\w.-]*\.so")


@dataclass(frozen=True)
class Function:
    """A function of a file: its name, first address and size (0: unknown); whether the asked address lies within it."""

    name: str
    start: int
    size: int
    is_inside: bool


@dataclass(frozen=True)
class Segment:
    """A part of a file that is loaded: where it lies in the file and in the file's own addresses."""

    offset: int
    address: int
    size: int
    is_executable: bool


@dataclass(frozen=True)
class Symbols:
    """The functions of one file, by address; empty for what is no ELF file, or a damaged one."""

    path: Path
    machine: int = 0
    is_stripped: bool = True
    starts: tuple[int, ...] = field(default=(), repr=False)
    ends: tuple[int, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    segments: tuple[Segment, ...] = ()

    def function_at(self, address: int) -> Function | None:
        """Return the function at or nearest before an address of the file (not a loaded one)."""
        place = bisect.bisect_right(self.starts, address) - 1
        if place < 0:
            return None
        start, end = self.starts[place], self.ends[place]
        return Function(self.names[place], start, end - start, address < end or end == start)

    def function_at_offset(self, offset: int) -> Function | None:
        """Return the function at or nearest before an offset in the file."""
        address = self.address_of(offset)
        return None if address is None else self.function_at(address)

    def address_of(self, offset: int) -> int | None:
        """Return the file's own address of an offset in it; the pages that hold executable parts come first."""
        for segment in sorted(self.segments, key=lambda segment: not segment.is_executable):
            if segment.offset - segment.offset % PAGE <= offset < segment.offset + segment.size:
                return offset - segment.offset + segment.address
        return None

    def offset_of(self, address: int) -> int | None:
        """Return where in the file an address of the file lies."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                return address - segment.address + segment.offset
        return None


@dataclass(frozen=True)
class Mapping:
    """A stretch of a process's memory that comes from a file."""

    low: int
    high: int
    offset: int
    path: str
    is_executable: bool


@dataclass(frozen=True)
class Place:
    """Where in a file an address of a process lies."""

    path: str
    offset: int


def parse_maps(text: str) -> tuple[Mapping, ...]:
    """Return the mappings of files, by address, from the text of /proc/PID/maps; lines that make no sense are left out."""
    found = []
    for line in text.splitlines():
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ +(/.*)", line)
        if match:
            path = match[5].removesuffix(" (deleted)")
            found.append(Mapping(int(match[1], 16), int(match[2], 16), int(match[4], 16), path, match[3][2] == "x"))
    return tuple(sorted(found, key=lambda mapping: mapping.low))


def locate(mappings: Sequence[Mapping], address: int) -> Place | None:
    """Return the file and the offset in it that an address of the process comes from."""
    place = bisect.bisect_right(mappings, address, key=lambda mapping: mapping.low) - 1
    if place < 0 or address >= mappings[place].high:
        return None
    mapping = mappings[place]
    return Place(mapping.path, address - mapping.low + mapping.offset)


def function_of(mappings: Sequence[Mapping], address: int) -> tuple[str, Function | None] | None:
    """Return the file that holds an address of a process, and the function in it."""
    place = locate(mappings, address)
    return None if place is None else (place.path, read_symbols(place.path).function_at_offset(place.offset))


def loaded_allocators(mappings: Sequence[Mapping]) -> list[tuple[int, int]]:
    """Return the ranges of a process's addresses that hold memory allocators, by address."""
    ranges = []
    for mapping in mappings:
        if not mapping.is_executable:
            continue
        symbols = read_symbols(mapping.path)
        for low, high in allocator_ranges(mapping.path):
            offset = symbols.offset_of(low)
            if offset is not None and mapping.offset <= offset < mapping.offset + mapping.high - mapping.low:
                start = mapping.low + offset - mapping.offset
                ranges.append((start, min(start + high - low, mapping.high)))
    return sorted(ranges)


def read_symbols(path: str | Path) -> Symbols:
    """Return the functions of a file; reading it again costs nothing until it changes."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return Symbols(Path(path))
    return _read(str(path), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=64)
def _read(path: str, _changed: int, size: int) -> Symbols:
    try:
        with Path(path).open("rb") as file:
            return _parse(file, Path(path), size)
    except (OSError, ValueError, struct.error, IndexError, OverflowError):
        return Symbols(Path(path))


def _parse(file: BinaryIO, path: Path, size: int) -> Symbols:
    head = file.read(64)
    if head[:5] != b"\x7fELF\x02" or head[5] not in (1, 2):  # 64 bits, little or big end first
        return Symbols(path)
    order = "<" if head[5] == 1 else ">"
    fields = struct.unpack(order + "16xHHIQQQIHHHHHH", head)
    machine, (segments_at, sections_at), (segments, sections) = fields[1], fields[4:6], (fields[9], fields[11])
    loaded = tuple(_segments(_bytes_at(file, segments_at, 56 * segments), order))
    tables = _tables(file, order, sections_at, sections)
    found: dict[int, tuple[int, str]] = {}
    for symbols_at, symbols_size, strings_at, strings_size in tables.values():
        names = _bytes_at(file, strings_at, min(strings_size, size))
        _functions(_bytes_at(file, symbols_at, min(symbols_size, size)), names, order, found)
    starts = tuple(sorted(found))
    ends = tuple(start + found[start][0] for start in starts)
    return Symbols(path, machine, SYMBOL_TABLE not in tables, starts, ends, tuple(found[s][1] for s in starts), loaded)


def _bytes_at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _segments(table: bytes, order: str) -> Iterator[Segment]:
    whole = table[: len(table) - len(table) % 56]
    for kind, flags, offset, address, _, size, _, _ in struct.iter_unpack(order + "IIQQQQQQ", whole):
        if kind == LOADED and size:
            yield Segment(offset, address, size, bool(flags & EXECUTABLE))


def _tables(file: BinaryIO, order: str, at: int, count: int) -> dict[int, tuple[int, int, int, int]]:
    """Return, by kind, each table of symbols: where it and its strings lie, and how long they are."""
    headers = _bytes_at(file, at, 64 * count)
    whole = headers[: len(headers) - len(headers) % 64]
    sections = list(struct.iter_unpack(order + "IIQQQQIIQQ", whole))
    tables = {}
    for _, kind, _, _, offset, size, link, *_ in sections:
        if kind in (SYMBOL_TABLE, DYNAMIC_SYMBOLS) and link < len(sections):
            tables[kind] = (offset, size, sections[link][4], sections[link][5])
    return tables


def _functions(table: bytes, names: bytes, order: str, found: dict[int, tuple[int, str]]) -> None:
    """Add each defined function of a table: its size and its plainest name, by address."""
    whole = table[: len(table) - len(table) % 24]
    for name_at, info, _, section, address, size in struct.iter_unpack(order + "IBBHQQ", whole):
        if info & 15 not in FUNCTION_TYPES or section == 0 or name_at >= len(names):
            continue
        name = names[name_at : names.find(b"\0", name_at)].decode("utf-8", "replace").partition("@")[0]
        known = found.get(address)
        if known is None or _plainness(name) < _plainness(known[1]):
            found[address] = (max(size, known[0] if known else 0), name)


def _plainness(name: str) -> tuple[int, int, str]:
    """Rank the names of one address: `malloc` before `__libc_malloc`."""
    return (len(name) - len(name.lstrip("_")), len(name), name)


def allocator_ranges(path: str | Path) -> list[tuple[int, int]]:
    """Return the ranges of a file's addresses (low, high: just beyond) that hold a memory allocator, by address."""
    symbols = read_symbols(path)
    if ALLOCATOR_FILES.match(Path(path).name):
        return [(part.address, part.address + part.size) for part in symbols.segments if part.is_executable]
    patterns = [OTHER_ALLOCATORS]
    names = set(symbols.names)
    if "PyObject_Malloc" in names:
        patterns.append(PYTHON_ALLOCATOR)
    if {"malloc", "free"} <= names:
        patterns.append(C_ALLOCATOR)
    is_member = [any(pattern.fullmatch(name) for pattern in patterns) for name in symbols.names]
    return _merged(_extended(symbols, first, last) for first, last in _runs(is_member))


def _runs(is_member: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each stretch of members."""
    first = None
    for place, member in enumerate([*is_member, False]):
        if member and first is None:
            first = place
        if not member and first is not None:
            yield first, place - 1
            first = None


def _extended(symbols: Symbols, first: int, last: int) -> tuple[int, int]:
    """Return the addresses of a run; without .symtab, with the nameless functions that it calls or that follow it."""
    low, high = symbols.starts[first], symbols.ends[last]
    if not symbols.is_stripped:
        return low, high
    floor = symbols.ends[first - 1] if first else low
    if last + 1 < len(symbols.starts) and symbols.starts[last + 1] - high < PAGE:
        high = symbols.starts[last + 1]
    unread = (low, high)
    while unread[0] < unread[1]:
        called = [target for target in _call_targets(symbols, *unread) if floor <= target < low]
        unread = (min(called, default=low), low)
        low = unread[0]
    return low, high


def _call_targets(symbols: Symbols, low: int, high: int) -> Iterator[int]:
    """Yield the addresses that the code of a range calls or jumps to far away, among some that mean nothing."""
    offset = symbols.offset_of(low)
    try:
        with symbols.path.open("rb") as file:
            code = b"" if offset is None else _bytes_at(file, offset, min(high - low, MOST_CODE))
    except (OSError, ValueError, OverflowError):
        return
    if symbols.machine == X86_64:
        for match in re.finditer(rb"[\xe8\xe9](?=(.{4}))", code, re.DOTALL):
            yield low + match.start() + 5 + int.from_bytes(match[1], "little", signed=True)
    elif symbols.machine == AARCH64:
        for place, (word,) in enumerate(struct.iter_unpack("<I", code[: len(code) & ~3])):
            if word & 0x7C000000 == 0x14000000:
                distance = ((word & 0x3FFFFFF) ^ 0x2000000) - 0x2000000
                yield low + 4 * (place + distance)


def _merged(ranges: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        elif low < high:
            merged.append((low, high))
    return merged
