/* Writes to each line of some memory, which is as it was left, or fresh from the system. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "lesson.h"

enum { LINE = 64 / sizeof(int64_t), PAGE = 4096 / sizeof(int64_t) };

/* Write to each line, some times over; return a sum of what was written last. */
static int64_t fill(int64_t *memory, int64_t words, int64_t passes, int64_t key)
{
    int64_t total = 0;
    for (int64_t pass = 1; pass <= passes; pass++) {
        for (int64_t word = 0; word < words; word += LINE)
            memory[word] = word ^ pass ^ key;
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    for (int64_t word = 0; word < words; word += PAGE)
        total += memory[word];
    return total;
}

/* Give the memory back, then use it: each page is fetched anew by a trap into the system at the first write to it. */
LESSON int64_t fresh(int64_t *memory, int64_t words, int64_t passes, const int64_t *key)
{
    madvise(memory, (size_t)words * sizeof *memory, MADV_DONTNEED);
    return fill(memory, words, passes, *key);
}

/* Use the memory that is there. */
LESSON int64_t kept(int64_t *memory, int64_t words, int64_t passes, const int64_t *key)
{
    return fill(memory, words, passes, *key);
}
