#include "plan.h"

#include <stdio.h>
#include <string.h>

static bool fail(struct plan *plan, const char *what, struct name name)
{
    if (!plan->query.error[0])
        snprintf(plan->query.error, sizeof plan->query.error, "%s %.*s", what, (int)name.length, name.length ? name.at : "");
    return false;
}

static bool fail_as(struct plan *plan, const char *what)
{
    return fail(plan, what, (struct name){"", 0});
}

static bool is_table(const struct table *table, struct name name)
{
    return name_is(name, table->name);
}

/* The place of a column among those of both tables, or -1. */
static int find_column(struct plan *plan, struct name table, struct name name)
{
    int found = -1, offset = 0;
    for (int side = 0; side < plan->query.table_count; side++) {
        const struct table *one = plan->tables[side];
        int column = table_column(one, name.at, name.length);
        if (column >= 0 && (!table.at || is_table(one, table))) {
            if (found >= 0)
                return fail(plan, "both tables have a column", name), -1;
            found = offset + column;
        }
        offset += one->width;
    }
    return found >= 0 ? found : (fail(plan, "there is no column", name), -1);
}

static int side_of(const struct plan *plan, int column)
{
    return column < plan->tables[LEFT]->width ? LEFT : RIGHT;
}

static enum type column_type(const struct plan *plan, int column)
{
    int side = side_of(plan, column);
    return plan->tables[side]->columns[column - (side ? plan->tables[LEFT]->width : 0)].type;
}

/* A node as a real, by one more node around it where it is an integer; -1 where there is no room. */
static int as_real(struct query *query, int node)
{
    if (query->nodes[node].type == REAL)
        return node;
    int made = query_node(query, TO_REAL, node, -1);
    if (made >= 0)
        query->nodes[made].type = REAL;
    return made;
}

/* Give both operands one type. */
static bool meet(struct plan *plan, struct node *node)
{
    struct query *query = &plan->query;
    enum type first = query->nodes[node->first].type, second = query->nodes[node->second].type;
    if (first == second)
        return true;
    if (first == TEXT || second == TEXT)
        return fail_as(plan, "a text and a number stand on either side of an operator");
    int one = as_real(query, node->first), other = as_real(query, node->second);
    node->first = one;
    node->second = other;
    return one >= 0 && other >= 0;
}

static bool resolve_operator(struct plan *plan, struct node *node)
{
    struct node *nodes = plan->query.nodes;
    node->type = INTEGER;
    switch (node->operation) {
    case NOT:
        return nodes[node->first].type == INTEGER || fail_as(plan, "NOT is asked of what is no condition");
    case AND:
    case OR:
        return (nodes[node->first].type == INTEGER && nodes[node->second].type == INTEGER) ||
               fail_as(plan, "AND or OR is asked of what is no condition");
    case ADD:
    case SUBTRACT:
    case MULTIPLY:
        if (!meet(plan, node))
            return false;
        node->type = nodes[node->first].type;
        return node->type != TEXT || fail_as(plan, "texts cannot be reckoned with");
    default:
        return meet(plan, node);
    }
}

static bool resolve_node(struct plan *plan, struct node *node)
{
    switch (node->operation) {
    case CONSTANT:
        node->type = node->constant.type;
        return true;
    case PARAMETER:
        node->type = plan->parameter_types[node->parameter];
        return true;
    case COLUMN:
        if (!plan->tables[LEFT])
            return fail_as(plan, "the values of an INSERT have no columns");
        node->column = find_column(plan, node->table, node->name);
        if (node->column < 0)
            return false;
        node->type = column_type(plan, node->column);
        return true;
    default:
        return resolve_operator(plan, node);
    }
}

/* Operands stand before operators, so one pass will do; what it adds itself has its type already. */
static bool resolve(struct plan *plan)
{
    for (int i = 0, count = plan->query.node_count; i < count; i++)
        if (!resolve_node(plan, &plan->query.nodes[i]))
            return false;
    return true;
}

static int sides_used(const struct plan *plan, int node)
{
    const struct node *one = &plan->query.nodes[node];
    if (one->operation == COLUMN)
        return 1 << side_of(plan, one->column);
    return (one->first >= 0 ? sides_used(plan, one->first) : 0) | (one->second >= 0 ? sides_used(plan, one->second) : 0);
}

static void want(struct plan *plan, int node)
{
    if (node < 0)
        return;
    const struct node *one = &plan->query.nodes[node];
    if (one->operation == COLUMN) {
        int side = side_of(plan, one->column);
        plan->wanted[side] |= UINT32_C(1) << (one->column - (side ? plan->tables[LEFT]->width : 0));
    }
    want(plan, one->first);
    want(plan, one->second);
}

static bool is_known_integer(const struct node *node)
{
    return (node->operation == CONSTANT || node->operation == PARAMETER) && node->type == INTEGER;
}

/* Whether a condition is `key = known`, of which table, and the node of what is known. */
static bool is_key(const struct plan *plan, int node, int *side, int *known)
{
    const struct node *one = &plan->query.nodes[node];
    if (one->operation != EQUAL)
        return false;
    for (int turn = 0; turn < 2; turn++) {
        int at = turn ? one->second : one->first, other = turn ? one->first : one->second;
        const struct node *column = &plan->query.nodes[at];
        if (column->operation != COLUMN || !is_known_integer(&plan->query.nodes[other]))
            continue;
        *side = side_of(plan, column->column);
        const struct table *table = plan->tables[*side];
        if (table->key == column->column - (*side ? plan->tables[LEFT]->width : 0)) {
            *known = other;
            return true;
        }
    }
    return false;
}

/* Put each condition that AND joins where it is asked first. */
static bool place_conditions(struct plan *plan, int node)
{
    struct node *one = &plan->query.nodes[node];
    int side, known, used, where;
    if (one->operation == AND)
        return place_conditions(plan, one->first) && place_conditions(plan, one->second);
    if (!(plan->mistakes & ALGORITHM) && is_key(plan, node, &side, &known) && plan->key_of[side] < 0) {
        plan->key_of[side] = known;
        return true;
    }
    used = sides_used(plan, node);
    where = plan->mistakes & SYSTEM || used == 3 || !used ? AFTER : used == 1 << RIGHT ? RIGHT : LEFT;
    if (plan->filters[where] >= 0) {
        int both = query_node(&plan->query, AND, plan->filters[where], node);
        if (both < 0)
            return false;
        plan->query.nodes[both].type = INTEGER;
        node = both;
    }
    plan->filters[where] = node;
    return true;
}

static bool resolve_join(struct plan *plan)
{
    struct query *query = &plan->query;
    bool has[2] = {false, false};
    enum type types[2] = {INTEGER, INTEGER};
    for (int i = 0; i < 2; i++) {
        int column = find_column(plan, query->on[i][0], query->on[i][1]);
        if (column < 0)
            return false;
        int side = side_of(plan, column);
        has[side] = true;
        plan->join[side] = column - (side ? plan->tables[LEFT]->width : 0);
        types[side] = column_type(plan, column);
        plan->wanted[side] |= UINT32_C(1) << plan->join[side];
    }
    if (!has[LEFT] || !has[RIGHT])
        return fail_as(plan, "ON compares no column of one table with one of the other");
    if ((types[LEFT] == TEXT) != (types[RIGHT] == TEXT))
        return fail_as(plan, "ON compares a text with a number");
    plan->join_type = types[LEFT] == types[RIGHT] ? types[LEFT] : REAL;
    return true;
}

/* SELECT *: a node for every column. */
static bool all_columns(struct plan *plan)
{
    struct query *query = &plan->query;
    if (plan->width > MOST_COLUMNS)
        return fail_as(plan, "there are too many columns for SELECT *");
    for (int i = 0; i < plan->width; i++) {
        int node = query_node(query, COLUMN, -1, -1);
        if (node < 0)
            return false;
        query->nodes[node].column = i;
        query->nodes[node].type = column_type(plan, i);
        query->outputs[query->output_count++] = (struct output){NO_AGGREGATE, node};
    }
    return true;
}

static bool resolve_outputs(struct plan *plan)
{
    struct query *query = &plan->query;
    plan->is_aggregate = query->outputs[0].aggregate != NO_AGGREGATE;
    for (int i = 0; i < query->output_count; i++) {
        struct output output = query->outputs[i];
        enum type type = output.node >= 0 ? query->nodes[output.node].type : INTEGER;
        if ((output.aggregate != NO_AGGREGATE) != plan->is_aggregate)
            return fail_as(plan, "some of what is selected is an aggregate and some is not");
        if (type == TEXT && (output.aggregate == SUM || output.aggregate == AVERAGE))
            return fail_as(plan, "texts have no sum");
        plan->output_types[i] = output.aggregate == COUNT ? INTEGER : output.aggregate == AVERAGE ? REAL : type;
    }
    return true;
}

/* Whether nothing but the least and the most primary key is selected, which the index tells. */
static bool is_of_ends(const struct plan *plan)
{
    const struct query *query = &plan->query;
    const struct table *table = plan->tables[LEFT];
    if (plan->mistakes & ALGORITHM || query->table_count != 1 || query->where >= 0 || table->key < 0)
        return false;
    for (int i = 0; i < query->output_count; i++) {
        struct output output = query->outputs[i];
        if (output.aggregate != LEAST && output.aggregate != MOST)
            return false;
        if (query->nodes[output.node].operation != COLUMN || query->nodes[output.node].column != table->key)
            return false;
    }
    return true;
}

static bool plan_select(struct plan *plan)
{
    struct query *query = &plan->query;
    plan->width = plan->tables[LEFT]->width + (query->table_count == 2 ? plan->tables[RIGHT]->width : 0);
    if (!resolve(plan) || (query->table_count == 2 && !resolve_join(plan)))
        return false;
    if (!query->output_count && !all_columns(plan))
        return false;
    if (query->where >= 0 && query->nodes[query->where].type != INTEGER)
        return fail_as(plan, "WHERE is no condition");
    if (query->where >= 0 && !place_conditions(plan, query->where))
        return false;
    want(plan, query->where);
    for (int i = 0; i < query->output_count; i++)
        want(plan, query->outputs[i].node);
    plan->is_of_ends = is_of_ends(plan);
    if (plan->mistakes & SYSTEM)
        plan->wanted[LEFT] = plan->wanted[RIGHT] = UINT32_MAX;
    return resolve_outputs(plan);
}

static bool plan_insert(struct plan *plan)
{
    struct query *query = &plan->query;
    struct table *into = plan->tables[LEFT];
    plan->tables[LEFT] = NULL; /* its columns are not to be seen by the values */
    bool is_resolved = resolve(plan);
    plan->tables[LEFT] = into;
    if (!is_resolved)
        return false;
    if (query->output_count != into->width)
        return fail_as(plan, "there are more or fewer values than columns");
    for (int i = 0; i < into->width; i++) {
        struct output *output = &query->outputs[i];
        if (output->aggregate != NO_AGGREGATE)
            return fail_as(plan, "an INSERT has no aggregates");
        enum operation operation = query->nodes[output->node].operation;
        if (operation != CONSTANT && operation != PARAMETER)
            return fail_as(plan, "an INSERT takes constants and parameters only");
        enum type type = query->nodes[output->node].type, wanted = into->columns[i].type;
        if (type == INTEGER && wanted == REAL && (output->node = as_real(query, output->node)) >= 0)
            continue;
        if (type != wanted)
            return fail(plan, "a value is of another type than column", (struct name){into->columns[i].name, (int64_t)strlen(into->columns[i].name)});
    }
    return true;
}

bool plan_make(struct plan *plan, int mistakes, find_table *find, void *of, const enum type *parameter_types)
{
    struct query *query = &plan->query;
    plan->mistakes = mistakes;
    plan->is_aggregate = plan->is_of_ends = false;
    plan->width = 0;
    plan->tables[LEFT] = plan->tables[RIGHT] = NULL;
    plan->wanted[LEFT] = plan->wanted[RIGHT] = 0;
    plan->key_of[LEFT] = plan->key_of[RIGHT] = -1;
    plan->filters[LEFT] = plan->filters[RIGHT] = plan->filters[AFTER] = -1;
    memcpy(plan->parameter_types, parameter_types, sizeof plan->parameter_types);
    for (int i = 0; i < query->table_count && query->kind != CREATE; i++)
        if (!(plan->tables[i] = find(of, query->tables[i])))
            return fail(plan, "there is no table", query->tables[i]);
    switch (query->kind) {
    case SELECT:
        return plan_select(plan);
    case INSERT:
        return plan_insert(plan);
    default:
        return true;
    }
}

bool plan_wants(const struct plan *plan, int column)
{
    int side = side_of(plan, column);
    return plan->wanted[side] >> (column - (side ? plan->tables[LEFT]->width : 0)) & 1;
}

struct value plan_known(const struct plan *plan, int at, const struct value *parameters)
{
    const struct node *node = &plan->query.nodes[at];
    if (node->operation == TO_REAL) {
        struct value integer = plan_known(plan, node->first, parameters);
        return real_value(real_of(&integer));
    }
    return node->operation == CONSTANT ? node->constant : parameters[node->parameter];
}
