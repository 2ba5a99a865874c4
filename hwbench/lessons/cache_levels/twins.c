/* A ring of nodes, a line each: a node holds the place of the next one and a value. */
#include "lesson.h"

enum { NODE_WORDS = 8, BLOCK = 128 };

/* Walk on from where the last call stopped: every step takes as long as a load from the level that holds the ring. */
LESSON int64_t walk(const int64_t *nodes, int64_t *at, int64_t steps)
{
    int64_t node = *at, total = 0;
    for (int64_t step = 0; step < steps; step++) {
        total += nodes[node + 1];
        node = nodes[node];
    }
    *at = node;
    return total;
}

/* Count the values below each of the limits, limit by limit: every pass fetches all nodes from the level that holds them. */
LESSON int64_t count_by_limits(const int64_t *nodes, int64_t count, const int64_t *limits, int64_t passes)
{
    int64_t below = 0;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int64_t node = 0; node < count; node++)
            below += nodes[NODE_WORDS * node + 1] < limits[pass];
    return below;
}

/* The same block by block: only the first pass over a block finds it far away. */
LESSON int64_t count_by_blocks(const int64_t *nodes, int64_t count, const int64_t *limits, int64_t passes)
{
    int64_t below = 0;
    for (int64_t first = 0; first < count; first += BLOCK) {
        int64_t end = first + BLOCK < count ? first + BLOCK : count;
        for (int64_t pass = 0; pass < passes; pass++)
            for (int64_t node = first; node < end; node++)
                below += nodes[NODE_WORDS * node + 1] < limits[pass];
    }
    return below;
}
