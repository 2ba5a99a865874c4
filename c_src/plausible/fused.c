#include "evaluate.h"
#include "kernels.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

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
    bool is_key_read, is_told; /* the one row of the key; the one row of aggregates */
    struct batch read, narrowed, joined, kept, right;
    struct growing chosen, mask, known;
    int64_t operators, yielded; /* of the left table's condition */
    struct joining joining;
    struct gathered gathered[MOST_COLUMNS];
};

static int64_t operators_of(const struct query *query, int at)
{
    if (at < 0 || query->nodes[at].first < 0)
        return 0;
    return 1 + operators_of(query, query->nodes[at].first) + operators_of(query, query->nodes[at].second);
}

struct fused *fused_new(const struct plan *plan)
{
    struct fused *fused = allocate_zeroed(1, sizeof *fused);
    fused->plan = fused->evaluator.plan = plan;
    fused->operators = operators_of(&plan->query, plan->filters[LEFT]);
    return fused;
}

static void batch_free(struct batch *batch)
{
    for (int i = 0; i < MOST_BOTH; i++)
        free(batch->columns[i].own.items);
}

void fused_free(struct fused *fused)
{
    if (!fused)
        return;
    struct joining *joining = &fused->joining;
    evaluator_free(&fused->evaluator);
    batch_free(&fused->read);
    batch_free(&fused->narrowed);
    batch_free(&fused->joined);
    batch_free(&fused->kept);
    batch_free(&fused->right);
    batch_free(&joining->right);
    struct growing *arrays[] = {&fused->chosen, &fused->mask, &fused->known, &joining->right_keys, &joining->left_keys,
                                &joining->heads, &joining->next, &joining->left_rows, &joining->right_rows};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]->items);
    free(fused);
}

static void *room(struct growing *array, int64_t count, size_t size)
{
    array->count = 0;
    grow(array, count, size);
    return array->items;
}

static const struct value *known_value(const struct fused *fused, int node)
{
    const struct node *known = &fused->plan->query.nodes[node];
    return known->operation == CONSTANT ? &known->constant : &fused->evaluator.parameters[known->parameter];
}

/* Collect the eight bytes of each constant and parameter of a condition, from left to right. */
static void collect_known(struct fused *fused, int at)
{
    if (at < 0)
        return;
    const struct node *node = &fused->plan->query.nodes[at];
    if (node->operation == CONSTANT || node->operation == PARAMETER)
        *(int64_t *)grow(&fused->known, 1, sizeof(int64_t)) = known_value(fused, at)->integer;
    collect_known(fused, node->first);
    collect_known(fused, node->second);
}

int64_t fused_yielded(const struct fused *fused)
{
    return fused->yielded;
}

void fused_start(struct fused *fused, const struct value *parameters, plausible_filter *filter)
{
    evaluator_start(&fused->evaluator, parameters);
    fused->filter = filter;
    fused->cursor = table_start(fused->plan->tables[LEFT]);
    fused->is_key_read = fused->is_told = false;
    fused->joining.right_batch = NULL;
    fused->joining.is_probing = false;
    fused->known.count = 0;
    if (filter)
        collect_known(fused, fused->plan->filters[LEFT]);
    memset(fused->gathered, 0, sizeof fused->gathered);
}

/* The one row whose key is known, if it is there. */
static void read_key(struct fused *fused, int side, struct vector *columns, int64_t *count)
{
    const struct table *table = fused->plan->tables[side];
    int64_t handle;
    *count = table_find(table, known_value(fused, fused->plan->key_of[side])->integer, &handle);
    for (int i = 0; *count && i < table->width; i++) {
        struct value value = table_value(table, handle, i);
        columns[i].type = value.type;
        void *place = room(&columns[i].own, 1, sizeof(struct text));
        memcpy(place, value.type == TEXT ? (void *)&value.text : (void *)&value.integer, value.type == TEXT ? sizeof value.text : sizeof value.integer);
        columns[i].values = place;
    }
}

/* Read some rows of a table, or (the mistake `system`) all of them with all that is in them; false at its end. */
static bool read_left(struct fused *fused)
{
    const struct plan *plan = fused->plan;
    struct batch *read = &fused->read;
    bool is_whole = plan->mistakes & SYSTEM;
    if (plan->key_of[LEFT] >= 0) {
        read_key(fused, LEFT, read->columns, &read->count);
        bool is_first = !fused->is_key_read;
        fused->is_key_read = true;
        return is_first && read->count;
    }
    int64_t most = is_whole ? INT64_MAX : BLOCK_ROWS;
    read->count = table_read(plan->tables[LEFT], &fused->cursor, most, plan->wanted[LEFT], is_whole, read->columns);
    return read->count > 0;
}

static bool is_wanted(const struct plan *plan, int column)
{
    int left = plan->tables[LEFT]->width;
    return column < left ? plan->wanted[LEFT] >> column & 1 : plan->wanted[RIGHT] >> (column - left) & 1;
}

static void gather(const struct vector *from, const int64_t *rows, int64_t count, struct vector *to)
{
    to->type = from->type;
    if (from->type == TEXT) {
        struct text *texts = room(&to->own, count, sizeof *texts);
        for (int64_t i = 0; i < count; i++)
            texts[i] = ((const struct text *)from->values)[rows[i]];
    } else
        plausible_gather_i64(from->values, rows, count, room(&to->own, count, sizeof(int64_t))); /* doubles are as wide */
    to->values = to->own.items;
}


static const int64_t *mask_of(struct fused *fused, int filter, const struct batch *batch)
{
    if (filter < 0)
        return NULL;
    bool is_left = filter == fused->plan->filters[LEFT];
    if (!fused->filter || !is_left) {
        fused->yielded += is_left ? batch->count * fused->operators : 0;
        return evaluate(&fused->evaluator, filter, batch->columns, batch->count);
    }
    const void *columns[MOST_COLUMNS];
    for (int i = 0; i < fused->plan->tables[LEFT]->width; i++)
        columns[i] = batch->columns[i].values;
    int64_t *mask = room(&fused->mask, batch->count, sizeof *mask);
    fused->filter(columns, fused->known.items, batch->count, mask);
    return mask;
}

/* The rows of a batch that a condition holds of: `to`, or the batch itself where there is no condition. */
static const struct batch *narrow(struct fused *fused, int filter, const struct batch *batch, int from, int width, struct batch *to)
{
    const int64_t *mask = mask_of(fused, filter, batch);
    if (!mask)
        return batch;
    int64_t *chosen = room(&fused->chosen, batch->count, sizeof *chosen);
    to->count = plausible_choose(mask, batch->count, chosen);
    for (int i = from; i < from + width; i++)
        if (is_wanted(fused->plan, i))
            gather(&batch->columns[i], chosen, to->count, &to->columns[i]);
    return to;
}

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

/* The next pairs of this left batch; false when there are no more. */
static bool probe(struct fused *fused, const struct batch *left, const struct batch *right)
{
    const struct plan *plan = fused->plan;
    struct joining *joining = &fused->joining;
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

static const struct batch *pair_up(struct fused *fused, const struct batch *left, const struct batch *right)
{
    struct joining *joining = &fused->joining;
    struct batch *joined = &fused->joined;
    joined->count = joining->left_rows.count;
    for (int i = 0; i < fused->plan->width; i++) {
        bool is_left = i < fused->plan->tables[LEFT]->width;
        const int64_t *rows = is_left ? joining->left_rows.items : joining->right_rows.items;
        if (is_wanted(fused->plan, i))
            gather(is_left ? &left->columns[i] : &right->columns[i], rows, joined->count, &joined->columns[i]);
    }
    return joined;
}

/* The next rows, of which the last condition has yet to be asked; NULL at the end. */
static const struct batch *next_batch(struct fused *fused)
{
    struct joining *joining = &fused->joining;
    const struct plan *plan = fused->plan;
    for (;;) {
        if (joining->is_probing && probe(fused, joining->left_batch, joining->right_batch))
            return pair_up(fused, joining->left_batch, joining->right_batch);
        joining->is_probing = false;
        if (!read_left(fused))
            return NULL;
        bool is_last = plan->query.table_count == 1 && plan->filters[AFTER] < 0;
        const struct batch *left = &fused->read;
        if (!is_last)
            left = narrow(fused, plan->filters[LEFT], left, 0, plan->tables[LEFT]->width, &fused->narrowed);
        if (plan->query.table_count == 1)
            return left;
        if (!joining->right_batch)
            joining->right_batch = build(fused);
        joining->left_batch = left;
        joining->position[0] = 0;
        joining->position[1] = plan->mistakes & ALGORITHM ? 0 : -1;
        joining->is_probing = true;
    }
}

static int last_filter(const struct plan *plan)
{
    return plan->query.table_count == 1 && plan->filters[AFTER] < 0 ? plan->filters[LEFT] : plan->filters[AFTER];
}

static void aggregate_all(struct fused *fused)
{
    const struct query *query = &fused->plan->query;
    const struct batch *batch;
    while ((batch = next_batch(fused))) {
        const int64_t *mask = mask_of(fused, last_filter(fused->plan), batch);
        for (int i = 0; i < query->output_count; i++) {
            int node = query->outputs[i].node;
            const void *values = node < 0 ? NULL : evaluate(&fused->evaluator, node, batch->columns, batch->count);
            gather_block(&fused->gathered[i], query->outputs[i].aggregate, node < 0 ? INTEGER : query->nodes[node].type, values, mask, batch->count);
        }
    }
}

/* The one row of a SELECT of aggregates. */
static void one_row(struct fused *fused, struct result *result)
{
    const struct plan *plan = fused->plan;
    result->count = 1;
    for (int i = 0; i < plan->query.output_count; i++) {
        struct value value = gathered_value(&fused->gathered[i], plan->query.outputs[i].aggregate, plan->output_types[i]);
        struct vector *vector = &result->vectors[i];
        vector->type = plan->output_types[i];
        void *place = room(&vector->own, 1, sizeof(struct text));
        memcpy(place, &value.text, sizeof value.text);
        vector->values = place;
        result->is_null = !fused->gathered[i].rows;
    }
}

bool fused_next(struct fused *fused, struct result *result)
{
    const struct plan *plan = fused->plan;
    const struct batch *batch;
    result->is_null = false;
    result->count = 0;
    if (plan->is_aggregate) {
        if (fused->is_told)
            return false;
        aggregate_all(fused);
        fused->is_told = true;
        one_row(fused, result);
        return true;
    }
    while ((batch = next_batch(fused))) {
        const struct batch *kept = narrow(fused, last_filter(plan), batch, 0, plan->width, &fused->kept);
        if (!kept->count)
            continue;
        result->count = kept->count;
        for (int i = 0; i < plan->query.output_count; i++) {
            result->vectors[i].type = plan->output_types[i];
            result->vectors[i].values = evaluate(&fused->evaluator, plan->query.outputs[i].node, kept->columns, kept->count);
        }
        return true;
    }
    return false;
}
