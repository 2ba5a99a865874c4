"""What a program waits at, by the instruction that a sample fell on and those that lead to it.

A sample's address is that of the oldest instruction that has not retired. A load that misses is it itself; what follows a
mispredicted jump is the first instruction of the right side; a division is it itself or whoever needs its result.
Kinds are tried in the order in which they are written in `kind_of`, the plainer first.
Fooled by: short loops, where everything is near a jump; a load that hits, at which little time passes all the same; a core
that shows a neighbour of the instruction it waits at; jumps that other code makes into a function.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from hwbench.evidence.samples_code import Instruction

FLAGS: Final = 64  # the register of decode.h that holds them
FIRST_CONSUMER: Final = 3  # instructions from a result to whoever waits for it
AFTER_DIVISION: Final = 2  # instructions at which a division shows whatever they need: it is several operations
CHASE: Final = 24  # instructions from a load back to those that its address hangs on
CHAINED: Final = 2  # loads that an address hangs on
SIDE: Final = 2  # instructions after a jump at which its misprediction shows
MOST_WAYS: Final = 16
ENDS: Final = ("jump", "indirect_jump", "return")
IS_AARCH64: Final = platform.machine() in ("aarch64", "arm64")
STACK: Final = frozenset({31, 29}) if IS_AARCH64 else frozenset({4})
VECTOR_REGISTERS: Final = range(32, 64) if IS_AARCH64 else range(16, 48)
NARROWEST_VECTOR: Final = 16  # bytes
FRAME: Final = frozenset({5})  # rbp, in x86-64 functions that set it up
SETS_UP_A_FRAME: Final = (b"\x55\x48\x89\xe5", b"\x55\x48\x8b\xec")  # push %rbp; mov %rsp,%rbp
PROLOGUE: Final = 48  # bytes in which that stands
FLOAT_ARITHMETIC: Final = ("float_add", "float_multiply", "float_fma", "float_other", "divide")
LONG: Final = ("multiply", "vector_multiply", *FLOAT_ARITHMETIC)  # a result takes some cycles

Asked = Callable[["Instruction"], bool]


class Code(Protocol):
    """Instructions in the order of their addresses, of a function or a part of it."""

    code: bytes

    @property
    def is_entry(self) -> bool:
        """Whether they begin with a function that is only called indirectly."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: int, /) -> Instruction: ...


def kind_of(code: Code, place: int) -> tuple[str, bool]:
    """Return the kind of wait of a sampled instruction, and for a load whether its address was loaded as well."""
    stack = stack_registers(code)
    plain = _by_work(code, place)
    if plain is not None:
        return plain, False
    source = load_of(code, place, stack)
    if source is not None:
        return "load", is_chased(code, source, stack)
    return _by_flow(code, place, stack), False


def load_of(code: Code, place: int, stack: frozenset[int]) -> int | None:
    """Return the load that a sampled instruction is or waits for, or None."""
    if _loads(code[place], stack):
        return place
    return _awaited(code, place, lambda earlier: _loads(earlier, stack))


def _by_work(code: Code, place: int) -> str | None:
    """Return the kind of what takes long by itself and is rarely mistaken, or None."""
    one = code[place]
    if not one.is_known:
        return "other"
    if _divides(one) or _awaited(code, place, _divides, AFTER_DIVISION) is not None:
        return "divide"
    if _locks(one) or any(_locks(code[source]) for source in _leads_to(code, place)):
        return "atomic"
    if one.op == "string":
        return "copying"
    return "indirect" if one.flow.startswith("indirect") or _finds_a_target(code, place) else None


def _finds_a_target(code: Code, place: int) -> bool:
    """Whether an instruction makes the address that an indirect jump right after it goes to: of a table, not of an object."""
    one = code[place]
    if one.flow != "none" or (one.loads and len(one.address) == 1):
        return False
    made = set(one.writes) - {FLAGS}
    for later in range(place + 1, min(place + 1 + SIDE, len(code))):
        next_one = code[later]
        if next_one.flow.startswith("indirect"):
            return bool(made & (next_one.reads | next_one.address))
        if next_one.flow != "none":
            return False
        made = made | next_one.writes - {FLAGS} if made & next_one.reads else made - next_one.writes
    return False


def _by_flow(code: Code, place: int, stack: frozenset[int]) -> str:
    """Return the kind of what stores, or stands near a jump and does nothing long itself."""
    one = code[place]
    before = tuple(code[source] for source in _leads_to(code, place))
    if one.flow == "conditional":
        return "branch"
    if any(stores_elsewhere(near, stack) for near in (one, *before)):
        return "store"
    if is_reached_indirectly(code, place):
        return "indirect"
    is_long = any(near.op in LONG for near in (one, *before))
    return "branch" if is_beside_a_jump(code, place) and not is_long else "other"


def stack_registers(code: Code) -> frozenset[int]:
    """Return the registers that point to the stack in this code."""
    start = code.code[:PROLOGUE]
    return STACK | FRAME if any(setting in start for setting in SETS_UP_A_FRAME) else STACK


def is_on_stack(one: Instruction, stack: frozenset[int]) -> bool:
    """Whether an access is a push, a pop, a spill or the like; an array on the stack has an index too."""
    return bool(one.address) and one.address <= stack


def widths_of(code: Code, place: int) -> list[str]:
    """Return whether an instruction or the one right before it is `vector` or `scalar_float`."""
    near = [code[place], *(code[source] for source in _leads_to(code, place))]
    kinds = ["vector"] if any(is_vector(one) for one in near) else []
    return [*kinds, "scalar_float"] if any(is_scalar_float(one) for one in near) else kinds


def is_vector(one: Instruction) -> bool:
    """Whether an instruction works on several elements at once, or moves as many between memory and a vector register."""
    if one.element_bytes:
        return one.vector_bytes > one.element_bytes
    return one.access_bytes >= NARROWEST_VECTOR and _has_vector_register(one)


def is_scalar_float(one: Instruction) -> bool:
    """Whether an instruction is float arithmetic on one element, or moves one between memory and a vector register."""
    if one.element_bytes:
        return one.op in FLOAT_ARITHMETIC and one.vector_bytes == one.element_bytes
    return one.op == "move" and one.access_bytes in (4, 8) and _has_vector_register(one)


def _has_vector_register(one: Instruction) -> bool:
    return any(register in VECTOR_REGISTERS for register in one.reads | one.writes)


def is_beside_a_jump(code: Code, place: int) -> bool:
    """Whether an instruction is among the first on either side of a conditional jump."""
    for way in _ways(code, place, SIDE):
        if any(code[earlier].flow == "conditional" for earlier in way):
            return True
        if any(code[here].is_branch_target for here in (place, *way[: SIDE - 1])):
            return True
    return code[place].is_branch_target


def is_reached_indirectly(code: Code, place: int) -> bool:
    """Whether an instruction is among the first of a function or of a block to which no direct jump leads.

    Or the one to which an indirect call returns: short functions retire at once with it.
    """
    if place and code[place - 1].flow == "indirect_call":
        return True
    for here in range(place, max(place - SIDE, -1), -1):
        if here < place and code[here].flow != "none":
            return False
        if code[here].is_indirect_only or (code.is_entry and here == _entry(code)):
            return True
    return False


def _entry(code: Code) -> int:
    return 1 if len(code) and code[0].op in ("nop", "other") and not code[0].writes else 0  # after endbr64 or bti


def _divides(one: Instruction) -> bool:
    return one.op == "divide"


def _locks(one: Instruction) -> bool:
    return one.op in ("atomic", "fence") or one.is_pause


def _loads(one: Instruction, stack: frozenset[int]) -> bool:
    return one.loads > 0 and one.flow == "none" and one.op != "string" and not is_on_stack(one, stack)


def stores_elsewhere(one: Instruction, stack: frozenset[int]) -> bool:
    """Whether an instruction stores to what is no place of its own on the stack."""
    return one.stores > 0 and one.flow == "none" and not is_on_stack(one, stack)


def _leads_to(code: Code, place: int) -> Iterator[int]:
    """Yield the places from which control comes: at a loop's start from its end alone, since it mostly comes from there."""
    source = code[place].jumped_from
    if source >= place:
        yield source
        return
    if place > 0 and code[place - 1].flow not in ENDS:
        yield place - 1
    if source >= 0 and (source != place - 1 or code[source].flow in ENDS):
        yield source


def _ways(code: Code, place: int, steps: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways on which an instruction is reached: the places before it, the nearest first. A call ends a way."""
    return islice(_all_ways(code, place, steps), MOST_WAYS)


def _all_ways(code: Code, place: int, steps: int) -> Iterator[tuple[int, ...]]:
    sources = tuple(_leads_to(code, place)) if steps else ()
    if not sources:
        yield ()
    for source in sources:
        if code[source].flow in ("call", "indirect_call"):
            yield (source,)
            continue
        for way in _all_ways(code, source, steps - 1):
            yield (source, *way)


def _awaited(code: Code, place: int, is_it: Asked, near: int = 1) -> int | None:
    """Return the instruction of a kind among the `near` before this one, or whose result this one is the first to need."""
    one = code[place]
    for way in _ways(code, place, FIRST_CONSUMER):
        wanted = (one.reads | one.address) - {FLAGS}
        for distance, source in enumerate(way):
            earlier = code[source]
            if is_it(earlier) and (distance < near or earlier.writes & wanted):
                return source
            wanted -= earlier.writes | earlier.reads | earlier.address
    return None


def is_chased(code: Code, place: int, stack: frozenset[int]) -> bool:
    """Whether a load's address hangs on a load whose own address hangs on a load: the third waits for the first two."""
    return any(_hangs_on_loads(code, place, way, stack) for way in _ways(code, place, CHASE))


def _hangs_on_loads(code: Code, place: int, way: tuple[int, ...], stack: frozenset[int]) -> bool:
    """Whether an address hangs on two loads in a row, or on the load at `place` itself a round before, on one way."""
    wanted, loads = code[place].address - stack, 0
    for source in way:
        earlier = code[source]
        if not earlier.writes & wanted:
            continue
        is_load = _loads(earlier, stack)
        loads += is_load
        if loads == CHAINED or (is_load and source == place):
            return True
        kept = frozenset() if earlier.breaks else earlier.reads
        wanted = (wanted - earlier.writes) | kept | (earlier.address if is_load else frozenset())
    return False
