"""Arithmetic by operation and type: dependent chains, independent chains, and the FLOP roof. Twin of c_src/chain.c.

The operations of a repeat are written out in LLVM's own words, each result passed through an empty piece of inline assembly:
numba would otherwise fold a chain of additions into one, and pack independent chains into vectors. One function serves all
types of an operation, since numba compiles it anew for each.
"""

import llvmlite.binding
from hwbench.kernels._jit import kernel
from hwbench.kernels._machine import kept
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

CHAIN_LENGTH = 64
SPREAD_LENGTH = 120
INTEGER_CHAINS = 10
FLOAT_CHAINS = 12
PEAK_ELEMENTS = {types.float64: 768, types.float32: 1536}


def _function(builder, name, kind, arguments):
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * len(arguments)), name)
    return builder.call(function, arguments)


def _fused(builder, x, y, z):
    return _function(builder, f"llvm.fma.{x.type.intrinsic_name}", x.type, [x, y, z])


def _root(builder, x):
    return _function(builder, f"llvm.sqrt.{x.type.intrinsic_name}", x.type, [x])


def _is_word(x):
    return isinstance(x.type, ir.IntType)


def _add(builder, x, y, z):
    return builder.add(x, y) if _is_word(x) else builder.fadd(x, y)


def _multiply(builder, x, y, z):
    return builder.mul(x, y) if _is_word(x) else builder.fmul(x, y)


def _divide(builder, x, y, z):
    return builder.sdiv(y, x) if _is_word(x) else builder.fdiv(y, x)


def _root_times(builder, x, y, z):
    return builder.fmul(_root(builder, x), y)


def _root_alone(builder, x, y, z):
    return _root(builder, y)


def _chained(operation):
    """Return an intrinsic (x, y, z) -> x after 64 dependent operations."""

    def chained(typing_context, x, y, z):
        def generate(context, builder, signature, arguments):
            value, second, third = arguments
            for _ in range(CHAIN_LENGTH):
                value = kept(builder, operation(builder, value, second, third))
            return value

        return x(x, x, x), generate

    return intrinsic(chained)


def _spread(operation):
    """Return an intrinsic (chains, y, z) -> chains after 120 operations, shared out among the chains."""

    def spread(typing_context, chains, y, z):
        def generate(context, builder, signature, arguments):
            together, second, third = arguments
            values = cgutils.unpack_tuple(builder, together, chains.count)
            for k in range(SPREAD_LENGTH):
                place = k % chains.count
                second = kept(builder, second)
                values[place] = kept(builder, operation(builder, values[place], second, third))
            return context.make_tuple(builder, chains, values)

        return chains(chains, y, z), generate

    return intrinsic(spread)


@intrinsic
def each(typing_context, x):
    """Return a tuple of as many chains as fit the registers, all of them `x`."""
    chains = types.UniTuple(x, INTEGER_CHAINS if isinstance(x, types.Integer) else FLOAT_CHAINS)

    def generate(context, builder, signature, arguments):
        return context.make_tuple(builder, chains, [kept(builder, arguments[0]) for _ in range(chains.count)])

    return chains(x), generate


@intrinsic
def total(typing_context, chains):
    """Return the sum of a tuple of chains, in int64 or float64."""
    wide = types.int64 if isinstance(chains.dtype, types.Integer) else types.float64

    def generate(context, builder, signature, arguments):
        values = cgutils.unpack_tuple(builder, arguments[0], chains.count)
        result = context.get_constant(wide, 0)
        for value in values:
            value = context.cast(builder, value, chains.dtype, wide)
            result = builder.add(result, value) if wide is types.int64 else builder.fadd(result, value)
        return result

    return wide(chains), generate


chain_add, spread_add = _chained(_add), _spread(_add)
chain_multiply, spread_multiply = _chained(_multiply), _spread(_multiply)
chain_divide, spread_divide = _chained(_divide), _spread(_divide)
chain_fused, spread_fused = _chained(_fused), _spread(_fused)
chain_root, spread_root = _chained(_root_times), _spread(_root_alone)


@kernel
def _add_latency(operands, repeats):
    x, y, z = operands[0], operands[1], operands[2]
    for _ in range(repeats):
        x = chain_add(x, y, z)
    return x


@kernel
def _add_throughput(operands, repeats):
    chains, y, z = each(operands[0]), operands[1], operands[2]
    for _ in range(repeats):
        chains = spread_add(chains, y, z)
    return total(chains)


@kernel
def _multiply_latency(operands, repeats):
    x, y, z = operands[0], operands[1], operands[2]
    for _ in range(repeats):
        x = chain_multiply(x, y, z)
    return x


@kernel
def _multiply_throughput(operands, repeats):
    chains, y, z = each(operands[0]), operands[1], operands[2]
    for _ in range(repeats):
        chains = spread_multiply(chains, y, z)
    return total(chains)


@kernel
def _divide_latency(operands, repeats):
    x, y, z = operands[0], operands[1], operands[2]
    for _ in range(repeats):
        x = chain_divide(x, y, z)
    return x


@kernel
def _divide_throughput(operands, repeats):
    chains, y, z = each(operands[0]), operands[1], operands[2]
    for _ in range(repeats):
        chains = spread_divide(chains, y, z)
    return total(chains)


@kernel
def _fused_latency(operands, repeats):
    x, y, z = operands[0], operands[1], operands[2]
    for _ in range(repeats):
        x = chain_fused(x, y, z)
    return x


@kernel
def _fused_throughput(operands, repeats):
    chains, y, z = each(operands[0]), operands[1], operands[2]
    for _ in range(repeats):
        chains = spread_fused(chains, y, z)
    return total(chains)


@kernel
def _root_latency(operands, repeats):
    x, y, z = operands[0], operands[1], operands[2]
    for _ in range(repeats):
        x = chain_root(x, y, z)
    return x


@kernel
def _root_throughput(operands, repeats):
    chains, y, z = each(operands[0]), operands[1], operands[2]
    for _ in range(repeats):
        chains = spread_root(chains, y, z)
    return total(chains)


def _vector_bytes():
    """Return the width of the vectors LLVM uses on this CPU, in bytes."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


def _broadcast(builder, value, kind):
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count))


def _fused_vectors(builder, x, y, z):
    lane = "f64" if isinstance(x.type.element, ir.DoubleType) else "f32"
    return _function(builder, f"llvm.fma.v{x.type.count}{lane}", x.type, [y, z, x])


@intrinsic
def peak_of(typing_context, x, y, z, repeats):
    """Do `repeats` times all the multiply-adds x + y * z of a repeat in vectors; return the sum of all elements."""

    def generate(context, builder, signature, arguments):
        start, second, third, count = arguments
        width = _vector_bytes()
        kind = ir.VectorType(start.type, width * 8 // x.bitwidth)
        accumulators = 24 if width == 64 else 12
        rounds = PEAK_ELEMENTS[x] // kind.count // accumulators
        first, second, third = (_broadcast(builder, value, kind) for value in (start, second, third))
        places = [cgutils.alloca_once_value(builder, kept(builder, first)) for _ in range(accumulators)]
        with cgutils.for_range(builder, count), cgutils.for_range(builder, ir.IntType(64)(rounds)):
            for place in places:
                builder.store(_fused_vectors(builder, builder.load(place), second, third), place)
        result = context.get_constant(types.float64, 0)
        for place in places:
            for k in range(kind.count):
                lane = builder.extract_element(builder.load(place), ir.IntType(32)(k))
                result = builder.fadd(result, context.cast(builder, lane, x, types.float64))
        return result

    return types.float64(x, x, x, repeats), generate


@kernel
def _peak(operands, repeats):
    return peak_of(operands[0], operands[1], operands[2], repeats)


add_latency_i64 = add_latency_i32 = add_latency_f64 = add_latency_f32 = _add_latency
add_throughput_i64 = add_throughput_i32 = add_throughput_f64 = add_throughput_f32 = _add_throughput
multiply_latency_i64 = multiply_latency_i32 = multiply_latency_f64 = multiply_latency_f32 = _multiply_latency
multiply_throughput_i64 = multiply_throughput_i32 = multiply_throughput_f64 = multiply_throughput_f32 = (
    _multiply_throughput
)
divide_latency_i64 = divide_latency_i32 = divide_latency_f64 = divide_latency_f32 = _divide_latency
divide_throughput_i64 = divide_throughput_i32 = divide_throughput_f64 = divide_throughput_f32 = _divide_throughput
fused_multiply_add_latency_f64 = fused_multiply_add_latency_f32 = _fused_latency
fused_multiply_add_throughput_f64 = fused_multiply_add_throughput_f32 = _fused_throughput
square_root_latency_f64 = square_root_latency_f32 = _root_latency
square_root_throughput_f64 = square_root_throughput_f32 = _root_throughput
peak_f64 = peak_f32 = _peak
