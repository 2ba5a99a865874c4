"""A value that LLVM cannot see through: without it a chain of additions becomes one multiplication."""

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# Inline assembly, even none, aborts the process unless LLVM's assembler is there.
llvmlite.binding.initialize_native_asmparser()


@intrinsic
def keep(typing_context, value):  # type: ignore[no-untyped-def]  # numba's protocol
    """Return the int64 as it is, in whichever register it is."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        word = ir.IntType(64)
        nothing = ir.InlineAsm(ir.FunctionType(word, [word]), "", "=r,0", side_effect=True)
        return builder.call(nothing, arguments)

    return types.int64(types.int64), generate
