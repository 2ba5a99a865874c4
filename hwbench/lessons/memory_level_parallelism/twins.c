/* Rings of nodes, a line each: a node holds the number of the next one and a value. `at` says where each walk stands. */
#include "lesson.h"

enum { NODE_WORDS = 8 };

/* Walk ring after ring, `steps` nodes each: there is never more than one load that could be under way. */
LESSON int64_t one_by_one(const int64_t *nodes, int64_t *at, int64_t rings, int64_t steps)
{
    int64_t total = 0;
    for (int64_t ring = 0; ring < rings; ring++)
        for (int64_t step = 0; step < steps; step++) {
            total += nodes[NODE_WORDS * at[ring] + 1];
            at[ring] = nodes[NODE_WORDS * at[ring]];
        }
    return total;
}

/* Walk all rings at the same time, a step of each in turn: while one waits, the others' loads are already under way. */
LESSON int64_t side_by_side(const int64_t *nodes, int64_t *at, int64_t rings, int64_t steps)
{
    int64_t total = 0;
    for (int64_t step = 0; step < steps; step++)
        for (int64_t ring = 0; ring < rings; ring++) {
            total += nodes[NODE_WORDS * at[ring] + 1];
            at[ring] = nodes[NODE_WORDS * at[ring]];
        }
    return total;
}
