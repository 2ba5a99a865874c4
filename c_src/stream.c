#include "stream.h"

#include "vector.h"

/* 16 vectors a turn: enough registers to hide the latency of an addition at two loads a cycle, and so few turns in half a
 * first-level cache (24 of 64 bytes x 16) that the end of the loop is predicted. */
#define TURN 16
#define TURN_WORDS (TURN * VECTOR_WORDS)
#define EACH(k) _Pragma("GCC unroll 16") for (int k = 0; k < TURN; k++)

#if VECTOR_BYTES == 8
typedef int64_t loose_ints __attribute__((may_alias));
typedef double loose_floats __attribute__((may_alias));
#define ALL_LANES(x) (x)
#else
typedef int64_t loose_ints __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef double loose_floats __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
#define ALL_LANES(x) ((float_vector){0} + (x))
#endif

static inline int_vector ints_at(const int64_t *p) { return *(const loose_ints *)p; }
static inline float_vector floats_at(const double *p) { return *(const loose_floats *)p; }
#define WHOLE(p, k) ints_at((p) + (k) * VECTOR_WORDS)
static inline void put(double *p, float_vector v) { *(loose_floats *)p = v; }

static inline int64_t sum_of_lanes(int_vector v) {
#if VECTOR_BYTES == 8
    return v;
#else
    int64_t sum = 0;
    for (int k = 0; k < VECTOR_WORDS; k++) sum += v[k];
    return sum;
#endif
}

/* Before every pass: the arrays may have changed for all the compiler knows, so no pass can be left out. */
#define EACH_PASS for (int64_t r = 0; r < repeats; r++, (void)({ COMPILER_BARRIER(); 0; }))

/* Named sums, not an array of them, which would go to memory and back at every pass. */
int64_t stream_read(const int64_t *from, int64_t words, int64_t repeats) {
    const int_vector zero = {0};
    int_vector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
    int64_t rest = 0;
    EACH_PASS {
        int64_t i = 0;
        for (; i + TURN_WORDS <= words; i += TURN_WORDS) {
            const int64_t *p = from + i, *q = p + TURN_WORDS / 2;
            s0 += WHOLE(p, 0), s1 += WHOLE(p, 1), s2 += WHOLE(p, 2), s3 += WHOLE(p, 3);
            s4 += WHOLE(p, 4), s5 += WHOLE(p, 5), s6 += WHOLE(p, 6), s7 += WHOLE(p, 7);
            s0 += WHOLE(q, 0), s1 += WHOLE(q, 1), s2 += WHOLE(q, 2), s3 += WHOLE(q, 3);
            s4 += WHOLE(q, 4), s5 += WHOLE(q, 5), s6 += WHOLE(q, 6), s7 += WHOLE(q, 7);
        }
        for (; i < words; i++) rest += from[i];
    }
    return rest + sum_of_lanes(((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)));
}

double stream_write(double *to, int64_t words, double value, int64_t repeats) {
    EACH_PASS {
        double *p = to, *end = to + words, now = value + (double)r;
        float_vector v = ALL_LANES(now);
        for (; end - p >= TURN_WORDS; p += TURN_WORDS) {
            EACH(k) put(p + k * VECTOR_WORDS, v);
        }
        for (; p < end; p++) *p = now;
    }
    return to[words - 1];
}

/* One pass of an operation: `VECTOR` gives a vector at word i, `WORD` the same for the words left over. */
#define PASSES(VECTOR, WORD)                                                                                          \
    EACH_PASS {                                                                                                       \
        int64_t i = 0;                                                                                                \
        for (; i + TURN_WORDS <= words; i += TURN_WORDS) {                                                            \
            EACH(k) {                                                                                                 \
                const int64_t at = i + k * VECTOR_WORDS;                                                              \
                put(to + at, VECTOR);                                                                                 \
            }                                                                                                         \
        }                                                                                                             \
        for (; i < words; i++) to[i] = WORD;                                                                          \
    }                                                                                                                 \
    return to[words - 1];

double stream_copy(const double *from, double *to, int64_t words, int64_t repeats) {
    PASSES(floats_at(from + at), from[i])
}
double stream_scale(const double *from, double *to, double factor, int64_t words, int64_t repeats) {
    PASSES(factor * floats_at(from + at), factor * from[i])
}
double stream_add(const double *first, const double *second, double *to, int64_t words, int64_t repeats) {
    PASSES(floats_at(first + at) + floats_at(second + at), first[i] + second[i])
}
double stream_triad(const double *first, const double *second, double *to, double factor, int64_t words, int64_t repeats) {
    PASSES(floats_at(first + at) + factor * floats_at(second + at), first[i] + factor * second[i])
}

/* Streaming stores need their alignment: words before the first whole vector are stored one by one. */
static inline int64_t words_before_alignment(const double *to, int64_t words) {
    int64_t head = (int64_t)(-(uintptr_t)to % VECTOR_BYTES / 8);
    return head < words ? head : words;
}

double stream_write_around(double *to, int64_t words, double value, int64_t repeats) {
    const int64_t head = words_before_alignment(to, words);
    EACH_PASS {
        int64_t i = 0;
        const double now = value + (double)r;
        const float_vector v = ALL_LANES(now);
        for (; i < head; i++) to[i] = now;
        for (; i + TURN_WORDS <= words; i += TURN_WORDS) {
            EACH(k) store_around_cache(to + i + k * VECTOR_WORDS, v);
        }
        for (; i < words; i++) to[i] = now;
        drain_stores();
    }
    return to[words - 1];
}

double stream_copy_around(const double *from, double *to, int64_t words, int64_t repeats) {
    const int64_t head = words_before_alignment(to, words);
    EACH_PASS {
        int64_t i = 0;
        for (; i < head; i++) to[i] = from[i];
        for (; i + TURN_WORDS <= words; i += TURN_WORDS) {
            EACH(k) store_around_cache(to + i + k * VECTOR_WORDS, floats_at(from + i + k * VECTOR_WORDS));
        }
        for (; i < words; i++) to[i] = from[i];
        drain_stores();
    }
    return to[words - 1];
}
