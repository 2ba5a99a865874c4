/* Memory on a cache line's bounds, or the end: there is no counting without it. */
#ifndef HWBENCH_COUNTING_ALIGNED_H
#define HWBENCH_COUNTING_ALIGNED_H

#include <stdlib.h>
#include <string.h>

enum { ALIGNED_TO = 64 };

static inline void *aligned_filled(size_t size, int byte)
{
    size_t whole = (size + ALIGNED_TO - 1) / ALIGNED_TO * ALIGNED_TO;
    void *memory = aligned_alloc(ALIGNED_TO, whole);
    if (!memory)
        abort();
    return memset(memory, byte, whole);
}

#endif
