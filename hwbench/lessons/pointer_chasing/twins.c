/* A linked list in one array: node n holds the number of the next node and a value, and fills a line. */
#include "lesson.h"

enum { NODE_WORDS = 8 };

/* Follow `steps` nodes from the first and sum their values: no load can begin before the one ahead of it is done. */
LESSON int64_t walk(const int64_t *nodes, int64_t steps)
{
    int64_t node = 0, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += nodes[NODE_WORDS * node + 1];
        node = nodes[NODE_WORDS * node];
    }
    return total;
}

/* Lay out a list as it is. */
LESSON void keep(const int64_t *nodes, int64_t words, int64_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = nodes[word];
}

/* Lay out a list in the order in which it is walked. */
LESSON void sort(const int64_t *nodes, int64_t words, int64_t *out)
{
    int64_t count = words / NODE_WORDS, node = 0;
    for (int64_t place = 0; place < count; place++) {
        out[NODE_WORDS * place] = place + 1 < count ? place + 1 : 0;
        out[NODE_WORDS * place + 1] = nodes[NODE_WORDS * node + 1];
        node = nodes[NODE_WORDS * node];
    }
}
