#include "neighbour.h"

int64_t neighbour_read(const int64_t *array, int64_t words, int64_t line_words, int64_t pause, const int64_t *stop,
                       int64_t *done, int64_t repeats) {
    const volatile int64_t *told = stop;
    volatile int64_t *lines = done;
    int64_t read = 0, at = 0, sum = 0;
    for (int64_t r = 0; r < repeats && !*told; r++) {
        for (int k = 0; k < 16; k++) {
            sum += *(const volatile int64_t *)(array + at);
            at += line_words;
            if (at >= words) at = 0;
        }
        for (int64_t k = 0; k < pause; k++) {
            sum += k;
            __asm__ volatile("" : "+r"(sum));
        }
        read += 16;
        *lines = read;
    }
    return read;
}
