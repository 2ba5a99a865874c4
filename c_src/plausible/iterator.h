/* The mistake `abstraction`: a tree of iterators that hand up a row at a time, each row copied into the next one's, each value by
 * a virtual call. It is how many a textbook has it (Graefe: Volcano, an extensible and parallel query evaluation system, 1994). */
#ifndef PLAUSIBLE_ITERATOR_H
#define PLAUSIBLE_ITERATOR_H
#include "tree.h"

struct iterator;
struct iterator_class {
    bool (*next)(struct iterator *);
    void (*rewind)(struct iterator *);
};

/* A step of the plan. Its row is its own copy, until the next one is asked for. */
struct iterator {
    const struct iterator_class *class;
    const struct plan *plan;
    const struct value *parameters;
    struct iterator *source, *other; /* where its rows come from; of a join, `other` has the right table's */
    int from, width;                 /* the columns that it fills in, of those of both tables */
    struct value *row;
    bool is_filled, is_started;
    struct expression *condition; /* of a filter; the known key of one that finds a row */
    const struct table *table;
    struct cursor cursor;
    struct growing kept; /* rows, of one that keeps them all */
    int64_t place;
    struct growing heads, next; /* of a hash join: places in other->kept */
    int64_t bits, candidate;
};

/* The tree of a planned SELECT, up to where its outputs are made. */
struct iterator *iterator_tree(const struct plan *plan, const struct value *parameters);
/* Step to the next row; false at the end. */
bool iterator_next(struct iterator *iterator);
void iterator_free(struct iterator *iterator);
#endif
