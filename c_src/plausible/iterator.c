#include "iterator.h"

#include <stdlib.h>
#include <string.h>

static void row_copy(const struct iterator *iterator, const struct value *from, struct value *to, int first, int width)
{
    for (int i = first; i < first + width; i++)
        if (plan_wants(iterator->plan, i))
            to[i] = value_classes[from[i].type].copy(&from[i]);
}

static void row_release(const struct iterator *iterator, struct value *row, int first, int width)
{
    for (int i = first; i < first + width; i++)
        if (plan_wants(iterator->plan, i))
            value_classes[row[i].type].release(&row[i]);
}

static void empty(struct iterator *iterator)
{
    if (iterator->is_filled)
        row_release(iterator, iterator->row, iterator->from, iterator->width);
    iterator->is_filled = false;
}

static void fill(struct iterator *iterator, const struct iterator *from)
{
    row_copy(iterator, from->row, iterator->row, from->from, from->width);
    iterator->is_filled = true;
}

bool iterator_next(struct iterator *iterator)
{
    empty(iterator);
    return iterator->class->next(iterator);
}

/* ── a table's rows: all of them, the one with a known key, those at the ends of the index ── */

static bool fill_from_table(struct iterator *iterator, int64_t handle)
{
    for (int i = 0; i < iterator->width; i++)
        if (plan_wants(iterator->plan, iterator->from + i)) {
            struct value value = table_value(iterator->table, handle, i);
            iterator->row[iterator->from + i] = value_classes[value.type].copy(&value);
        }
    return iterator->is_filled = true;
}

static bool scan_next(struct iterator *scan)
{
    int64_t handle;
    return table_next(scan->table, &scan->cursor, &handle) && fill_from_table(scan, handle);
}

static void scan_rewind(struct iterator *scan)
{
    scan->cursor = table_start(scan->table);
}

static bool find_next(struct iterator *find)
{
    int64_t handle;
    struct value key = find->condition->evaluate(find->condition, find->row, find->parameters);
    if (find->is_started || !table_find(find->table, key.integer, &handle))
        return false;
    find->is_started = true;
    return fill_from_table(find, handle);
}

static void find_rewind(struct iterator *find)
{
    find->is_started = false;
}

/* The row with the least key, then the one with the most. */
static bool ends_next(struct iterator *ends)
{
    int64_t handle;
    return ends->place < 2 && table_end(ends->table, ends->place++, &handle) && fill_from_table(ends, handle);
}

static void place_rewind(struct iterator *iterator)
{
    iterator->place = 0;
}

/* ── those of which a condition holds ── */

static bool filter_next(struct iterator *filter)
{
    while (iterator_next(filter->source)) {
        if (!filter->condition->evaluate(filter->condition, filter->source->row, filter->parameters).integer)
            continue;
        fill(filter, filter->source);
        return true;
    }
    return false;
}

static void source_rewind(struct iterator *iterator)
{
    iterator->source->class->rewind(iterator->source);
}

/* ── all of them, kept before the first is handed on ── */

static struct value *kept_row(const struct iterator *keeper, int64_t place)
{
    return ((struct value **)keeper->kept.items)[place];
}

static void keep_all(struct iterator *keeper)
{
    keeper->is_started = true;
    while (iterator_next(keeper->source)) {
        struct value *row = allocate((size_t)keeper->plan->width * sizeof *row);
        row_copy(keeper, keeper->source->row, row, keeper->from, keeper->width);
        *(struct value **)grow(&keeper->kept, 1, sizeof row) = row;
    }
}

static bool keep_next(struct iterator *keeper)
{
    if (!keeper->is_started)
        keep_all(keeper);
    if (keeper->place == keeper->kept.count)
        return false;
    row_copy(keeper, kept_row(keeper, keeper->place++), keeper->row, keeper->from, keeper->width);
    return keeper->is_filled = true;
}

/* ── joins: the right side is a keeper of rows ── */

static const struct value *key_of(const struct iterator *join, const struct value *row, int side)
{
    return &row[(side ? join->plan->tables[LEFT]->width : 0) + join->plan->join[side]];
}

static void pair_up(struct iterator *join, const struct value *right)
{
    int left = join->plan->tables[LEFT]->width;
    row_copy(join, join->source->row, join->row, 0, left);
    row_copy(join, right, join->row, left, join->width - left);
    join->is_filled = true;
}

static bool is_pair(const struct iterator *join, const struct value *left, const struct value *right)
{
    const struct value *first = key_of(join, left, LEFT), *second = key_of(join, right, RIGHT);
    return !class_of(first, second)->compare(first, second);
}

static bool nested_next(struct iterator *join)
{
    while (join->is_started || iterator_next(join->source)) {
        join->is_started = true;
        while (iterator_next(join->other))
            if (is_pair(join, join->source->row, join->other->row)) {
                pair_up(join, join->other->row);
                return true;
            }
        join->is_started = false;
        join->other->class->rewind(join->other);
    }
    return false;
}

static int64_t bucket_of(const struct iterator *join, const struct value *key)
{
    const struct value_class *class = &value_classes[join->plan->join_type];
    return (int64_t)(class->hash(key) & ((UINT64_C(1) << join->bits) - 1));
}

static void hash_all(struct iterator *join)
{
    struct iterator *right = join->other;
    keep_all(right);
    for (join->bits = 4; INT64_C(1) << join->bits < right->kept.count;)
        join->bits++;
    int64_t *heads = grow(&join->heads, INT64_C(1) << join->bits, sizeof *heads);
    int64_t *next = grow(&join->next, right->kept.count, sizeof *next);
    memset(heads, -1, (size_t)join->heads.count * sizeof *heads);
    for (int64_t i = 0; i < right->kept.count; i++) {
        int64_t *head = &heads[bucket_of(join, key_of(join, kept_row(right, i), RIGHT))];
        next[i] = *head;
        *head = i;
    }
}

static bool hash_next(struct iterator *join)
{
    if (!join->other->is_started)
        hash_all(join);
    for (;;) {
        for (; join->candidate >= 0; join->candidate = ((int64_t *)join->next.items)[join->candidate]) {
            const struct value *right = kept_row(join->other, join->candidate);
            if (!is_pair(join, join->source->row, right))
                continue;
            pair_up(join, right);
            join->candidate = ((int64_t *)join->next.items)[join->candidate];
            return true;
        }
        if (!iterator_next(join->source))
            return false;
        join->candidate = ((int64_t *)join->heads.items)[bucket_of(join, key_of(join, join->source->row, LEFT))];
    }
}

/* ── the plan as a tree ── */

static const struct iterator_class SCAN = {scan_next, scan_rewind}, FIND = {find_next, find_rewind}, ENDS = {ends_next, place_rewind};
static const struct iterator_class FILTER = {filter_next, source_rewind}, KEEP = {keep_next, place_rewind};
static const struct iterator_class NESTED = {nested_next, source_rewind}, HASHED = {hash_next, source_rewind};

struct iterator_maker {
    const struct plan *plan;
    const struct value *parameters;
};

static struct iterator *iterator_new(const struct iterator_maker *maker, const struct iterator_class *class, struct iterator *source)
{
    struct iterator *iterator = allocate_zeroed(1, sizeof *iterator);
    iterator->class = class;
    iterator->plan = maker->plan;
    iterator->parameters = maker->parameters;
    iterator->source = source;
    iterator->candidate = -1;
    iterator->row = allocate_zeroed((size_t)maker->plan->width, sizeof *iterator->row);
    if (source) {
        iterator->from = source->from;
        iterator->width = source->width;
    }
    return iterator;
}

static struct iterator *filtered(const struct iterator_maker *maker, struct iterator *source, int where)
{
    if (maker->plan->filters[where] < 0)
        return source;
    struct iterator *filter = iterator_new(maker, &FILTER, source);
    filter->condition = expression_new(maker->plan, maker->plan->filters[where]);
    return filter;
}

static struct iterator *table_rows(const struct iterator_maker *maker, int side)
{
    const struct plan *plan = maker->plan;
    bool has_key = plan->key_of[side] >= 0;
    struct iterator *rows = iterator_new(maker, has_key ? &FIND : plan->is_of_ends ? &ENDS : &SCAN, NULL);
    rows->table = plan->tables[side];
    rows->from = side ? plan->tables[LEFT]->width : 0;
    rows->width = rows->table->width;
    rows->cursor = table_start(rows->table);
    rows->condition = expression_new(plan, plan->key_of[side]);
    struct iterator *made = filtered(maker, rows, side);
    return plan->mistakes & SYSTEM ? iterator_new(maker, &KEEP, made) : made;
}

struct iterator *iterator_tree(const struct plan *plan, const struct value *parameters)
{
    const struct iterator_maker made = {plan, parameters}, *maker = &made;
    struct iterator *top = table_rows(maker, LEFT);
    if (plan->query.table_count == 2) {
        struct iterator *right = table_rows(maker, RIGHT), *join;
        if (right->class != &KEEP)
            right = iterator_new(maker, &KEEP, right);
        join = iterator_new(maker, plan->mistakes & ALGORITHM ? &NESTED : &HASHED, top);
        join->other = right;
        join->from = 0;
        join->width = plan->width;
        top = plan->mistakes & SYSTEM ? iterator_new(maker, &KEEP, join) : join;
    }
    return filtered(maker, top, AFTER);
}

void iterator_free(struct iterator *iterator)
{
    if (!iterator)
        return;
    empty(iterator);
    iterator_free(iterator->source);
    iterator_free(iterator->other);
    for (int64_t i = 0; i < iterator->kept.count; i++) {
        row_release(iterator, kept_row(iterator, i), iterator->from, iterator->width);
        free(kept_row(iterator, i));
    }
    free(iterator->kept.items);
    free(iterator->heads.items);
    free(iterator->next.items);
    expression_free(iterator->condition);
    free(iterator->row);
    free(iterator);
}
