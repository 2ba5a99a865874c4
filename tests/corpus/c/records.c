/* Add up one 8-byte field of COUNT records, n times: the fields PACKED side by side in the memory that both have, or (WIDE)
 * each in a record of 64 bytes, so that eight times the lines pass by. */
#include "corpus.h"

enum { COUNT = 1 << 20 };
#ifdef WIDE
#define WORDS 8
#else
#define WORDS 1
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *memory = memory_of((size_t)COUNT * 64, HUGE_PAGES);
    for (size_t i = 0; i < COUNT; i++) memory[i * WORDS] = i % 5;
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        for (size_t i = 0; i < COUNT; i++) sum += memory[i * WORDS];
    }
    REGION_END();
    return answer(sum);
}
