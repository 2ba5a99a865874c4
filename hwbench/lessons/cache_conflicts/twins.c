/* A ring of nodes that lie a stride apart: a node holds the place of the next one and a value. */
#include "lesson.h"

enum { LINE_WORDS = 8 };

/* Walk the ring: where its nodes lie a power of two apart, all of them belong into the few places of one set. */
LESSON int64_t walk(const int64_t *words, int64_t steps)
{
    int64_t node = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += words[node + 1];
        node = words[node];
    }
    return total;
}

/* Lay out the ring as it is. */
LESSON void keep(const int64_t *words, int64_t count, int64_t *out)
{
    for (int64_t word = 0; word < count; word++)
        out[word] = words[word];
}

/* Lay out the nodes line after line, so that each belongs to another set. */
LESSON void pack(const int64_t *words, int64_t count, int64_t *out)
{
    int64_t node = 0;
    for (int64_t place = 0; place < count; place += LINE_WORDS) {
        out[place + 1] = words[node + 1];
        node = words[node];
        out[place] = node == 0 ? 0 : place + LINE_WORDS;
        if (node == 0)
            return;
    }
}
