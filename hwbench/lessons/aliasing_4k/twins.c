/* A machine of up to 256 states: a table holds the state that follows each, and entry 0 the one to begin with. Each state
 * that it comes to is shown in a cell of `room`, which has space enough to choose the cell's place, and is left as it was: zeros. */
#include "lesson.h"

enum { ALIKE = 4096 }; /* bytes apart: two addresses have the same low 12 bits */

/* Return the first place in `room` that lies a multiple of 4 KiB away from `other`. */
static uint8_t *alike(uint8_t *room, const uint8_t *other)
{
    return room + ((uintptr_t)other - (uintptr_t)room) % ALIKE;
}

/* Show the state in a cell whose address has the low 12 bits of the table's first entry in use: the load that follows the
 * store takes it for its own, until the rest of the addresses is compared. */
LESSON int64_t alias(const uint8_t *next, int64_t turns, uint8_t *room)
{
    int64_t state = next[0];
    uint8_t *cell = alike(room, next + state);
    int64_t total = 0;
    for (int64_t turn = 0; turn < turns; turn++) {
        *cell = (uint8_t)state;
        total += state;
        state = next[state];
    }
    total += *cell;
    *cell = 0;
    return total;
}

/* Show it half of that distance away from there. */
LESSON int64_t apart(const uint8_t *next, int64_t turns, uint8_t *room)
{
    int64_t state = next[0];
    uint8_t *cell = alike(room, next + state + ALIKE / 2);
    int64_t total = 0;
    for (int64_t turn = 0; turn < turns; turn++) {
        *cell = (uint8_t)state;
        total += state;
        state = next[state];
    }
    total += *cell;
    *cell = 0;
    return total;
}
