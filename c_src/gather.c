#include "gather.h"

#include "vector.h"

/* Pins a sum to a general register: plain loads in every variant, never the gather instruction. */
#define SCALAR(x) __asm__ volatile("" : "+r"(x))

int64_t gather_read(const int64_t *values, const int64_t *index, int64_t count, int64_t repeats) {
    int64_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (int64_t r = 0; r < repeats; r++) {
        int64_t k = 0;
        for (; k + 4 <= count; k += 4) {
            s0 += values[index[k]], s1 += values[index[k + 1]], s2 += values[index[k + 2]], s3 += values[index[k + 3]];
            SCALAR(s0);
            SCALAR(s1);
            SCALAR(s2);
            SCALAR(s3);
        }
        for (; k < count; k++) {
            s0 += values[index[k]];
            SCALAR(s0);
        }
        COMPILER_BARRIER();
    }
    return (s0 + s1) + (s2 + s3);
}

int64_t gather_write(int64_t *values, const int64_t *index, int64_t count, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t k = 0; k < count; k++) {
            int64_t word = k + r;
            SCALAR(word);
            values[index[k]] = word;
        }
        COMPILER_BARRIER();
    }
    return values[index[count - 1]];
}
