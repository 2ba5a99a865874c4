/* Values cut off at a limit and hashed, the cut made by a jump and by a selection. */
#include "lesson.h"

/* One step of the FNV-1a hash: the same chain of an exclusive or and a multiplication, whichever way the cut was made. */
static uint32_t with(uint32_t hash, int64_t value)
{
    return (hash ^ (uint32_t)value) * 16777619u;
}

/* The jump decides which value is hashed: cheap while it can be foreseen. */
LESSON int64_t clip_by_jump(const int32_t *values, int64_t count, int64_t limit)
{
    uint32_t hash = 2166136261u;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = values[i];
        if (value > limit) {
            value = limit;
            KEEP(value); /* or a compiler would select instead of jump */
        }
        hash = with(hash, value);
    }
    return hash;
}

/* Both values are there and the comparison picks one (cmov, csel): nothing to foresee, and always the same price. */
LESSON int64_t clip_by_selection(const int32_t *values, int64_t count, int64_t limit)
{
    uint32_t hash = 2166136261u;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = values[i];
        hash = with(hash, value > limit ? limit : value);
    }
    return hash;
}
