/* Expressions as a tree of nodes that are asked one after the other, by virtual calls: of the mistake `abstraction`. */
#ifndef PLAUSIBLE_TREE_H
#define PLAUSIBLE_TREE_H
#include "plan.h"

struct expression {
    struct value (*evaluate)(const struct expression *, const struct value *row, const struct value *parameters);
    const struct expression *first, *second;
    const struct node *node;
};

/* The tree of a node of the plan, or NULL for -1. */
struct expression *expression_new(const struct plan *plan, int node);
void expression_free(const struct expression *expression);
#endif
