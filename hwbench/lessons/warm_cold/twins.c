/* A ring of nodes in one array: each holds the number of the next and a value, and has two lines to itself. */
#include "lesson.h"

enum { NODE_WORDS = 16 };

/* Go round once and sum the values: each step waits for a line, from wherever the last use of this data has left it. */
LESSON int64_t visit(const int64_t *nodes, int64_t count)
{
    int64_t node = 0, total = 0;
    for (int64_t step = 0; step < count; step++) {
        total += nodes[NODE_WORDS * node + 1];
        node = nodes[NODE_WORDS * node];
    }
    return total;
}

/* First read every node in the order of the array, where no load waits for another; then go round, through warm caches. */
LESSON int64_t read_and_visit(const int64_t *nodes, int64_t count)
{
    int64_t node = 0, total = 0, seen = 0;
    for (int64_t place = 0; place < count; place++)
        seen += nodes[NODE_WORDS * place];
    KEEP(seen);
    for (int64_t step = 0; step < count; step++) {
        total += nodes[NODE_WORDS * node + 1];
        node = nodes[NODE_WORDS * node];
    }
    return total;
}
