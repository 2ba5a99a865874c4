/* A ring of nodes in an array of words: a node is the number of the word at which the next one begins, and a value. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "lesson.h"

enum { HUGE = 2 << 20 };

/* Follow `steps` nodes and sum their values: a translation and a load, one after the other. */
static int64_t follow(const int64_t *words, int64_t steps)
{
    int64_t node = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += words[node + 1];
        node = words[node];
    }
    return total;
}

/* Walk: the size of the pages is a matter of how the memory was asked for, not of what is done with it. */
LESSON int64_t walk(const int64_t *words, int64_t steps)
{
    return follow(words, steps);
}

/* Walk a copy of the ring in fresh memory on pages of the usual size: a translation for every few nodes. */
LESSON int64_t on_base_pages(const int64_t *words, int64_t steps, int64_t count)
{
    size_t bytes = (size_t)count * sizeof *words;
    int64_t total = -1;
    char *fresh = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh != MAP_FAILED) {
        madvise(fresh, bytes + HUGE, MADV_NOHUGEPAGE);
        total = follow(memcpy(fresh, words, bytes), steps);
        munmap(fresh, bytes + HUGE);
    }
    return total;
}

/* The same on huge pages: asked for before the memory is touched, and from an address that is a multiple of their size. */
LESSON int64_t on_huge_pages(const int64_t *words, int64_t steps, int64_t count)
{
    size_t bytes = (size_t)count * sizeof *words;
    int64_t total = -1;
    char *fresh = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh != MAP_FAILED) {
        madvise(fresh, bytes + HUGE, MADV_HUGEPAGE);
        total = follow(memcpy(fresh + -(uintptr_t)fresh % HUGE, words, bytes), steps);
        munmap(fresh, bytes + HUGE);
    }
    return total;
}
