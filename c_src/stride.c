#include "stride.h"

#include "vector.h"

/* Pins a sum to a general register, so that the loop stays one plain load a step in every variant. */
#define SCALAR(x) __asm__ volatile("" : "+r"(x))

/* Eight sums: a load every cycle or faster must not wait for the addition before it. */
int64_t stride_read(const int64_t *from, int64_t words, int64_t stride, int64_t repeats) {
    int64_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    const int64_t count = (words + stride - 1) / stride;
    for (int64_t r = 0; r < repeats; r++) {
        const int64_t *p = from;
        int64_t left = count;
        for (; left >= 8; left -= 8) {
            const int64_t *q = p + 4 * stride;
            s0 += p[0], s1 += p[stride], s2 += p[2 * stride], s3 += p[3 * stride];
            s4 += q[0], s5 += q[stride], s6 += q[2 * stride], s7 += q[3 * stride];
            p = q + 4 * stride;
            SCALAR(s0);
            SCALAR(s1);
            SCALAR(s2);
            SCALAR(s3);
            SCALAR(s4);
            SCALAR(s5);
            SCALAR(s6);
            SCALAR(s7);
        }
        for (; left > 0; left--, p += stride) {
            s0 += *p;
            SCALAR(s0);
        }
        COMPILER_BARRIER();
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
}

int64_t stride_update(int64_t *words_in, int64_t words, int64_t stride, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < words; i += stride) {
            int64_t word = words_in[i] + 1;
            SCALAR(word);
            words_in[i] = word;
        }
        COMPILER_BARRIER();
    }
    return words_in[0];
}
