#include "evaluate.h"

#include "kernels.h"

#include <stdlib.h>
#include <string.h>

void evaluator_start(struct evaluator *evaluator, const struct value *parameters)
{
    evaluator->parameters = parameters;
    memset(evaluator->written, 0, (size_t)evaluator->plan->query.node_count * sizeof evaluator->written[0]);
}

void evaluator_free(struct evaluator *evaluator)
{
    for (int i = 0; i < MOST_NODES; i++)
        free(evaluator->vectors[i].items);
}

static size_t size_of(enum type type)
{
    return type == TEXT ? sizeof(struct text) : sizeof(int64_t);
}

static void *room_for(struct evaluator *evaluator, int node, int64_t count)
{
    struct growing *vector = &evaluator->vectors[node];
    vector->count = 0;
    grow(vector, count, size_of(evaluator->plan->query.nodes[node].type));
    return vector->items;
}

/* A value in every row: written once for as many rows as are asked for. */
static const void *spread(struct evaluator *evaluator, int node, const struct value *value, int64_t count)
{
    if (evaluator->written[node] >= count)
        return evaluator->vectors[node].items;
    void *room = room_for(evaluator, node, count);
    for (int64_t i = 0; i < count; i++)
        if (value->type == INTEGER)
            ((int64_t *)room)[i] = value->integer;
        else if (value->type == REAL)
            ((double *)room)[i] = value->real;
        else
            ((struct text *)room)[i] = value->text;
    evaluator->written[node] = count;
    return room;
}

static const void *reals(const int64_t *integers, double *made, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        made[i] = (double)integers[i];
    return made;
}

static void compare_texts(const struct text *first, const struct text *second, int64_t count, enum operation operation, int64_t *mask)
{
    for (int64_t i = 0; i < count; i++) {
        int order = text_compare(first[i], second[i]);
        switch (operation) {
        case EQUAL: mask[i] = order == 0; break;
        case UNEQUAL: mask[i] = order != 0; break;
        case LESS: mask[i] = order < 0; break;
        case AT_MOST: mask[i] = order <= 0; break;
        case MORE: mask[i] = order > 0; break;
        default: mask[i] = order >= 0; break;
        }
    }
}

/* Unsigned, so that integers wrap around. */
#define RECKON(name, type)                                                                                                   \
    static void name(const type *first, const type *second, int64_t count, enum operation operation, type *made)             \
    {                                                                                                                        \
        switch (operation) {                                                                                                 \
        case ADD: for (int64_t i = 0; i < count; i++) made[i] = first[i] + second[i]; break;                                 \
        case SUBTRACT: for (int64_t i = 0; i < count; i++) made[i] = first[i] - second[i]; break;                            \
        default: for (int64_t i = 0; i < count; i++) made[i] = first[i] * second[i]; break;                                  \
        }                                                                                                                    \
    }
RECKON(reckon_integers, uint64_t)
RECKON(reckon_reals, double)

static void decide(const int64_t *first, const int64_t *second, int64_t count, enum operation operation, int64_t *mask)
{
    if (operation == NOT)
        for (int64_t i = 0; i < count; i++)
            mask[i] = !first[i];
    else if (operation == AND)
        for (int64_t i = 0; i < count; i++)
            mask[i] = (first[i] != 0) & (second[i] != 0);
    else
        for (int64_t i = 0; i < count; i++)
            mask[i] = (first[i] | second[i]) != 0;
}

static void operate(const struct node *node, enum type of, const void *first, const void *second, int64_t count, void *made)
{
    enum operation operation = node->operation;
    if (operation == TO_REAL)
        reals(first, made, count);
    else if (operation == AND || operation == OR || operation == NOT)
        decide(first, second, count, operation, made);
    else if (operation == ADD || operation == SUBTRACT || operation == MULTIPLY) {
        if (of == INTEGER)
            reckon_integers(first, second, count, operation, made);
        else
            reckon_reals(first, second, count, operation, made);
    } else if (of == INTEGER)
        plausible_compare_i64(first, second, count, operation - EQUAL, made);
    else if (of == REAL)
        plausible_compare_f64(first, second, count, operation - EQUAL, made);
    else
        compare_texts(first, second, count, operation, made);
}

const void *evaluate(struct evaluator *evaluator, int at, const struct vector *columns, int64_t count)
{
    const struct node *node = &evaluator->plan->query.nodes[at];
    switch (node->operation) {
    case COLUMN:
        return columns[node->column].values;
    case CONSTANT:
        return spread(evaluator, at, &node->constant, count);
    case PARAMETER:
        return spread(evaluator, at, &evaluator->parameters[node->parameter], count);
    default:
        break;
    }
    const void *first = evaluate(evaluator, node->first, columns, count);
    const void *second = node->second >= 0 ? evaluate(evaluator, node->second, columns, count) : NULL;
    void *made = room_for(evaluator, at, count);
    operate(node, evaluator->plan->query.nodes[node->first].type, first, second, count, made);
    return made;
}
