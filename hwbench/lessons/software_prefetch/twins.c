/* Look-ups at random places in memory, each with a good deal of work on what was found. */
#include "lesson.h"

enum { AHEAD = 8, SALT = 0x155 };

/* The work on one value: a chain of simple instructions, two a turn, each of which waits for the one before it. */
static inline int64_t digest(int64_t value, int64_t turns)
{
    for (int64_t turn = 0; turn < turns; turn++)
        value = (value + turn) ^ SALT;
    return value;
}

/* Look up and work, in turn: the next miss is so many instructions away that the core does not see it in time. */
LESSON int64_t look_up(const int64_t *values, const int32_t *places, int64_t count, int64_t turns)
{
    int64_t total = 0;
    for (int64_t item = 0; item < count; item++)
        total += digest(values[places[item]], turns);
    return total;
}

/* The same, asking for each line some items before it is needed: it comes during the work on the others. */
LESSON int64_t look_up_ahead(const int64_t *values, const int32_t *places, int64_t count, int64_t turns)
{
    int64_t total = 0;
    for (int64_t item = 0; item < count; item++) {
        __builtin_prefetch(&values[places[item + AHEAD < count ? item + AHEAD : item]]);
        total += digest(values[places[item]], turns);
    }
    return total;
}
