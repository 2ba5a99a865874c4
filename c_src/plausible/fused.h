/* A SELECT that is carried out in typed loops: batches of rows by columns, from the table through conditions and the join to what
 * is selected. The join has a source of its own, joining.c. */
#ifndef PLAUSIBLE_FUSED_H
#define PLAUSIBLE_FUSED_H
#include "evaluate.h"
#include "run.h"

enum { MOST_BOTH = 2 * MOST_COLUMNS };

/* Rows by columns, those of both tables; which of them are there, the plan says. */
struct batch {
    int64_t count;
    struct vector columns[MOST_BOTH];
};

struct joining {
    struct batch right;
    struct growing right_keys, left_keys, heads, next, left_rows, right_rows;
    int64_t bits, position[2];
    const struct batch *left_batch, *right_batch; /* what is joined now; the right one once it is built */
    bool is_probing;
};

struct fused {
    const struct plan *plan;
    struct evaluator evaluator;
    plausible_filter *filter;
    struct cursor cursor;
    bool is_index_read, is_told; /* the rows that the index knows; the one row of aggregates */
    struct batch read, narrowed, joined, kept, right;
    struct growing chosen, mask, known;
    int64_t operators, yielded; /* of the left table's condition */
    struct joining joining;
    struct gathered gathered[MOST_COLUMNS];
};

/* Room for so many elements in an array whose old ones are no longer needed. */
void *room(struct growing *array, int64_t count, size_t size);
void gather(const struct vector *from, const int64_t *rows, int64_t count, struct vector *to);
/* The one row whose key is known, if it is there. */
void read_key(struct fused *fused, int side, struct vector *columns, int64_t *count);
/* The rows of a batch that a condition holds of: `to`, or the batch itself where there is no condition. */
const struct batch *narrow(struct fused *fused, int filter, const struct batch *batch, int from, int width, struct batch *to);

/* Begin to join a left batch, the right table being read and hashed with the first one. */
void join_start(struct fused *fused, const struct batch *left);
/* Find the next pairs of this left batch; false when there are no more. */
bool join_next(struct fused *fused);
/* The rows of the pairs that were found. */
const struct batch *join_pairs(struct fused *fused);
#endif
