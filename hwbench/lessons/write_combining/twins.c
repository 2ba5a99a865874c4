/* Stores to places that are given: one here, one there, or all of a line together; and keys dealt to partitions, in both ways. */
#include "lesson.h"

enum { LINE_KEYS = 16, SAMPLED = 61 };

/* Write each value to its place. Nothing waits for a store, but the line has to come before the store can leave the core, and has
 * to go back to memory later: for one value, or for all that belong there. */
LESSON int64_t scatter(const int32_t *pairs, int64_t count, int64_t *out, int64_t times)
{
    int64_t total = 0;
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t i = 0; i < count; i++) {
            out[pairs[2 * i]] = pairs[2 * i + 1];
            total += pairs[2 * i]; /* two steps of a chain, in which each store has its cycle */
            KEEP(total);
            total += pairs[2 * i + 1];
            KEEP(total);
        }
    }
    for (int64_t place = 0; place < count; place += SAMPLED)
        total += out[place];
    return total;
}

/* Leave the pairs in their order. */
LESSON void keep(const int32_t *pairs, int64_t words, int32_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = pairs[word];
}

/* Bring the pairs into the order of their places, each of which occurs once. */
LESSON void by_place(const int32_t *pairs, int64_t words, int32_t *out)
{
    for (int64_t word = 0; word < words; word += 2) {
        int32_t *to = out + 2 * (int64_t)pairs[word];
        to[0] = pairs[word];
        to[1] = pairs[word + 1];
    }
}

/* Put every key into the line that is being gathered for its partition; when `batch` keys are there, carry them to their place. */
static inline __attribute__((always_inline)) int64_t deal(const uint32_t *keys, int64_t count, int64_t partitions, int64_t room,
                                                          uint32_t *dealt, uint32_t *lines, uint32_t *out, int64_t batch)
{
    int64_t total = 0;
    for (int64_t partition = 0; partition < partitions; partition++)
        dealt[partition] = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t partition = keys[i] & (partitions - 1), place = dealt[partition]++;
        uint32_t *line = lines + LINE_KEYS * partition, *to = out + room * partition + place + 1 - batch;
        line[place % LINE_KEYS] = keys[i];
        if (place % batch == batch - 1)
            for (int64_t key = 0; key < batch; key++)
                to[key] = line[(place + 1 - batch) % LINE_KEYS + key];
    }
    for (int64_t place = 0; place < room * partitions; place += SAMPLED)
        total += out[place];
    return total;
}

/* Carry each key to its partition at once: as many lines and pages are being written to as there are partitions. */
LESSON int64_t deal_singly(const uint32_t *keys, int64_t count, int64_t partitions, int64_t room, uint32_t *dealt, uint32_t *lines,
                           uint32_t *out)
{
    return deal(keys, count, partitions, room, dealt, lines, out, 1);
}

/* Carry sixteen keys at a time: the place far away is written to once for a whole line, and the gathering is done nearby. */
LESSON int64_t deal_by_lines(const uint32_t *keys, int64_t count, int64_t partitions, int64_t room, uint32_t *dealt,
                             uint32_t *lines, uint32_t *out)
{
    return deal(keys, count, partitions, room, dealt, lines, out, LINE_KEYS);
}
