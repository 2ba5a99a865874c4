"""Branches whose direction or target comes from an array, and calls. Twin of c_src/branch.c.

The arms are kept apart by empty inline assembly, so LLVM can make neither a selection nor a table of them. The jump and the
calls are written in LLVM's own words: a switch of 64 cases is a jump through a table, and a function of ours is not inlined.
There is no direct call: numba's code model loads every address into a register and calls that.
"""

from hwbench.kernels._jit import kernel
from hwbench.kernels._machine import WORD, keep_above, keep_below, kept
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

TARGETS = 64
CALLS = 16


@intrinsic
def jump_and_add(typing_context, target, total):
    """Jump to one of 64 places, by `target` modulo 64, which adds target + 1; return the sum."""

    def generate(context, builder, signature, arguments):
        number, before = builder.and_(arguments[0], WORD(TARGETS - 1)), arguments[1]
        after, nowhere = builder.append_basic_block("after"), builder.append_basic_block("nowhere")
        switch = builder.switch(number, nowhere)
        results = []
        for k in range(TARGETS):
            place = builder.append_basic_block(f"target{k}")
            switch.add_case(WORD(k), place)
            builder.position_at_end(place)
            results.append((kept(builder, builder.add(before, WORD(k + 1)), f"target {k}"), place))
            builder.branch(after)
        builder.position_at_end(nowhere)
        builder.unreachable()
        builder.position_at_end(after)
        sum_ = builder.phi(WORD)
        for result, place in results:
            sum_.add_incoming(result, place)
        return sum_

    return types.int64(types.int64, types.int64), generate


@kernel
def conditional(outcomes, position, count, repeats):
    """Take one conditional branch a repeat, as outcomes[p] says; return 3 a non-zero outcome and 1 a zero one."""
    if count < 1:
        return -1
    p, left, total = position[0], repeats, 0
    while left > 0:
        end = min(count, p + left)
        left -= end - p
        for k in range(p, end):
            if outcomes[k] != 0:
                total = keep_above(total + 3)
            else:
                total = keep_below(total + 1)
        p = 0 if end == count else end
    position[0] = p
    return total


@kernel
def indirect(targets, position, count, repeats):
    """Take one indirect jump a repeat, to targets[p] modulo 64; return the sum of (target + 1)."""
    if count < 1:
        return -1
    p, left, total = position[0], repeats, 0
    while left > 0:
        end = min(count, p + left)
        left -= end - p
        for k in range(p, end):
            total = jump_and_add(types.int64(targets[k]), total)
        p = 0 if end == count else end
    position[0] = p
    return total


def _adder(module):
    """Return the function that the calls call, put into the module at its first use."""
    name = "hwbench_branch_add"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(WORD, [WORD, WORD]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    builder.ret(builder.add(kept(builder, function.args[0]), function.args[1]))
    return function


@intrinsic
def add_in_place(typing_context, total, step):
    """Add `step` 16 times."""

    def generate(context, builder, signature, arguments):
        value, step_value = arguments
        for _ in range(CALLS):
            value = builder.add(kept(builder, value), step_value)
        return value

    return types.int64(types.int64, types.int64), generate


@intrinsic
def add_by_pointer(typing_context, total, step):
    """Add `step` 16 times, each time in a function that is called through a pointer."""

    def generate(context, builder, signature, arguments):
        value, step_value = arguments
        pointer = cgutils.alloca_once_value(builder, _adder(builder.module))
        for _ in range(CALLS):
            builder.store(kept(builder, builder.load(pointer)), pointer)
            value = builder.call(builder.load(pointer), [value, step_value])
        return value

    return types.int64(types.int64, types.int64), generate


@kernel
def call_none(step, repeats):
    """Add `step` 16 times a repeat, in place."""
    total = 0
    for _ in range(repeats):
        total = add_in_place(total, step)
    return total


@kernel
def call_indirect(step, repeats):
    """Add `step` 16 times a repeat, in a function that is called through a pointer."""
    total = 0
    for _ in range(repeats):
        total = add_by_pointer(total, step)
    return total
