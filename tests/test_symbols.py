"""Functions and allocators of ELF files: on a file made here byte by byte, on damaged ones, and on this process's own."""

from __future__ import annotations

import ctypes
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from hwbench.host.symbols import (
    AARCH64,
    DYNAMIC_SYMBOLS,
    SYMBOL_TABLE,
    X86_64,
    Mapping,
    Place,
    allocator_ranges,
    function_of,
    loaded_allocators,
    locate,
    parse_maps,
    read_symbols,
)

TEXT_OFFSET, TEXT_ADDRESS, TEXT_SIZE = 0x1000, 0x401000, 0x1000
FUNCTION, OBJECT = 2, 1


@dataclass(frozen=True)
class Entry:
    """A symbol of the made file."""

    name: str
    address: int
    size: int
    kind: int = FUNCTION
    section: int = 1


def make_elf(
    entries: list[Entry], kind: int = SYMBOL_TABLE, machine: int = X86_64, code: dict[int, bytes] | None = None
) -> bytes:
    """Return an ELF file of one executable segment, whose symbols these are; `code` is what stands at some addresses."""
    names = b"\0"
    table = bytes(24)
    for entry in entries:
        table += struct.pack("<IBBHQQ", len(names), entry.kind, 0, entry.section, entry.address, entry.size)
        names += entry.name.encode() + b"\0"
    text = bytearray(TEXT_SIZE)
    for address, written in (code or {}).items():
        text[address - TEXT_ADDRESS : address - TEXT_ADDRESS + len(written)] = written
    table_at = TEXT_OFFSET + TEXT_SIZE
    names_at, sections_at = table_at + len(table), table_at + len(table) + len(names)
    sections = bytes(64)
    sections += struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, table_at, len(table), 2, 0, 8, 24)
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, sections_at, 0, 64, 56, 1, 64, 3, 2)
    segment = struct.pack("<IIQQQQQQ", 1, 5, TEXT_OFFSET, TEXT_ADDRESS, TEXT_ADDRESS, TEXT_SIZE, TEXT_SIZE, 4096)
    return (head + segment).ljust(TEXT_OFFSET, b"\0") + bytes(text) + table + names + sections


PLAIN = [
    Entry("second", 0x401100, 0x20),
    Entry("first", 0x401000, 0x40),
    Entry("__second_too", 0x401100, 0x20),
    Entry("a_variable", 0x401050, 8, OBJECT),
    Entry("from_elsewhere", 0, 0, FUNCTION, 0),
    Entry("sizeless", 0x401200, 0),
]
EXPORTED = [
    Entry("before", 0x401000, 0x20),
    Entry("malloc", 0x401200, 0x40),
    Entry("free", 0x401240, 0x30),
    Entry("after", 0x401300, 0x10),
    Entry("malloc_trim", 0x401400, 0x10),
]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain"
    path.write_bytes(make_elf(PLAIN))
    return path


def test_the_function_at_an_address_is_the_nearest_before_it(plain: Path) -> None:
    symbols = read_symbols(plain)
    told = {
        address: symbols.function_at(address)
        for address in (0x401000, 0x40103F, 0x401050, 0x4010FF, 0x401100, 0x401900)
    }
    assert [f and (f.name, f.is_inside) for f in told.values()] == [
        ("first", True),
        ("first", True),
        ("first", False),
        ("first", False),
        ("second", True),
        ("sizeless", True),
    ]
    assert symbols.function_at(0x400FFF) is None


def test_of_several_names_of_one_function_the_plainest_is_told(plain: Path) -> None:
    assert read_symbols(plain).names == ("first", "second", "sizeless")


def test_offsets_and_addresses_of_a_file_are_turned_into_each_other(plain: Path) -> None:
    symbols = read_symbols(plain)
    assert symbols.address_of(TEXT_OFFSET + 0x123) == TEXT_ADDRESS + 0x123
    assert symbols.offset_of(TEXT_ADDRESS + 0x123) == TEXT_OFFSET + 0x123
    assert symbols.address_of(TEXT_OFFSET + TEXT_SIZE) is None
    assert symbols.offset_of(TEXT_ADDRESS - 1) is None
    found = symbols.function_at_offset(TEXT_OFFSET + 0x110)
    assert found is not None
    assert found.name == "second"


def test_a_changed_file_is_read_again(plain: Path) -> None:
    assert read_symbols(plain).starts
    plain.write_bytes(make_elf([*PLAIN, Entry("third", 0x401500, 4)]))
    assert "third" in read_symbols(plain).names


def test_a_damaged_file_has_no_symbols_or_fewer_and_raises_nothing(tmp_path: Path) -> None:
    whole = make_elf(EXPORTED, DYNAMIC_SYMBOLS)
    structure = [*range(96), *range(TEXT_OFFSET + TEXT_SIZE, len(whole), 5)]
    path = tmp_path / "damaged"
    for size in (*range(0, 200, 3), *range(TEXT_OFFSET + TEXT_SIZE, len(whole), 7)):
        path.write_bytes(whole[:size])
        assert len(read_symbols(path).starts) <= len(EXPORTED)
        assert isinstance(allocator_ranges(path), list)
    for place in structure:
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :] + bytes(place))
        assert len(read_symbols(path).starts) <= len(EXPORTED)
        assert isinstance(allocator_ranges(path), list)


@pytest.mark.parametrize("name", ["no such file", "a\0b", "."])
def test_what_is_no_file_has_no_symbols(name: str, tmp_path: Path) -> None:
    assert read_symbols(tmp_path / name).starts == ()
    assert allocator_ranges(tmp_path / name) == []


MAPS = """\
00400000-00401000 r--p 00000000 fe:01 123                                /usr/bin/a program
00401000-00403000 r-xp 00001000 fe:01 123                                /usr/bin/a program
7f0000000000-7f0000002000 r-xp 00003000 fe:01 9                          /tmp/gone.so (deleted)
7f0000010000-7f0000011000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
nonsense
"""


def test_a_line_of_maps_becomes_a_mapping_where_it_names_a_file() -> None:
    mappings = parse_maps(MAPS)
    assert mappings[1] == Mapping(0x401000, 0x403000, 0x1000, "/usr/bin/a program", True)
    assert [mapping.path for mapping in mappings[2:]] == ["/tmp/gone.so"]  # noqa: S108
    assert parse_maps("") == ()


def test_an_address_is_located_in_the_mapping_that_holds_it_and_in_no_other() -> None:
    mappings = parse_maps(MAPS)
    assert locate(mappings, 0x401234) == Place("/usr/bin/a program", 0x1234)
    assert locate(mappings, 0x402FFF) == Place("/usr/bin/a program", 0x2FFF)
    assert [locate(mappings, address) for address in (0, 0x403000, 0x7F0000010000, 1 << 63)] == [None] * 4


def call_x86(at: int, target: int) -> bytes:
    return b"\xe8" + struct.pack("<i", target - at - 5)


def call_aarch64(at: int, target: int) -> bytes:
    return struct.pack("<I", 0x94000000 | ((target - at) // 4 & 0x3FFFFFF))


@pytest.mark.parametrize(("machine", "call"), [(X86_64, call_x86), (AARCH64, call_aarch64)])
def test_the_allocator_reaches_back_to_the_nameless_functions_that_it_calls(machine: int, call, tmp_path: Path) -> None:
    code = {
        0x401210: call(0x401210, 0x401180),  # malloc calls a nameless function,
        0x401190: call(0x401190, 0x401140),  # which calls another;
        0x401220: call(0x401220, 0x401004),  # and one that has a name and is none of its
    }
    path = tmp_path / "libc.so"
    path.write_bytes(make_elf(EXPORTED, DYNAMIC_SYMBOLS, machine, code))
    assert allocator_ranges(path) == [(0x401140, 0x401300), (0x401400, 0x401410)]


def test_with_all_names_there_the_allocator_is_just_its_functions(tmp_path: Path) -> None:
    path = tmp_path / "libc.so"
    path.write_bytes(make_elf([*EXPORTED, Entry("_int_malloc", 0x4011F0, 0x10)], SYMBOL_TABLE))
    assert allocator_ranges(path) == [(0x4011F0, 0x401270), (0x401400, 0x401410)]


def test_a_file_without_an_allocator_has_no_ranges(plain: Path) -> None:
    assert allocator_ranges(plain) == []


def test_all_code_of_an_allocator_library_is_the_allocator(tmp_path: Path) -> None:
    for name in ("libjemalloc.so.2", "libmimalloc.so.2.1", "libtcmalloc_minimal.so.4"):
        (tmp_path / name).write_bytes(make_elf(PLAIN))
        assert allocator_ranges(tmp_path / name) == [(TEXT_ADDRESS, TEXT_ADDRESS + TEXT_SIZE)]


@pytest.fixture
def own_mappings() -> tuple[Mapping, ...]:
    maps = Path("/proc/self/maps")
    if sys.platform != "linux" or not maps.exists():
        pytest.skip("there is no /proc/self/maps")
    return parse_maps(maps.read_text())


def address_in_this_process(name: str, library: ctypes.CDLL) -> int:
    address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    assert address is not None
    return address


@pytest.mark.parametrize("name", ["qsort", "PyList_New", "PyDict_SetItem"])
def test_functions_of_this_process_are_found_by_their_addresses(name: str, own_mappings) -> None:
    address = address_in_this_process(name, ctypes.pythonapi if name.startswith("Py") else ctypes.CDLL(None))
    found = function_of(own_mappings, address + 1)
    assert found is not None
    assert found[1] is not None
    assert found[1].name == name
    assert found[1].is_inside


def test_this_process_s_allocators_hold_malloc_and_python_s_and_nothing_else_that_was_tried(own_mappings) -> None:
    ranges = loaded_allocators(own_mappings)
    own = [mapping.path for mapping in own_mappings if re.match(r"libc[.-]", Path(mapping.path).name)]
    c_library = ctypes.CDLL(own[0] if own else None)  # of a fixed executable, the process's own `malloc` is a stub

    def is_allocator(name: str) -> bool:
        address = address_in_this_process(name, ctypes.pythonapi if name.startswith("Py") else c_library)
        return any(low <= address < high for low, high in ranges)

    assert all(map(is_allocator, ["malloc", "free", "calloc", "realloc", "PyObject_Malloc", "PyMem_Free"]))
    others = ["strtol", "qsort", "fopen", "getenv", "timer_settime", "PyList_New", "PyObject_GetAttr", "PyDict_SetItem"]
    assert not any(map(is_allocator, others))
    assert sum(high - low for low, high in ranges) < 200_000
