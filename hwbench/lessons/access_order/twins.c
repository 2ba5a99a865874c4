/* Look-ups in an array, at places that are known beforehand: no look-up waits for another. */
#include "lesson.h"

enum { GROUPS = 1 << 14 };

/* Sum what stands at each of the places: the order of the places is the order in which lines are asked for. */
LESSON int64_t sum_at(const int32_t *places, int64_t count, const int64_t *values, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t turn = 0; turn < count; turn++)
            total += values[places[turn]];
    return total;
}

/* Hand over the places as they are. */
LESSON void keep(const int32_t *places, int64_t count, int32_t *out)
{
    for (int64_t turn = 0; turn < count; turn++)
        out[turn] = places[turn];
}

/* Group the places by the part of the array they lie in, part after part: inside a part, which fits a cache, any order does. */
LESSON void group(const int32_t *places, int64_t count, int32_t *out)
{
    static int64_t next[GROUPS + 1];
    int32_t largest = 0;
    for (int64_t turn = 0; turn < count; turn++)
        largest = places[turn] > largest ? places[turn] : largest;
    int shift = 0;
    while (largest >> shift >= GROUPS)
        shift++;
    for (int64_t part = 0; part <= GROUPS; part++)
        next[part] = 0;
    for (int64_t turn = 0; turn < count; turn++)
        next[(places[turn] >> shift) + 1]++;
    for (int64_t part = 1; part <= GROUPS; part++)
        next[part] += next[part - 1];
    for (int64_t turn = 0; turn < count; turn++)
        out[next[places[turn] >> shift]++] = places[turn];
}
