/* Expressions over blocks of rows: each node is one loop over its operands' vectors. */
#ifndef PLAUSIBLE_EVALUATE_H
#define PLAUSIBLE_EVALUATE_H
#include "plan.h"

/* Memory for the vector of each node, and for how many rows a constant has been written out already. */
struct evaluator {
    const struct plan *plan;
    const struct value *parameters;
    struct growing vectors[MOST_NODES];
    int64_t written[MOST_NODES];
};

void evaluator_start(struct evaluator *evaluator, const struct value *parameters);
void evaluator_free(struct evaluator *evaluator);

/* The vector of a node over `count` rows whose columns are `columns`: int64_t, double or struct text, by its type. */
const void *evaluate(struct evaluator *evaluator, int node, const struct vector *columns, int64_t count);
#endif
