#include "chain.h"
#include "keep.h"
#include "vector.h"
#include <math.h>

#define CHAIN_LENGTH 64
#define SPREAD_LENGTH 120

/* ── the instructions that C has no sure word for ── */

/* sqrt() would bring a test for negative numbers and a call with it. The result's register is an input too: in the older
 * encoding it is one anyway, and a throughput kernel must then see to it that the registers differ. VEX forms in a
 * VEX-compiled variant: mixing both encodings costs transitions. */
#if defined(__AVX__)
#define ROOT_INTO_F64 "vsqrtsd %1, %0, %0"
#define ROOT_INTO_F32 "vsqrtss %1, %0, %0"
#elif defined(__x86_64__)
#define ROOT_INTO_F64 "sqrtsd %1, %0"
#define ROOT_INTO_F32 "sqrtss %1, %0"
#elif defined(__aarch64__)
#define ROOT_INTO_F64 "fsqrt %d0, %d1"
#define ROOT_INTO_F32 "fsqrt %s0, %s1"
#endif

#ifdef ROOT_INTO_F64
static inline double root_f64(double into, double x) {
    __asm__(ROOT_INTO_F64 : "+" FLOAT_REGISTER(into) : FLOAT_REGISTER(x));
    return into;
}
static inline float root_f32(float into, float x) {
    __asm__(ROOT_INTO_F32 : "+" FLOAT_REGISTER(into) : FLOAT_REGISTER(x));
    return into;
}
#else
static inline double root_f64(double into, double x) { return (void)into, sqrt(x); }
static inline float root_f32(float into, float x) { return (void)into, sqrtf(x); }
#endif

/* On x86 the instruction may be there though the variant was compiled for older CPUs, so it is asked for at run time. */
#if defined(__x86_64__)
#define FUSE_F64 "vfmadd213sd %2, %1, %0"
#define FUSE_F32 "vfmadd213ss %2, %1, %0"
int64_t chain_has_fused_multiply_add(void) { return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx"); }
#elif defined(__aarch64__)
#define FUSE_F64 "fmadd %d0, %d0, %d1, %d2"
#define FUSE_F32 "fmadd %s0, %s0, %s1, %s2"
int64_t chain_has_fused_multiply_add(void) { return 1; }
#else
int64_t chain_has_fused_multiply_add(void) { return 0; }
#endif

#ifdef FUSE_F64
static inline double fuse_f64(double x, double y, double z) {
    __asm__(FUSE_F64 : "+" FLOAT_REGISTER(x) : FLOAT_REGISTER(y), FLOAT_REGISTER(z));
    return x;
}
static inline float fuse_f32(float x, float y, float z) {
    __asm__(FUSE_F32 : "+" FLOAT_REGISTER(x) : FLOAT_REGISTER(y), FLOAT_REGISTER(z));
    return x;
}
#else
#define fuse_f64 fma
#define fuse_f32 fmaf
#endif

/* ── chains ── */

#define LATENCY(NAME, TYPE, RESULT, KEEP, OPERATION)                                                                  \
    RESULT NAME(const TYPE *operands, int64_t repeats) {                                                              \
        TYPE x = operands[0], y = operands[1], z = operands[2];                                                       \
        KEEP(y);                                                                                                      \
        KEEP(z);                                                                                                      \
        for (int64_t r = 0; r < repeats; r++) {                                                                       \
            _Pragma("GCC unroll 64") for (int k = 0; k < CHAIN_LENGTH; k++) {                                         \
                x = OPERATION(TYPE, x, y, z);                                                                         \
                KEEP(x);                                                                                              \
            }                                                                                                         \
        }                                                                                                             \
        return (RESULT)x;                                                                                             \
    }

/* Every chain is a variable of its own: of an array a compiler may keep some in memory. */
#define CHAINS_10(DO, ...)                                                                                            \
    DO(0, __VA_ARGS__) DO(1, __VA_ARGS__) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__) DO(4, __VA_ARGS__)                    \
    DO(5, __VA_ARGS__) DO(6, __VA_ARGS__) DO(7, __VA_ARGS__) DO(8, __VA_ARGS__) DO(9, __VA_ARGS__)
#define CHAINS_12(DO, ...) CHAINS_10(DO, __VA_ARGS__) DO(10, __VA_ARGS__) DO(11, __VA_ARGS__)
#define CHAINS_24(DO, ...)                                                                                            \
    CHAINS_12(DO, __VA_ARGS__)                                                                                        \
    DO(12, __VA_ARGS__) DO(13, __VA_ARGS__) DO(14, __VA_ARGS__) DO(15, __VA_ARGS__) DO(16, __VA_ARGS__) DO(17, __VA_ARGS__)\
    DO(18, __VA_ARGS__) DO(19, __VA_ARGS__) DO(20, __VA_ARGS__) DO(21, __VA_ARGS__) DO(22, __VA_ARGS__) DO(23, __VA_ARGS__)

#define BEGIN(N, TYPE, KEEP)                                                                                          \
    TYPE x##N = operands[0];                                                                                          \
    KEEP(x##N);
#define ADVANCE(N, TYPE, KEEP, OPERATION)                                                                             \
    KEEP(y);                                                                                                          \
    x##N = OPERATION(TYPE, x##N, y, z);                                                                               \
    KEEP(x##N);
#define COLLECT(N, RESULT) sum += (RESULT)x##N;

#define THROUGHPUT(NAME, TYPE, RESULT, KEEP, CHAINS, OPERATION)                                                       \
    RESULT NAME(const TYPE *operands, int64_t repeats) {                                                              \
        TYPE y = operands[1], z = operands[2];                                                                        \
        RESULT sum = 0;                                                                                               \
        KEEP(y);                                                                                                      \
        KEEP(z);                                                                                                      \
        CHAINS_##CHAINS(BEGIN, TYPE, KEEP)                                                                            \
        for (int64_t r = 0; r < repeats; r++) {                                                                       \
            _Pragma("GCC unroll 12") for (int k = 0; k < SPREAD_LENGTH / CHAINS; k++) {                               \
                CHAINS_##CHAINS(ADVANCE, TYPE, KEEP, OPERATION)                                                       \
            }                                                                                                         \
        }                                                                                                             \
        CHAINS_##CHAINS(COLLECT, RESULT)                                                                              \
        return sum;                                                                                                   \
    }

/* Unsigned inside, so that wrapping is defined. */
#define ADD_WORDS(TYPE, x, y, z) ((TYPE)((uint64_t)(x) + (uint64_t)(y)))
#define MULTIPLY_WORDS(TYPE, x, y, z) ((TYPE)((uint64_t)(x) * (uint64_t)(y)))
#define ADD_INTS(TYPE, x, y, z) ((TYPE)((uint32_t)(x) + (uint32_t)(y)))
#define MULTIPLY_INTS(TYPE, x, y, z) ((TYPE)((uint32_t)(x) * (uint32_t)(y)))
#define ADD(TYPE, x, y, z) ((x) + (y))
#define MULTIPLY(TYPE, x, y, z) ((x) * (y))
#define DIVIDE(TYPE, x, y, z) ((y) / (x))
#define FUSE_DOUBLES(TYPE, x, y, z) fuse_f64(x, y, z)
#define FUSE_FLOATS(TYPE, x, y, z) fuse_f32(x, y, z)
#define ROOT_TIMES_F64(TYPE, x, y, z) (root_f64(x, x) * (y))
#define ROOT_TIMES_F32(TYPE, x, y, z) (root_f32(x, x) * (y))
#define ROOT_F64(TYPE, x, y, z) root_f64(x, y)
#define ROOT_F32(TYPE, x, y, z) root_f32(x, y)

#define BOTH(NAME, SUFFIX, TYPE, RESULT, KEEP, CHAINS, OPERATION)                                                     \
    LATENCY(chain_##NAME##_latency_##SUFFIX, TYPE, RESULT, KEEP, OPERATION)                                           \
    THROUGHPUT(chain_##NAME##_throughput_##SUFFIX, TYPE, RESULT, KEEP, CHAINS, OPERATION)

BOTH(add, i64, int64_t, int64_t, KEEP_WORD, 10, ADD_WORDS)
BOTH(multiply, i64, int64_t, int64_t, KEEP_WORD, 10, MULTIPLY_WORDS)
BOTH(divide, i64, int64_t, int64_t, KEEP_WORD, 10, DIVIDE)
BOTH(add, i32, int32_t, int64_t, KEEP_WORD, 10, ADD_INTS)
BOTH(multiply, i32, int32_t, int64_t, KEEP_WORD, 10, MULTIPLY_INTS)
BOTH(divide, i32, int32_t, int64_t, KEEP_WORD, 10, DIVIDE)
BOTH(add, f64, double, double, KEEP_FLOAT, 12, ADD)
BOTH(multiply, f64, double, double, KEEP_FLOAT, 12, MULTIPLY)
BOTH(divide, f64, double, double, KEEP_FLOAT, 12, DIVIDE)
BOTH(add, f32, float, double, KEEP_FLOAT, 12, ADD)
BOTH(multiply, f32, float, double, KEEP_FLOAT, 12, MULTIPLY)
BOTH(divide, f32, float, double, KEEP_FLOAT, 12, DIVIDE)
LATENCY(chain_square_root_latency_f64, double, double, KEEP_FLOAT, ROOT_TIMES_F64)
LATENCY(chain_square_root_latency_f32, float, double, KEEP_FLOAT, ROOT_TIMES_F32)
THROUGHPUT(chain_square_root_throughput_f64, double, double, KEEP_FLOAT, 12, ROOT_F64)
THROUGHPUT(chain_square_root_throughput_f32, float, double, KEEP_FLOAT, 12, ROOT_F32)

/* The library's function rounds once too, so the result is the same where the instruction is missing. */
#define CALL_DOUBLES(TYPE, x, y, z) fma(x, y, z)
#define CALL_FLOATS(TYPE, x, y, z) fmaf(x, y, z)
#define FUSED(KIND, SUFFIX, TYPE)                                                                                     \
    double chain_fused_multiply_add_##KIND##_##SUFFIX(const TYPE *operands, int64_t repeats) {                        \
        return chain_has_fused_multiply_add() ? fused_##KIND##_##SUFFIX(operands, repeats)                            \
                                              : called_##KIND##_##SUFFIX(operands, repeats);                          \
    }
static LATENCY(fused_latency_f64, double, double, KEEP_FLOAT, FUSE_DOUBLES)
static LATENCY(called_latency_f64, double, double, KEEP_FLOAT, CALL_DOUBLES)
static LATENCY(fused_latency_f32, float, double, KEEP_FLOAT, FUSE_FLOATS)
static LATENCY(called_latency_f32, float, double, KEEP_FLOAT, CALL_FLOATS)
static THROUGHPUT(fused_throughput_f64, double, double, KEEP_FLOAT, 12, FUSE_DOUBLES)
static THROUGHPUT(called_throughput_f64, double, double, KEEP_FLOAT, 12, CALL_DOUBLES)
static THROUGHPUT(fused_throughput_f32, float, double, KEEP_FLOAT, 12, FUSE_FLOATS)
static THROUGHPUT(called_throughput_f32, float, double, KEEP_FLOAT, 12, CALL_FLOATS)
FUSED(latency, f64, double)
FUSED(latency, f32, float)
FUSED(throughput, f64, double)
FUSED(throughput, f32, float)

/* ── the roof ── */

#if VECTOR_BYTES == 8
typedef float single_vector;
#define SINGLE_LANES 1
#define LANE(v, k) (v)
#else
typedef float single_vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define SINGLE_LANES (VECTOR_BYTES / 4)
#define LANE(v, k) (v)[k]
#endif

#if defined(__AVX512F__) || defined(__aarch64__)
#define ACCUMULATORS 24 /* of 32 registers */
#define EACH_ACCUMULATOR CHAINS_24
#else
#define ACCUMULATORS 12 /* of 16 registers */
#define EACH_ACCUMULATOR CHAINS_12
#endif

#if defined(__x86_64__) && VECTOR_BYTES == 8
#define FUSE_LANES_F64 "vfmadd231sd %2, %1, %0"
#define FUSE_LANES_F32 "vfmadd231ss %2, %1, %0"
#elif defined(__x86_64__)
#define FUSE_LANES_F64 "vfmadd231pd %2, %1, %0"
#define FUSE_LANES_F32 "vfmadd231ps %2, %1, %0"
#elif defined(__aarch64__) && VECTOR_BYTES == 8
#define FUSE_LANES_F64 "fmadd %d0, %d1, %d2, %d0"
#define FUSE_LANES_F32 "fmadd %s0, %s1, %s2, %s0"
#elif defined(__aarch64__)
#define FUSE_LANES_F64 "fmla %0.2d, %1.2d, %2.2d"
#define FUSE_LANES_F32 "fmla %0.4s, %1.4s, %2.4s"
#endif

#define MULTIPLY_ADD(TEXT, x, y, z) (x) += (y) * (z)
#ifdef FUSE_LANES_F64
#define FUSE(TEXT, x, y, z) __asm__(TEXT : "+" FLOAT_REGISTER(x) : FLOAT_REGISTER(y), FLOAT_REGISTER(z))
#else
#define FUSE MULTIPLY_ADD
#define FUSE_LANES_F64
#define FUSE_LANES_F32
#endif

#define BEGIN_LANES(N, VECTOR)                                                                                        \
    VECTOR x##N = (VECTOR){0} + operands[0];                                                                          \
    KEEP_FLOAT(x##N);
#define ADVANCE_LANES(N, OPERATION, TEXT) OPERATION(TEXT, x##N, y, z);
#define COLLECT_LANES(N, LANES)                                                                                       \
    for (int k = 0; k < (LANES); k++) sum += (double)LANE(x##N, k);

#define PEAK(NAME, TYPE, VECTOR, LANES, ELEMENTS, OPERATION, TEXT)                                                    \
    static double NAME(const TYPE *operands, int64_t repeats) {                                                       \
        VECTOR y = (VECTOR){0} + operands[1], z = (VECTOR){0} + operands[2];                                          \
        double sum = 0;                                                                                               \
        EACH_ACCUMULATOR(BEGIN_LANES, VECTOR)                                                                         \
        for (int64_t r = 0; r < repeats; r++) {                                                                       \
            _Pragma("GCC unroll 4") for (int k = 0; k < ELEMENTS / (LANES) / ACCUMULATORS; k++) {                     \
                EACH_ACCUMULATOR(ADVANCE_LANES, OPERATION, TEXT)                                                      \
            }                                                                                                         \
        }                                                                                                             \
        EACH_ACCUMULATOR(COLLECT_LANES, LANES)                                                                        \
        return sum;                                                                                                   \
    }
PEAK(peak_fused_f64, double, float_vector, VECTOR_WORDS, 768, FUSE, FUSE_LANES_F64)
PEAK(peak_fused_f32, float, single_vector, SINGLE_LANES, 1536, FUSE, FUSE_LANES_F32)
PEAK(peak_apart_f64, double, float_vector, VECTOR_WORDS, 768, MULTIPLY_ADD, )
PEAK(peak_apart_f32, float, single_vector, SINGLE_LANES, 1536, MULTIPLY_ADD, )

double chain_peak_f64(const double *operands, int64_t repeats) {
    return chain_has_fused_multiply_add() ? peak_fused_f64(operands, repeats) : peak_apart_f64(operands, repeats);
}
double chain_peak_f32(const float *operands, int64_t repeats) {
    return chain_has_fused_multiply_add() ? peak_fused_f32(operands, repeats) : peak_apart_f32(operands, repeats);
}
