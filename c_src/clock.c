#include "clock.h"

/* A register operand, not an immediate: recent Intel cores fold chains of small immediate additions at rename. */
#if defined(__x86_64__)
#define ADD "add %1, %0\n\t"
#elif defined(__aarch64__)
#define ADD "add %0, %0, %1\n\t"
#endif

#ifdef ADD
#define ADD_16 ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD
#define ADD_256                                                                                                       \
    ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16 ADD_16
#define CHAIN(sum, step) __asm__ volatile(ADD_256 : "+r"(sum) : "r"(step) : "cc")
#else
#define CHAIN(sum, step)                                                                                              \
    for (int k = 0; k < 256; k++) {                                                                                   \
        sum += step;                                                                                                  \
        __asm__ volatile("" : "+r"(sum));                                                                             \
    }
#endif

int64_t clock_adds(int64_t step, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        CHAIN(sum, step);
    }
    return sum;
}

int64_t clock_nothing(int64_t repeats) { return repeats; }
