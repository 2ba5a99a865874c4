"""The loop around an access in machine code: which access is waited for, by which step its address moves, what is stored before it.

Only what the instructions tell for certain: a register that the loop changes by anything but adding has no step.
Fooled by: loops without a jump back in the same stretch of code; what is stored in a function that the loop calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hwbench.evidence.samples_kinds import FLAGS, Code, is_chased, load_of, stack_registers, stores_elsewhere

if TYPE_CHECKING:
    from hwbench.evidence.samples_code import Instruction

LOOK_ALIKE: Final = 4096  # bytes: a load and an earlier store that differ above are first taken for the same
LONGEST_LOOP: Final = 200  # instructions from an access to the end of its loop


def access_of(code: Code, place: int) -> int | None:
    """Return the access that a sampled instruction waits at, if its address can be told from the registers there; else None.

    A load that writes over its own address tells the next one, if that is an address too.
    """
    stack = stack_registers(code)
    source = load_of(code, place, stack)
    if source is None and stores_elsewhere(code[place], stack):
        source = place
    if source is None or code[source].operand is None:
        return None
    if source == place:
        return source
    between = [code[each] for each in range(source + 1, place)]
    if any(each.writes & code[source].address for each in between):
        return None
    is_over = bool(code[source].writes & code[source].address)
    return source if not is_over or is_chased(code, source, stack) else None


def step_of(code: Code, place: int, registers: Sequence[int]) -> int:
    """Return by how many bytes the loop around an access moves its address each time, where it does so by adding; else 0.

    `registers` are those of some moment in the loop: what is added may stand in one.
    """
    operand = code[place].operand
    loop = [code[each] for each in _loop_around(code, place)]
    written = frozenset().union(*(each.writes for each in loop)) if loop else frozenset()
    step = 0
    for number, scale in () if operand is None else ((operand.base, 1), (operand.index, operand.scale)):
        for one in loop:
            if number is None or number not in one.writes:
                continue
            added = _added(one, number, written, registers)
            if added is None:
                return 0
            step += added * scale
    return step


def is_behind_a_store(code: Code, place: int, registers: Sequence[int]) -> bool:
    """Whether a load waits for a store of its loop: one to some of its bytes, or to others that look alike by their low bits."""
    load, operand = code[place], code[place].operand
    if operand is None or not load.loads or load.stores:
        return False
    wanted = operand.address(registers, 0)
    for each in _loop_around(code, place):
        store = code[each]
        if not store.stores or store.operand is None or store.flow != "none":
            continue
        before = step_of(code, each, registers) if each > place else 0  # what stands later was stored a round ago
        apart = (wanted - store.operand.address(registers, 0) + before) % LOOK_ALIKE
        if apart < max(store.access_bytes, 1) or LOOK_ALIKE - apart < max(load.access_bytes, 1):
            return True
    return False


def _added(one: Instruction, number: int, written: frozenset[int], registers: Sequence[int]) -> int | None:
    """Return what an instruction adds to a register, the same each time; None where it does something else to it."""
    others = (one.reads | one.address) - {number, FLAGS}
    if not one.adds or one.loads or len(others) > 1 or others & written or max(others, default=0) >= len(registers):
        return None
    if one.operand is not None:  # lea
        if (one.operand.base, one.operand.index).count(number) != 1 or (
            one.operand.index == number and one.operand.scale > 1
        ):
            return None
        rest = [0 if each == number else word for each, word in enumerate(registers)]
        return _signed(one.operand.address(rest, 0))
    if number not in one.reads:
        return None
    return one.adds * (_signed(registers[min(others)]) if others else one.immediate)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def _loop_around(code: Code, place: int) -> range:
    """Return the places of the innermost loop around one: from where a later jump goes back to, up to that jump."""
    for end in range(place, min(place + LONGEST_LOOP, len(code))):
        if 0 <= code[end].target <= place and code[end].flow in ("conditional", "jump"):
            return range(code[end].target, end + 1)
    return range(0)
