/* A ring of nodes in an array of words: a node is the number of the word at which the next one begins, and a value. */
#include "lesson.h"

enum { LINE = 8 }; /* words */

/* Follow `steps` nodes and sum their values: each address must be translated before the load can set out. */
LESSON int64_t walk(const int64_t *words, int64_t steps)
{
    int64_t node = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += words[node + 1];
        node = words[node];
    }
    return total;
}

/* Lay out the nodes as they are. */
LESSON void keep(const int64_t *words, int64_t count, int64_t *out)
{
    for (int64_t word = 0; word < count; word++)
        out[word] = words[word];
}

/* Lay out the nodes side by side, a line each, in the order in which they are walked. */
LESSON void pack(const int64_t *words, int64_t count, int64_t *out)
{
    int64_t node = 0, place = 0;
    do {
        int64_t next = words[node];
        out[place] = next == 0 || place + LINE >= count ? 0 : place + LINE;
        out[place + 1] = words[node + 1];
        node = next;
        place += LINE;
    } while (node != 0);
}
