/* Tasks that name their successor and what they cost: whole records of a line each, the two hot fields by themselves, and
 * both in the bits of one word. */
#include "lesson.h"

enum { RECORD_WORDS = 16, HOT_WORDS = 2, COST_BITS = 8, COST_MASK = 255 };

/* Walk through whole records: each step brings a line near, of which two words in sixteen are looked at. */
LESSON int64_t walk_whole(const uint32_t *records, int64_t steps)
{
    int64_t task = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += records[RECORD_WORDS * task + 1];
        task = records[RECORD_WORDS * task];
    }
    return total;
}

/* Walk through the hot fields, split from the cold ones: eight tasks share a line, so an eighth of the lines is needed. */
LESSON int64_t walk_split(const uint32_t *hot, int64_t steps)
{
    int64_t task = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += hot[HOT_WORDS * task + 1];
        task = hot[HOT_WORDS * task];
    }
    return total;
}

/* Walk through packed words: sixteen tasks share a line; taking the two fields apart is a shift and a mask. */
LESSON int64_t walk_packed(const uint32_t *packed, int64_t steps)
{
    int64_t task = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        uint32_t word = packed[task];
        total += word & COST_MASK;
        task = word >> COST_BITS;
    }
    return total;
}

/* Leave the records as they are. */
LESSON void keep(const uint32_t *records, int64_t words, uint32_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = records[word];
}

/* Write a word for each record: the successor's number above, the cost in the lowest eight bits. */
LESSON void pack(const uint32_t *records, int64_t words, uint32_t *out)
{
    for (int64_t task = 0; task < words / RECORD_WORDS; task++)
        out[task] = records[RECORD_WORDS * task] << COST_BITS | records[RECORD_WORDS * task + 1];
}
