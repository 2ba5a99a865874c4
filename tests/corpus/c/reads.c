/* Read a word from each of n lines of 64 MiB, none waiting for another: line after line, STRIDED by 21 pages and a line, or
 * at RANDOM, the address mixed from the step's number by a few instructions in all three. */
#include "corpus.h"

enum { BYTES = 64 << 20, LINES = BYTES / LINE };

static inline uint64_t place(uint64_t step, uint64_t factor, uint64_t shift) { return ((step * factor) >> shift) % LINES; }

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *memory = memory_of(BYTES, ANY_PAGES);
    for (size_t i = 0; i < BYTES / 8; i += LINE / 8) memory[i] = i % 3;
#if defined(RANDOM)
    uint64_t factor = UINT64_C(0x9e3779b97f4a7c15), shift = 29;
#elif defined(STRIDED)
    uint64_t factor = (21 * PAGE + LINE) / LINE, shift = 0;
#else
    uint64_t factor = 1, shift = 0;
#endif
    HIDE(factor);
    HIDE(shift);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += memory[place(i, factor, shift) * (LINE / 8)];
    REGION_END();
    return answer(sum);
}
