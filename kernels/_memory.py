"""Memory traffic that numba must keep: loads and stores at absolute addresses that LLVM does not remove, merge or move.

They are relaxed ("monotonic") atomics, which on every CPU we know are plain loads and stores; that is as near to C's
volatile as LLVM's Python binding comes. `add_word`, `wait_load` and `publish` are the ordered ones that threads need.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

WORD, HALF = ir.IntType(64), ir.IntType(32)


def _pointer(builder, address, to):  # type: ignore[no-untyped-def]  # llvmlite is not typed
    return builder.inttoptr(address, to.as_pointer())


def _reader(to, order, align):  # type: ignore[no-untyped-def]
    @intrinsic
    def read(typing_context, address):  # type: ignore[no-untyped-def]
        """Return the integer at an absolute address (an int64), widened to int64 with zeros."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            value = builder.load_atomic(_pointer(builder, arguments[0], to), order, align)
            return value if to is WORD else builder.zext(value, WORD)

        return types.int64(types.int64), generate

    return read


def _writer(to, order, align):  # type: ignore[no-untyped-def]
    @intrinsic
    def write(typing_context, address, value):  # type: ignore[no-untyped-def]
        """Write the lower bits of an int64 to an absolute address (an int64)."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            value = arguments[1] if to is WORD else builder.trunc(arguments[1], HALF)
            builder.store_atomic(value, _pointer(builder, arguments[0], to), order, align)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    return write


read_word, write_word = _reader(WORD, "monotonic", 8), _writer(WORD, "monotonic", 8)
read_half, write_half = _reader(HALF, "monotonic", 4), _writer(HALF, "monotonic", 4)
wait_load, publish = _reader(WORD, "acquire", 8), _writer(WORD, "release", 8)


@intrinsic
def read_loose(typing_context, address):  # type: ignore[no-untyped-def]
    """Return the int64 at an absolute address of no alignment: a plain load, kept if the next address depends on it."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.load(_pointer(builder, arguments[0], WORD), align=1)

    return types.int64(types.int64), generate


@intrinsic
def add_word(typing_context, address, value):  # type: ignore[no-untyped-def]
    """Add to the int64 at an absolute address atomically, sequentially consistent; return what was there."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.atomic_rmw("add", _pointer(builder, arguments[0], WORD), arguments[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate
