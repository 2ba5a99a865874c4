/* Two causes: objects on a list whose nodes lie in order or (FIRST) shuffled, each worked on by a function of its type, the
 * types in runs or (SECOND) at random along the list. */
#include "corpus.h"
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif

enum { NODES = 1 << 15, TYPES = 8 };
struct node {
    struct node *next;
    uint64_t type;
    char rest[LINE - 16];
};

#define SHAPE(number, expression) \
    static NOINLINE uint64_t shape_##number(uint64_t x) { return expression; }
SHAPE(0, x + 1)
SHAPE(1, x + 2)
SHAPE(2, x ^ 3)
SHAPE(3, x - 4)
SHAPE(4, x + 5)
SHAPE(5, x ^ 6)
SHAPE(6, x - 7)
SHAPE(7, x + 8)
static uint64_t (*const volatile AREA[TYPES])(uint64_t) = {shape_0, shape_1, shape_2, shape_3, shape_4, shape_5, shape_6, shape_7};

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    struct node *nodes = memory_of(NODES * sizeof *nodes, ANY_PAGES);
    static uint32_t in_order[NODES], shuffled[NODES];
    static uint8_t runs[NODES], mixed[NODES];
    for (uint32_t i = 0; i < NODES; i++) {
        in_order[i] = shuffled[i] = i;
        runs[i] = mixed[i] = (uint8_t)(i / (NODES / TYPES));
    }
    shuffle(shuffled + 1, NODES - 1, 1);
    shuffle_bytes(mixed, NODES, 2);
    const uint32_t *order = chosen((const void *[]){in_order, shuffled}, FIRST);
    const uint8_t *types = chosen((const void *[]){runs, mixed}, SECOND);
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].type = types[i];
    }
    const struct node *node = nodes;
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        for (uint32_t i = 0; i < NODES; i++) {
            sum += AREA[node->type](pass);
            node = node->next;
        }
    }
    REGION_END();
    return answer(sum);
}
