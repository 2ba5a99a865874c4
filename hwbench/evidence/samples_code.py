"""Machine code of a file, taken apart where samples fell: instructions with their operands, by a small C library built on demand.

The library is the counting plugin's decoder with a decoder of lengths (c_src/counting/samples_*.c). A function is taken
apart from its start; what has no name, from the end of the function before it or a few hundred bytes ahead, which nearly
always falls into step with the real instructions. Where it does not, the sampled instruction stands alone.
Fooled by: files that changed since they were run; data among the code.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hwbench.evidence.building import build
from hwbench.evidence.samples_copying import COPYING, variants
from hwbench.host import symbols
from hwbench.records import Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARTS: Final = ("samples_code", "samples_length")
BYTES_AHEAD: Final = 512  # of code without a name, before the sampled instruction
LONGEST: Final = 1 << 18  # bytes of one function; more is taken for a mistake in the file
MOST_CODE: Final = 1 << 28  # bytes of one segment that are looked through
LONGEST_INSTRUCTION: Final = 16
ITSELF, NO_REGISTER = 254, 255
KNOWN, PAUSE, BRANCH_TARGET, INDIRECT_ONLY, BREAKS = 1, 2, 4, 8, 16
TYPES: Final = """
struct samples_operand {
    int32_t displacement, immediate;
    uint8_t base, index, scale;
    int8_t adds;
};
struct samples_instruction {
    uint32_t offset;
    int32_t target, jumped_from;
    uint8_t length, marks, op, flow, loads, stores, access_bytes, element_bytes, vector_bytes;
    uint8_t source[6], sources, address[3], addresses, target_register[3], targets;
    struct samples_operand operand;
};
size_t samples_take_apart(const uint8_t *bytes, size_t size, struct samples_instruction *out, size_t room);
size_t samples_length_x86(const uint8_t *bytes, size_t size, struct samples_operand *operand);
"""
OPS: Final = (
    "nop", "integer", "multiply", "divide", "divide", "float_add", "float_multiply", "float_fma", "divide", "divide",
    "divide", "divide", "float_other", "vector_integer", "vector_multiply", "vector_move", "transfer", "move", "branch",
    "atomic", "fence", "string", "system", "other",
)  # fmt: skip # enum op_class of decode.h; all divisions and square roots are one here
FLOWS: Final = ("none", "conditional", "jump", "call", "return", "indirect_jump", "indirect_call")


@dataclass(frozen=True)
class Operand:
    """Where a memory operand lies: base + index x scale + displacement. `None` for no register; relative: to the next instruction."""

    base: int | None
    index: int | None
    scale: int
    displacement: int

    def address(self, registers: Sequence[int], after: int) -> int:
        """Return the address, from the general registers in the order of decode.h and where the next instruction is."""
        base = 0 if self.base is None else after if self.base == ITSELF else registers[self.base]
        index = 0 if self.index is None else registers[self.index] * self.scale
        return (base + index + self.displacement) % (1 << 64)


@dataclass(frozen=True)
class Instruction:
    """One instruction: its place in its stretch, what it does, and where control comes from and goes to.

    `target` and `jumped_from` are places in the stretch, -1 for none. Registers are numbered as in decode.h.
    """

    op: str
    flow: str = "none"
    reads: frozenset[int] = frozenset()
    address: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    loads: int = 0
    stores: int = 0
    access_bytes: int = 0
    element_bytes: int = 0
    vector_bytes: int = 0
    target: int = -1
    jumped_from: int = -1
    is_known: bool = True
    is_pause: bool = False
    is_branch_target: bool = False
    is_indirect_only: bool = False
    breaks: bool = False
    operand: Operand | None = None
    immediate: int = 0
    adds: int = 0  # 1: the immediate, a register or an address is added, -1: taken away; 0: it does something else
    length: int = 0


class Stretch:
    """Code taken apart; instructions are made into records as they are asked for.

    `entry` says whether it begins with a function that is only called indirectly: asked where a sample fell there.
    """

    def __init__(self, code: bytes, *, entry: Callable[[], bool] = bool) -> None:
        ffi, library = _library()
        self._entry = entry
        self.code = code
        self._rows = ffi.new("struct samples_instruction[]", max(len(code), 1))
        self.count = int(library.samples_take_apart(code, len(code), self._rows, len(code)))
        self._made: dict[int, Instruction] = {}
        self._offsets = [self._rows[place].offset for place in range(self.count)]

    @functools.cached_property
    def is_entry(self) -> bool:
        """Whether it begins with a function that is only called indirectly."""
        return self._entry()

    def place_of(self, offset: int) -> int | None:
        """Return the place of the instruction that begins at an offset, or None where none does."""
        place = bisect.bisect_left(self._offsets, offset)
        return place if place < self.count and self._offsets[place] == offset else None

    def offset_of(self, place: int) -> int:
        """Return the offset of an instruction from the start."""
        return int(self._offsets[place])

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> Instruction:
        """Return an instruction."""
        if not 0 <= place < self.count:
            raise IndexError(place)
        if place not in self._made:
            self._made[place] = _instruction(self._rows[place])
        return self._made[place]


def _instruction(row: Any) -> Instruction:
    return Instruction(
        op=OPS[row.op],
        flow=FLOWS[row.flow],
        reads=frozenset(row.source[k] for k in range(row.sources)),
        address=frozenset(row.address[k] for k in range(row.addresses)),
        writes=frozenset(row.target_register[k] for k in range(row.targets)),
        loads=row.loads,
        stores=row.stores,
        access_bytes=row.access_bytes,
        element_bytes=row.element_bytes,
        vector_bytes=row.vector_bytes,
        target=row.target,
        jumped_from=row.jumped_from,
        is_known=bool(row.marks & KNOWN),
        is_pause=bool(row.marks & PAUSE),
        is_branch_target=bool(row.marks & BRANCH_TARGET),
        is_indirect_only=bool(row.marks & INDIRECT_ONLY),
        breaks=bool(row.marks & BREAKS),
        operand=_operand(row.operand),
        immediate=row.operand.immediate,
        adds=row.operand.adds,
        length=row.length,
    )


def _operand(row: Any) -> Operand | None:
    if not row.scale:
        return None
    base, index = (None if number == NO_REGISTER else int(number) for number in (row.base, row.index))
    return Operand(base, index, row.scale, row.displacement)


def missing() -> Unavailable | None:
    """Return why code cannot be taken apart here, or None; builds the library where it is not there yet."""
    built = _built()
    return built if isinstance(built, Unavailable) else None


def length_x86(code: bytes) -> int:
    """Return the length in bytes of the x86-64 instruction that the code begins with; 0 for none."""
    ffi, library = _library()
    return int(library.samples_length_x86(code, len(code), ffi.new("struct samples_operand *")))


def file_of(path: str) -> File:
    """Return a file's code; asking again costs nothing until the file changes."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return File(path)
    return _file(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=64)
def _file(path: str, _changed: int, _size: int) -> File:
    return File(path)


class File:
    """The code of one file, read and taken apart where it is asked for."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.symbols = symbols.read_symbols(path)
        self._stretches: dict[tuple[int, int], Stretch | None] = {}

    def function_at(self, offset: int) -> symbols.Function | None:
        """Return the function that holds an offset of the file, or None."""
        function = self.symbols.function_at_offset(offset)
        return function if function is not None and function.is_inside else None

    def is_allocator(self, offset: int) -> bool:
        """Whether an offset of the file lies in an allocator."""
        address = self.symbols.address_of(offset)
        return address is not None and any(low <= address < high for low, high in self._allocators)

    def is_copying(self, offset: int) -> bool:
        """Whether an offset of the file lies in a function that copies or fills memory."""
        function, address = self.function_at(offset), self.symbols.address_of(offset)
        if function is not None and COPYING.fullmatch(function.name):
            return True
        return address is not None and any(low <= address < high for low, high in self._variants)

    @functools.cached_property
    def _allocators(self) -> list[tuple[int, int]]:
        return symbols.allocator_ranges(self.path)

    @functools.cached_property
    def _variants(self) -> tuple[tuple[int, int], ...]:
        return variants(self.symbols)

    def find(self, offset: int) -> tuple[Stretch, int] | None:
        """Return the stretch around an offset of the file and the place in it; None where the file gives no code."""
        if not self.symbols.segments:
            return None
        start, stretch = self._around(offset)
        place = None if stretch is None else stretch.place_of(offset - start)
        if place is None:
            stretch, place = self._stretch(offset, offset + LONGEST_INSTRUCTION), 0
        return None if stretch is None or not len(stretch) else (stretch, place)

    def _around(self, offset: int) -> tuple[int, Stretch | None]:
        """Return the offset of the stretch to take apart, and the stretch: the function, or what is near."""
        function = self.symbols.function_at_offset(offset)
        start = None if function is None else self.symbols.offset_of(function.start)
        low = max(offset - BYTES_AHEAD, 0)
        if function is None or start is None or start > offset:
            return low, self._stretch(low, offset + BYTES_AHEAD)
        if function.is_inside and offset - start <= LONGEST and function.size <= LONGEST:
            end = start + max(function.size, offset - start + BYTES_AHEAD)
            return start, self._stretch(start, end, functools.partial(self._is_entry, function.start))
        low = max(low, start + function.size) if function.size <= offset - start else low
        return low, self._stretch(low, offset + BYTES_AHEAD)

    def _stretch(self, start: int, end: int, entry: Callable[[], bool] = bool) -> Stretch | None:
        key = (start, end)
        if key not in self._stretches:
            code = _read(self.path, start, end - start)
            self._stretches[key] = Stretch(code, entry=entry) if code else None
        return self._stretches[key]

    def _is_entry(self, address: int) -> bool:
        """Whether no call or far jump of the file's own code goes to one of its addresses."""
        import numpy as np  # noqa: PLC0415 - only where samples fell on a function's start

        place = int(np.searchsorted(self._call_targets, address))
        return place >= len(self._call_targets) or int(self._call_targets[place]) != address

    @functools.cached_property
    def _call_targets(self) -> NDArray[np.int64]:
        """What the code of the file calls, in order, among some numbers that mean nothing."""
        import numpy as np  # noqa: PLC0415

        parts = [np.zeros(0, np.int64)]
        for segment in self.symbols.segments:
            if segment.is_executable and segment.size <= MOST_CODE:
                code = np.frombuffer(_read(self.path, segment.offset, segment.size), np.uint8)
                parts.append(_targets(code, self.symbols.machine) + segment.address)
        return np.sort(np.concatenate(parts))


def _targets(code: NDArray[np.uint8], machine: int) -> NDArray[np.int64]:
    """Return where calls and far jumps go, from the start of the code."""
    import numpy as np  # noqa: PLC0415

    if machine == symbols.AARCH64:
        words = code[: len(code) & ~3].view("<u4").astype(np.int64)
        places = np.flatnonzero((words & 0x7C000000) == 0x14000000)
        return 4 * (places + ((words[places] & 0x3FFFFFF) ^ 0x2000000) - 0x2000000)
    places = np.flatnonzero((code[:-4] & 0xFE) == 0xE8)
    parts = sum(code[places + 1 + k].astype(np.int64) << 8 * k for k in range(4))
    return places + 5 + ((parts ^ 0x80000000) - 0x80000000)


def _read(path: str, start: int, size: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            file.seek(start)
            return file.read(size)
    except (OSError, ValueError, OverflowError):
        return b""


@functools.cache
def _built() -> Path | Unavailable:
    folder = Path(str(resources.files("hwbench.counting")))
    sources = [folder / f"{name}.c" for name in PARTS]
    headers = [folder / "samples_code.h", *sorted(folder.glob("decode*.[ch]"))]
    return build("samples", [*sources, *headers])


@functools.cache
def _library() -> tuple[Any, Any]:
    from cffi import FFI  # noqa: PLC0415 - only where code is taken apart

    built = _built()
    if isinstance(built, Unavailable):
        raise OSError(str(built))
    ffi = FFI()
    ffi.cdef(TYPES)
    return ffi, ffi.dlopen(str(built))
