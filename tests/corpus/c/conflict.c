/* Go round a ring of 32 lines for n steps: the lines 4,096 + 64 bytes apart, or (POWER) 4,096 bytes apart, where they all
 * want the same few places of the first cache. Same pages, same lines, same instructions. */
#include "corpus.h"

enum { LINES = 32 };
#ifdef POWER
#define APART 4096
#else
#define APART 4160
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    char *memory = memory_of((LINES + 1) * 4160, ANY_PAGES);
    for (size_t i = 0; i < LINES; i++) {
        void **line = (void **)(void *)(memory + i * APART);
        line[0] = memory + (i + 1) % LINES * APART;
        ((uint64_t *)(void *)line)[1] = i;
    }
    const void *const *line = (const void *const *)(const void *)memory;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        sum += ((const uint64_t *)(const void *)line)[1];
        line = (const void *const *)line[0];
    }
    REGION_END();
    return answer(sum);
}
