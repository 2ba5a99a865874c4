#include "tree.h"

#include <stdlib.h>

static struct value of_constant(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    (void)row, (void)parameters;
    return expression->node->constant;
}

static struct value of_parameter(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    (void)row;
    return parameters[expression->node->parameter];
}

static struct value of_column(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    (void)parameters;
    return row[expression->node->column];
}

static struct value of_real(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    struct value value = expression->first->evaluate(expression->first, row, parameters);
    return real_value(real_of(&value));
}

static struct value of_arithmetic(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    struct value first = expression->first->evaluate(expression->first, row, parameters);
    struct value second = expression->second->evaluate(expression->second, row, parameters);
    const struct value_class *class = class_of(&first, &second);
    switch (expression->node->operation) {
    case ADD: return class->add(&first, &second);
    case SUBTRACT: return class->subtract(&first, &second);
    default: return class->multiply(&first, &second);
    }
}

static struct value of_comparison(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    struct value first = expression->first->evaluate(expression->first, row, parameters);
    struct value second = expression->second->evaluate(expression->second, row, parameters);
    int order = class_of(&first, &second)->compare(&first, &second);
    switch (expression->node->operation) {
    case EQUAL: return integer_value(order == 0);
    case UNEQUAL: return integer_value(order != 0);
    case LESS: return integer_value(order < 0);
    case AT_MOST: return integer_value(order <= 0);
    case MORE: return integer_value(order == 1);
    default: return integer_value(order == 0 || order == 1);
    }
}

static struct value of_condition(const struct expression *expression, const struct value *row, const struct value *parameters)
{
    struct value first = expression->first->evaluate(expression->first, row, parameters);
    if (expression->node->operation == NOT)
        return integer_value(!first.integer);
    struct value second = expression->second->evaluate(expression->second, row, parameters);
    return integer_value(expression->node->operation == AND ? first.integer && second.integer : first.integer || second.integer);
}

struct expression *expression_new(const struct plan *plan, int at)
{
    if (at < 0)
        return NULL;
    struct expression *expression = allocate(sizeof *expression);
    const struct node *node = expression->node = &plan->query.nodes[at];
    expression->first = expression_new(plan, node->first);
    expression->second = expression_new(plan, node->second);
    switch (node->operation) {
    case CONSTANT: expression->evaluate = of_constant; break;
    case PARAMETER: expression->evaluate = of_parameter; break;
    case COLUMN: expression->evaluate = of_column; break;
    case TO_REAL: expression->evaluate = of_real; break;
    case ADD: case SUBTRACT: case MULTIPLY: expression->evaluate = of_arithmetic; break;
    case AND: case OR: case NOT: expression->evaluate = of_condition; break;
    default: expression->evaluate = of_comparison;
    }
    return expression;
}

void expression_free(const struct expression *expression)
{
    if (!expression)
        return;
    expression_free(expression->first);
    expression_free(expression->second);
    free((void *)(uintptr_t)expression);
}
