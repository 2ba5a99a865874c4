/* Follow a ring of LINES lines in random order for n steps: the lines packed side by side, or (SPREAD) one on each page, at
 * an offset that turns from page to page so that the caches hold both alike. HUGE asks for huge pages for the spread ones. */
#include "corpus.h"

#ifndef LINES
#define LINES 4096
#endif
#ifdef HUGE
#define KIND HUGE_PAGES
#else
#define KIND SMALL_PAGES
#endif

static size_t place(size_t i) {
#ifdef SPREAD
    return i * PAGE + (i * LINE) % PAGE;
#else
    return i * LINE;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments);
    char *memory = memory_of((size_t)LINES * PAGE, KIND);
    static uint32_t order[LINES];
    for (uint32_t i = 0; i < LINES; i++) order[i] = i;
    shuffle(order + 1, LINES - 1, 1);
    for (size_t i = 0; i < LINES; i++) {
        void **line = (void **)(void *)(memory + place(order[i]));
        line[0] = memory + place(order[(i + 1) % LINES]);
        ((uint64_t *)(void *)line)[1] = i % 7;
    }
    const void *const *line = (const void *const *)(const void *)memory;
    uint64_t sum = 0;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        sum += ((const uint64_t *)(const void *)line)[1];
        line = (const void *const *)line[0];
    }
    REGION_END();
    return answer(sum);
}
