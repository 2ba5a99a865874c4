/* Fill a word in each line of a buffer of COUNT pages, n times: a buffer that is kept, or (FRESH) one that is allocated and
 * freed each time, so that the kernel must find, clear and map every page again. */
#include "corpus.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { COUNT = 256 };

static NOINLINE uint64_t use(char *buffer, uint64_t value) {
    uint64_t sum = 0;
    for (size_t at = 0; at < (size_t)COUNT * PAGE; at += LINE) *(volatile uint64_t *)(void *)(buffer + at) = value;
    for (size_t at = 0; at < (size_t)COUNT * PAGE; at += LINE) sum += *(volatile uint64_t *)(void *)(buffer + at);
    return sum;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 << 10); /* keep it there: it would rise after the first free, and pages be kept */
#endif
    char *kept = malloc((size_t)COUNT * PAGE);
    must(kept != NULL, "malloc");
    use(kept, 0);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
#ifdef FRESH
        char *buffer = malloc((size_t)COUNT * PAGE);
        must(buffer != NULL, "malloc");
        sum += use(buffer, i);
        free(buffer);
#else
        sum += use(kept, i);
#endif
    }
    REGION_END();
    free(kept);
    return answer(sum);
}
