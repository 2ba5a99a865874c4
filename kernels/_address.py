"""A load from an absolute address, which numba has no words for: one LLVM load, no more."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def load_word(typing_context, address):  # type: ignore[no-untyped-def]  # numba's protocol
    """Return the int64 at an absolute address (an int64)."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer)

    return types.int64(types.int64), generate
