/* Records written to a file so that they outlast a loss of power: each waited for, or all waited for together. */
#define _POSIX_C_SOURCE 200809L
#include "lesson.h"
#include <unistd.h>

enum { MOST_WORDS = 4096 }; /* of a record */

/* Write record after record, each to its place. */
static int put(int64_t file, const int64_t *records, int64_t record, int64_t words)
{
    size_t bytes = 8 * (size_t)words;
    return pwrite((int)file, records + record * words, bytes, record * (int64_t)bytes) == (int64_t)bytes;
}

/* Read the records back, and sum what the file has. */
static int64_t sum_of(int64_t file, int64_t count, int64_t words)
{
    int64_t found[MOST_WORDS], total = 0;
    for (int64_t record = 0; record < count; record++) {
        if (pread((int)file, found, 8 * (size_t)words, record * 8 * words) != 8 * words)
            return -1;
        for (int64_t word = 0; word < words; word++)
            total += found[word];
    }
    return total;
}

/* Wait for the disk after each record: it must say that it has it before the next is written. */
LESSON int64_t sync_each(const int64_t *records, int64_t count, int64_t words, int64_t file)
{
    for (int64_t record = 0; record < count; record++)
        if (!put(file, records, record, words) || fsync((int)file) != 0)
            return -1;
    return sum_of(file, count, words);
}

/* Write all records to the system's memory and wait for the disk once. */
LESSON int64_t sync_once(const int64_t *records, int64_t count, int64_t words, int64_t file)
{
    for (int64_t record = 0; record < count; record++)
        if (!put(file, records, record, words))
            return -1;
    if (fsync((int)file) != 0)
        return -1;
    return sum_of(file, count, words);
}
