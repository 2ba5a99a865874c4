#include "fused.h"

#include "kernels.h"

#include <stdlib.h>
#include <string.h>

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

void *room(struct growing *array, int64_t count, size_t size)
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
    fused->is_index_read = fused->is_told = false;
    fused->joining.right_batch = NULL;
    fused->joining.is_probing = false;
    fused->known.count = 0;
    if (filter)
        collect_known(fused, fused->plan->filters[LEFT]);
    memset(fused->gathered, 0, sizeof fused->gathered);
}

void read_key(struct fused *fused, int side, struct vector *columns, int64_t *count)
{
    const struct table *table = fused->plan->tables[side];
    int64_t handle;
    *count = table_find(table, known_value(fused, fused->plan->key_of[side])->integer, &handle);
    table_read_these(table, &handle, *count, fused->plan->wanted[side], columns);
}

/* The rows with the least and with the most key, which may be one; none of an empty table. */
static void read_ends(struct fused *fused, struct vector *columns, int64_t *count)
{
    const struct table *table = fused->plan->tables[LEFT];
    int64_t handles[2];
    *count = table_end(table, false, &handles[0]) && table_end(table, true, &handles[1]) ? 2 : 0;
    table_read_these(table, handles, *count, fused->plan->wanted[LEFT], columns);
}

/* Read some rows of a table, or (the mistake `system`) all of them with all that is in them; false at its end. */
static bool read_left(struct fused *fused)
{
    const struct plan *plan = fused->plan;
    struct batch *read = &fused->read;
    bool is_whole = plan->mistakes & SYSTEM;
    if (plan->key_of[LEFT] >= 0 || plan->is_of_ends) {
        if (fused->is_index_read)
            return false;
        fused->is_index_read = true;
        if (plan->is_of_ends)
            read_ends(fused, read->columns, &read->count);
        else
            read_key(fused, LEFT, read->columns, &read->count);
        return read->count > 0;
    }
    int64_t most = is_whole ? INT64_MAX : BLOCK_ROWS;
    read->count = table_read(plan->tables[LEFT], &fused->cursor, most, plan->wanted[LEFT], is_whole, read->columns);
    return read->count > 0;
}

void gather(const struct vector *from, const int64_t *rows, int64_t count, struct vector *to)
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

const struct batch *narrow(struct fused *fused, int filter, const struct batch *batch, int from, int width, struct batch *to)
{
    const int64_t *mask = mask_of(fused, filter, batch);
    if (!mask)
        return batch;
    int64_t *chosen = room(&fused->chosen, batch->count, sizeof *chosen);
    to->count = plausible_choose(mask, batch->count, chosen);
    for (int i = from; i < from + width; i++)
        if (plan_wants(fused->plan, i))
            gather(&batch->columns[i], chosen, to->count, &to->columns[i]);
    return to;
}

/* The next rows, of which the last condition has yet to be asked; NULL at the end. */
static const struct batch *next_batch(struct fused *fused)
{
    struct joining *joining = &fused->joining;
    const struct plan *plan = fused->plan;
    for (;;) {
        if (joining->is_probing && join_next(fused))
            return join_pairs(fused);
        joining->is_probing = false;
        if (!read_left(fused))
            return NULL;
        bool is_last = plan->query.table_count == 1 && plan->filters[AFTER] < 0;
        const struct batch *left = &fused->read;
        if (!is_last)
            left = narrow(fused, plan->filters[LEFT], left, 0, plan->tables[LEFT]->width, &fused->narrowed);
        if (plan->query.table_count == 1)
            return left;
        join_start(fused, left);
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
