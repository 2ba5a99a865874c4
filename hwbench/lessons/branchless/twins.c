/* Values cut off at a limit and summed, the cut made by a jump and by a selection. */
#include "lesson.h"

/* The jump decides which value is added: cheap while it can be foreseen. */
LESSON int64_t clip_by_jump(const int32_t *values, int64_t count, int64_t limit)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = values[i];
        if (value > limit) {
            value = limit;
            KEEP(value); /* or a compiler would select instead of jump */
        }
        total += value;
    }
    return total;
}

/* Both values are there and the comparison picks one (cmov, csel): nothing to foresee, and always the same price. */
LESSON int64_t clip_by_selection(const int32_t *values, int64_t count, int64_t limit)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = values[i];
        total += value > limit ? limit : value;
    }
    return total;
}
