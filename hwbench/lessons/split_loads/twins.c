/* Records of one line each, linked to a ring. The first word of all says at which byte of a record its link stands; a link
 * is the distance in bytes of the next record from the first. */
#include <string.h>

#include "lesson.h"

/* Load 8 bytes from anywhere: one instruction, whatever the alignment. */
static int64_t word(const uint8_t *at)
{
    int64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Follow `steps` links and sum them: a load takes two lines to be served if its bytes lie on two. */
LESSON int64_t walk(const uint8_t *records, int64_t steps)
{
    const uint8_t *links = records + word(records);
    int64_t record = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        record = word(links + record);
        total += record;
    }
    return total;
}

/* Lay out the records as they are. */
LESSON void keep(const uint8_t *records, int64_t bytes, uint8_t *out)
{
    memcpy(out, records, (size_t)bytes);
}

/* Lay out the records with their links at byte 8, which no line ends near. */
LESSON void align(const uint8_t *records, int64_t bytes, uint8_t *out)
{
    int64_t place = 8, old = word(records), record = 0;
    memset(out, 0, (size_t)bytes);
    memcpy(out, &place, sizeof place);
    do {
        int64_t after = word(records + old + record);
        memcpy(out + place + record, &after, sizeof after);
        record = after;
    } while (record != 0);
}
