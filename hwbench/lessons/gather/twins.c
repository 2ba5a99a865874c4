/* Four questions about the same numbers (their sum, the least, the greatest, and which bits of numbers and index are set an odd
 * number of times), taken as they lie and in the order of an index that names each of them once. Both twins read the index. */
#include "lesson.h"

/* Take the values in the order of an index: a load for each, since no two need lie side by side. A gather instruction does not
 * change that, it is one name for many loads. */
LESSON int64_t through_index(const int32_t *values, const int32_t *index, int64_t count, int64_t times)
{
    uint32_t sum = 0, odd = 0;
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t i = 0; i < count; i++) {
            int32_t value = values[index[i]];
            sum += (uint32_t)value;
            odd ^= (uint32_t)(value ^ index[i]);
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
    }
    return (int64_t)sum + odd + least + 3 * (int64_t)most;
}

/* Take the values as they lie: one load fills a register with as many of them as it holds. */
LESSON int64_t in_place(const int32_t *values, const int32_t *index, int64_t count, int64_t times)
{
    uint32_t sum = 0, odd = 0;
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t i = 0; i < count; i++) {
            int32_t value = values[i];
            sum += (uint32_t)value;
            odd ^= (uint32_t)(value ^ index[i]);
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
    }
    return (int64_t)sum + odd + least + 3 * (int64_t)most;
}
