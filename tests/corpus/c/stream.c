/* Add up 16-byte vectors in order, n times over 64 KiB: each pass over the next 64 KiB of MEMORY (STREAMED), or always over
 * the first ones. Both own all the memory and have touched it. */
#include "corpus.h"

typedef uint64_t pair_of __attribute__((vector_size(16)));
enum { BLOCK = 65536, MEMORY = 128 << 20 };

static NOINLINE pair_of add_up(const pair_of *at) {
    pair_of a = {0, 0}, b = a, c = a, d = a;
    for (size_t i = 0; i < BLOCK / 16; i += 4) {
        a += at[i];
        b += at[i + 1];
        c += at[i + 2];
        d += at[i + 3];
    }
    return (a + b) + (c + d);
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), offset = 0, step = 0;
    char *memory = memory_of(MEMORY, HUGE_PAGES);
    pair_of sum = {1, 2};
#ifdef STREAMED
    step = BLOCK;
#endif
    HIDE(step);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        sum += add_up((const pair_of *)(const void *)(memory + offset));
        offset = (offset + step) % MEMORY;
    }
    REGION_END();
    return answer(sum[0] + 31 * sum[1]);
}
