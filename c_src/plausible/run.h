/* Carrying out a planned SELECT, block by block: in typed loops over columns (fused.c), or (the mistake `abstraction`) a row at a
 * time through iterators, virtual calls and copies (volcano.c). */
#ifndef PLAUSIBLE_RUN_H
#define PLAUSIBLE_RUN_H
#include "engine.h"
#include "plan.h"

enum { BLOCK_ROWS = 1024 };

/* Rows of what was selected; they stay as they are until the next call. `is_null`: the one row of aggregates was gathered from
 * no rows, so that whatever is not a count is NULL. */
struct result {
    int64_t count;
    bool is_null;
    struct vector vectors[MOST_COLUMNS];
};

struct fused;
struct fused *fused_new(const struct plan *plan);
void fused_start(struct fused *fused, const struct value *parameters, plausible_filter *filter);
bool fused_next(struct fused *fused, struct result *result);
/* How many values the operators of the left table's condition have yielded, as long as it was not compiled. */
int64_t fused_yielded(const struct fused *fused);
void fused_free(struct fused *fused);

struct volcano;
struct volcano *volcano_new(const struct plan *plan, const struct value *parameters);
bool volcano_next(struct volcano *volcano, struct result *result);
void volcano_free(struct volcano *volcano);

/* What an aggregate has gathered so far. */
struct gathered {
    int64_t rows;
    int64_t integer;
    double real;
    struct text text;
};
/* Add the rows of a block that the mask has. */
void gather_block(struct gathered *gathered, enum aggregate aggregate, enum type type, const void *values, const int64_t *mask, int64_t count);
struct value gathered_value(const struct gathered *gathered, enum aggregate aggregate, enum type type);
#endif
