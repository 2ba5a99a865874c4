#include "fused.h"
#include "kernels.h"

#include <string.h>

/* A join's keys as integers that are equal where the keys are: integers, the bits of reals, hashes of texts. */
static const int64_t *keys_of(const struct plan *plan, const struct vector *keys, int64_t count, struct growing *own)
{
    if (plan->join_type == INTEGER)
        return keys->values;
    int64_t *made = room(own, count, sizeof *made);
    for (int64_t i = 0; i < count; i++) {
        if (plan->join_type == TEXT) {
            made[i] = (int64_t)text_hash(((const struct text *)keys->values)[i]);
            continue;
        }
        double real = keys->type == REAL ? ((const double *)keys->values)[i] : (double)((const int64_t *)keys->values)[i];
        real += 0.0; /* -0.0 equals 0.0 */
        memcpy(&made[i], &real, sizeof made[i]);
    }
    return made;
}

static const struct vector *key_column(const struct fused *fused, const struct batch *batch, int side)
{
    int offset = side ? fused->plan->tables[LEFT]->width : 0;
    return &batch->columns[offset + fused->plan->join[side]];
}

static void read_right(struct fused *fused, struct batch *read)
{
    const struct plan *plan = fused->plan;
    struct vector *columns = read->columns + plan->tables[LEFT]->width;
    if (plan->key_of[RIGHT] >= 0) {
        read_key(fused, RIGHT, columns, &read->count);
        return;
    }
    struct cursor cursor = table_start(plan->tables[RIGHT]);
    read->count = table_read(plan->tables[RIGHT], &cursor, INT64_MAX, plan->wanted[RIGHT], plan->mistakes & SYSTEM, columns);
}

/* Read the right table, narrow it, and (without the mistake `algorithm`) hash its keys. */
static const struct batch *build(struct fused *fused)
{
    struct joining *joining = &fused->joining;
    const struct plan *plan = fused->plan;
    read_right(fused, &fused->right);
    int left = plan->tables[LEFT]->width, width = plan->tables[RIGHT]->width;
    const struct batch *right = narrow(fused, plan->filters[RIGHT], &fused->right, left, width, &joining->right);
    const int64_t *keys = keys_of(plan, key_column(fused, right, RIGHT), right->count, &joining->right_keys);
    if (plan->mistakes & ALGORITHM)
        return right;
    for (joining->bits = 4; INT64_C(1) << joining->bits < right->count;)
        joining->bits++;
    int64_t *heads = room(&joining->heads, INT64_C(1) << joining->bits, sizeof *heads);
    plausible_join_build(keys, right->count, joining->bits, heads, room(&joining->next, right->count, sizeof *heads));
    return right;
}

void join_start(struct fused *fused, const struct batch *left)
{
    struct joining *joining = &fused->joining;
    if (!joining->right_batch)
        joining->right_batch = build(fused);
    joining->left_batch = left;
    joining->position[0] = 0;
    joining->position[1] = fused->plan->mistakes & ALGORITHM ? 0 : -1;
    joining->is_probing = true;
}

/* Drop the pairs whose texts have a hash in common and nothing else. */
static int64_t equal_texts(const struct vector *left, const struct vector *right, int64_t *left_rows, int64_t *right_rows, int64_t count)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        struct text first = ((const struct text *)left->values)[left_rows[i]], second = ((const struct text *)right->values)[right_rows[i]];
        left_rows[kept] = left_rows[i];
        right_rows[kept] = right_rows[i];
        kept += !text_compare(first, second);
    }
    return kept;
}

bool join_next(struct fused *fused)
{
    const struct plan *plan = fused->plan;
    struct joining *joining = &fused->joining;
    const struct batch *left = joining->left_batch, *right = joining->right_batch;
    bool is_whole = plan->mistakes & SYSTEM;
    const struct vector *left_key = key_column(fused, left, LEFT), *right_key = key_column(fused, right, RIGHT);
    const int64_t *keys = keys_of(plan, left_key, left->count, &joining->left_keys);
    const int64_t *right_keys = plan->join_type == INTEGER ? right_key->values : joining->right_keys.items;
    joining->left_rows.count = joining->right_rows.count = 0;
    while (joining->position[0] < left->count && (is_whole || !joining->left_rows.count)) {
        int64_t *rows = grow(&joining->left_rows, BLOCK_ROWS, sizeof *rows), *others = grow(&joining->right_rows, BLOCK_ROWS, sizeof *others), found;
        if (plan->mistakes & ALGORITHM)
            found = plausible_join_nested(keys, left->count, right_keys, right->count, joining->position, BLOCK_ROWS, rows, others);
        else
            found = plausible_join_probe(keys, left->count, right_keys, joining->bits, joining->heads.items, joining->next.items,
                                         joining->position, BLOCK_ROWS, rows, others);
        if (plan->join_type == TEXT)
            found = equal_texts(left_key, right_key, rows, others, found);
        joining->left_rows.count += found - BLOCK_ROWS;
        joining->right_rows.count += found - BLOCK_ROWS;
    }
    return joining->left_rows.count > 0;
}

const struct batch *join_pairs(struct fused *fused)
{
    struct joining *joining = &fused->joining;
    struct batch *joined = &fused->joined;
    joined->count = joining->left_rows.count;
    for (int i = 0; i < fused->plan->width; i++) {
        bool is_left = i < fused->plan->tables[LEFT]->width;
        const int64_t *rows = is_left ? joining->left_rows.items : joining->right_rows.items;
        const struct batch *from = is_left ? joining->left_batch : joining->right_batch;
        if (plan_wants(fused->plan, i))
            gather(&from->columns[i], rows, joined->count, &joined->columns[i]);
    }
    return joined;
}
