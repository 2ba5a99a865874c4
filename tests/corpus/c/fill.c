/* Store 16-byte vectors in order, n times over 64 KiB: each pass over the next 64 KiB of MEMORY (STREAMED), or always over
 * the first ones. Both own all the memory and have touched it. */
#include "corpus.h"

typedef uint64_t pair_of __attribute__((vector_size(16)));
enum { BLOCK = 65536, MEMORY = 128 << 20 };

static NOINLINE void fill(pair_of *at, uint64_t value) {
    pair_of both = {value, value};
    for (size_t i = 0; i < BLOCK / 16; i += 4) {
        at[i] = both;
        at[i + 1] = both;
        at[i + 2] = both;
        at[i + 3] = both;
        MEMORY_CHANGES(); /* else the compiler may call memset, which may bypass the caches */
    }
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), offset = 0, step = 0, sum = 0;
    char *memory = memory_of(MEMORY, HUGE_PAGES);
#ifdef STREAMED
    step = BLOCK;
#endif
    HIDE(step);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        fill((pair_of *)(void *)(memory + offset), pass);
        sum += ((const uint64_t *)(const void *)(memory + offset))[7];
        offset = (offset + step) % MEMORY;
    }
    REGION_END();
    return answer(sum);
}
