#include "iterator.h"
#include "run.h"

#include <stdlib.h>

struct volcano {
    const struct plan *plan;
    const struct value *parameters;
    struct iterator *top;
    struct expression *outputs[MOST_COLUMNS];
    struct gathered gathered[MOST_COLUMNS];
    struct growing texts; /* those of the last result */
    bool is_told;
};

struct volcano *volcano_new(const struct plan *plan, const struct value *parameters)
{
    struct volcano *volcano = allocate_zeroed(1, sizeof *volcano);
    volcano->plan = plan;
    volcano->parameters = parameters;
    volcano->top = iterator_tree(plan, parameters);
    for (int i = 0; i < plan->query.output_count; i++)
        volcano->outputs[i] = expression_new(plan, plan->query.outputs[i].node);
    return volcano;
}

static void forget_texts(struct volcano *volcano)
{
    for (int64_t i = 0; i < volcano->texts.count; i++)
        value_classes[TEXT].release(&((struct value *)volcano->texts.items)[i]);
    volcano->texts.count = 0;
}

void volcano_free(struct volcano *volcano)
{
    if (!volcano)
        return;
    forget_texts(volcano);
    free(volcano->texts.items);
    iterator_free(volcano->top);
    for (int i = 0; i < volcano->plan->query.output_count; i++)
        expression_free(volcano->outputs[i]);
    free(volcano);
}

static struct value kept_text(struct volcano *volcano, const struct value *value)
{
    struct value copied = value_classes[TEXT].copy(value);
    *(struct value *)grow(&volcano->texts, 1, sizeof copied) = copied;
    return copied;
}

static void tell(struct volcano *volcano, struct vector *vector, struct value value)
{
    vector->type = value.type;
    if (value.type == INTEGER)
        *(int64_t *)grow(&vector->own, 1, sizeof value.integer) = value.integer;
    else if (value.type == REAL)
        *(double *)grow(&vector->own, 1, sizeof value.real) = value.real;
    else
        *(struct text *)grow(&vector->own, 1, sizeof value.text) = kept_text(volcano, &value).text;
    vector->values = vector->own.items;
}

static struct value output_of(const struct volcano *volcano, int output)
{
    const struct expression *expression = volcano->outputs[output];
    return expression ? expression->evaluate(expression, volcano->top->row, volcano->parameters) : integer_value(0);
}

static bool is_better(const struct gathered *gathered, const struct value *value, bool is_most)
{
    if (!gathered->rows)
        return true;
    struct value best = gathered_value(gathered, LEAST, value->type);
    int order = value_classes[value->type].compare(value, &best);
    return order == (is_most ? 1 : -1);
}

static void keep_best(struct volcano *volcano, struct gathered *gathered, const struct value *value)
{
    if (value->type == INTEGER)
        gathered->integer = value->integer;
    else if (value->type == REAL)
        gathered->real = value->real;
    else
        gathered->text = kept_text(volcano, value).text;
}

static void add_up(struct volcano *volcano, struct gathered *gathered, enum aggregate aggregate, struct value value)
{
    if (aggregate == LEAST || aggregate == MOST) {
        if (is_better(gathered, &value, aggregate == MOST))
            keep_best(volcano, gathered, &value);
    } else if (aggregate != COUNT) {
        struct value so_far = gathered_value(gathered, SUM, value.type);
        struct value sum = value_classes[value.type].add(&so_far, &value);
        keep_best(volcano, gathered, &sum);
    }
    gathered->rows++;
}

static void aggregate_all(struct volcano *volcano, struct result *result)
{
    const struct plan *plan = volcano->plan;
    const struct query *query = &plan->query;
    while (iterator_next(volcano->top))
        for (int i = 0; i < query->output_count; i++)
            add_up(volcano, &volcano->gathered[i], query->outputs[i].aggregate, output_of(volcano, i));
    for (int i = 0; i < query->output_count; i++) {
        struct gathered *gathered = &volcano->gathered[i];
        tell(volcano, &result->vectors[i], gathered_value(gathered, query->outputs[i].aggregate, plan->output_types[i]));
        result->is_null = !gathered->rows;
    }
    result->count = 1;
}

bool volcano_next(struct volcano *volcano, struct result *result)
{
    const struct plan *plan = volcano->plan;
    int64_t most = plan->mistakes & SYSTEM ? INT64_MAX : BLOCK_ROWS;
    forget_texts(volcano);
    result->count = 0;
    result->is_null = false;
    for (int i = 0; i < plan->query.output_count; i++)
        result->vectors[i].own.count = 0;
    if (plan->is_aggregate && !volcano->is_told)
        aggregate_all(volcano, result);
    else
        while (!plan->is_aggregate && result->count < most && iterator_next(volcano->top)) {
            for (int i = 0; i < plan->query.output_count; i++)
                tell(volcano, &result->vectors[i], output_of(volcano, i));
            result->count++;
        }
    volcano->is_told = plan->is_aggregate;
    return result->count > 0;
}
