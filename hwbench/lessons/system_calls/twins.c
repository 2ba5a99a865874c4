/* A file read in small items: one system call for each, or one for a block of them. */
#define _POSIX_C_SOURCE 200809L
#include "lesson.h"
#include <unistd.h>

enum { BLOCK = 65536 };

/* What is done with an item: its bytes are summed. */
static inline int64_t sum(const uint8_t *item, int64_t size)
{
    int64_t total = 0;
    for (int64_t byte = 0; byte < size; byte++) {
        total += item[byte];
        KEEP(total);
    }
    return total;
}

/* Ask the system for each item (of no more than a block): into the kernel, through its checks, and back again every time. */
LESSON int64_t read_each(int64_t file, int64_t bytes, int64_t size)
{
    uint8_t item[BLOCK];
    int64_t total = 0;
    for (int64_t at = 0; at < bytes; at += size) {
        if (pread((int)file, item, (size_t)size, at) != size)
            return -1;
        total += sum(item, size);
    }
    return total;
}

/* Ask for a block and take the items from it: the same bytes are copied, but the way into the kernel is gone once. */
LESSON int64_t read_blocks(int64_t file, int64_t bytes, int64_t size)
{
    uint8_t block[BLOCK];
    int64_t total = 0;
    for (int64_t at = 0; at < bytes; at += BLOCK) {
        if (pread((int)file, block, BLOCK, at) != BLOCK)
            return -1;
        for (int64_t item = 0; item < BLOCK; item += size)
            total += sum(block + item, size);
    }
    return total;
}
