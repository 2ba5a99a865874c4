/* Copy 64 KiB n times by 16-byte vectors: each time the next 64 KiB of 64 MiB to the next of another 64 MiB (STREAMED), or
 * always the same ones. Both own all the memory and have touched it. */
#include "corpus.h"

typedef uint64_t pair_of __attribute__((vector_size(16)));
enum { BLOCK = 65536, MEMORY = 64 << 20 };

static NOINLINE void copy(pair_of *to, const pair_of *from) {
    for (size_t i = 0; i < BLOCK / 16; i += 2) {
        to[i] = from[i];
        to[i + 1] = from[i + 1];
        MEMORY_CHANGES(); /* else the compiler may call memcpy, which may bypass the caches */
    }
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), offset = 0, step = 0, sum = 0;
    char *from = memory_of(MEMORY, HUGE_PAGES), *to = memory_of(MEMORY + BLOCK, HUGE_PAGES);
    memset(from, 1, MEMORY);
    to += 2048; /* else each load would agree with the store before it in its low 12 bits */
#ifdef STREAMED
    step = BLOCK;
#endif
    HIDE(step);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        copy((pair_of *)(void *)(to + offset), (const pair_of *)(const void *)(from + offset));
        sum += (uint64_t)to[offset + 99];
        offset = (offset + step) % MEMORY;
    }
    REGION_END();
    return answer(sum);
}
