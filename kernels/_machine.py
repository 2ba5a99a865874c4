"""What numba has no words for: values the optimiser knows nothing of, selection without a branch, a prefetch.

An empty piece of inline assembly takes a value in a register and gives it back: no instruction is added, and the optimiser
can neither fold, vectorise nor turn a branch into a selection across it. c_src/keep.h does the same.
"""

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

llvmlite.binding.initialize_native_asmparser()  # without it, inline assembly ends the process
IS_X86 = llvmlite.binding.get_process_triple().startswith("x86_64")
IS_ARM = llvmlite.binding.get_process_triple().startswith(("aarch64", "arm64"))
FLOAT_REGISTER = "v" if IS_X86 else "w" if IS_ARM else "f"
WORD = ir.IntType(64)


def kept(builder, value, text=""):
    """Return an LLVM value that the optimiser takes for another; `text` tells two such places apart."""
    is_word = isinstance(value.type, (ir.IntType, ir.PointerType))
    register = "r" if is_word else FLOAT_REGISTER
    kind = ir.FunctionType(value.type, [value.type])
    comment = f"/* {text} */" if text else ""
    return builder.asm(kind, comment, f"={register},0", [value], side_effect=True)


@intrinsic
def keep_above(typing_context, value):
    """Return the int64, on the side of a branch named above."""
    return types.int64(types.int64), lambda context, builder, signature, arguments: kept(builder, arguments[0], "above")


@intrinsic
def keep_below(typing_context, value):
    """Return the int64, on the side of a branch named below."""
    return types.int64(types.int64), lambda context, builder, signature, arguments: kept(builder, arguments[0], "below")


@intrinsic
def select_less(typing_context, a, b, yes, no):
    """Return `yes` if a < b, else `no`, by a conditional move: LLVM makes a branch of its own select in a loop of loads."""

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(WORD, [WORD] * 4)
        first, second, chosen, other = arguments
        if IS_X86:
            text, clobbers = "cmpq $2, $1\n\tcmovlq $3, $0", ",~{flags},~{dirflag},~{fpsr}"
        elif IS_ARM:
            text, clobbers = "cmp $1, $2\n\tcsel $0, $3, $0, lt", ",~{cc}"
        else:
            return builder.select(builder.icmp_signed("<", first, second), chosen, other)
        return builder.asm(kind, text, f"=&r,r,r,r,0{clobbers}", [first, second, chosen, other], side_effect=False)

    return types.int64(types.int64, types.int64, types.int64, types.int64), generate


@intrinsic
def prefetch(typing_context, address):
    """Ask for the line at an absolute address to be brought near; the address need not be valid."""

    def generate(context, builder, signature, arguments):
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        switch = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, switch, switch, switch])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, switch(0), switch(3), switch(1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def trailing_ones(typing_context, value):
    """Return how many of the lowest bits of the int64 are set before the first that is not."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(builder.not_(arguments[0]), ir.IntType(1)(0))

    return types.int64(types.int64), generate


@intrinsic
def count_less(typing_context, address, query):
    """Return how many of the eight int64 from an absolute address on are less than `query`, by one comparison of vectors."""

    def generate(context, builder, signature, arguments):
        eight = ir.VectorType(WORD, 8)
        keys = builder.load(builder.inttoptr(arguments[0], eight.as_pointer()), align=8)
        one = builder.insert_element(ir.Constant(eight, ir.Undefined), arguments[1], ir.IntType(32)(0))
        wanted = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8))
        bits = builder.bitcast(builder.icmp_signed("<", keys, wanted), ir.IntType(8))
        return builder.zext(builder.ctpop(bits), WORD)

    return types.int64(types.int64, types.int64), generate
