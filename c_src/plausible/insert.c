#include "statement.h"

#include <math.h>
#include <stdio.h>

static void add_layers(const struct plan *plan, const struct value *from, struct value *to)
{
    for (int i = 0; i < plan->tables[LEFT]->width; i++)
        to[i] = value_classes[from[i].type].copy(&from[i]);
}

static void release_layer(const struct plan *plan, struct value *values)
{
    for (int i = 0; i < plan->tables[LEFT]->width; i++)
        value_classes[values[i].type].release(&values[i]);
}

/* With the mistake `abstraction` a row is handed down through layers, each with a copy of its own. */
static bool add_row(const struct plan *plan, const struct value *row)
{
    struct value request[MOST_COLUMNS], stored[MOST_COLUMNS];
    if (!(plan->mistakes & ABSTRACTION))
        return table_add(plan->tables[LEFT], row);
    add_layers(plan, row, request);
    add_layers(plan, request, stored);
    bool is_added = table_add(plan->tables[LEFT], stored);
    release_layer(plan, stored);
    release_layer(plan, request);
    return is_added;
}

static bool add(struct plausible_statement *statement)
{
    const struct plan *plan = &statement->plan;
    struct plausible *engine = statement->engine;
    struct value row[MOST_COLUMNS];
    for (int i = 0; i < plan->tables[LEFT]->width; i++)
        row[i] = plan_known(plan, plan->query.outputs[i].node, statement->parameters);
    if (add_row(plan, row)) {
        log_row(&engine->log, table_number(engine, plan->query.tables[0]), plan->tables[LEFT], row);
        return true;
    }
    snprintf(engine->trouble, sizeof engine->trouble, "table %s has a row with the primary key %lld already", plan->tables[LEFT]->name,
             (long long)row[plan->tables[LEFT]->key].integer);
    return false;
}

/* Take back what a statement that failed has inserted; with the mistake `system` that is in the file already. */
static int64_t undo(struct plausible_statement *statement)
{
    struct plausible *engine = statement->engine;
    int64_t rows = statement->inserted;
    if (!rows)
        return -1;
    statement->inserted = 0;
    log_forget(&engine->log);
    table_take_back(statement->plan.tables[LEFT], rows);
    if (engine->mistakes & SYSTEM) {
        log_take_back(&engine->log, table_number(engine, statement->plan.query.tables[0]), rows);
        log_commit(&engine->log);
    }
    return -1;
}

/* Take a row of the bound columns as the parameters; false where that cannot be. */
static bool take_row(struct plausible_statement *statement, int64_t row)
{
    for (int i = 0; i < statement->plan.query.parameters; i++) {
        const struct bound *bound = &statement->bound[i];
        struct value *value = &statement->parameters[i];
        if (!bound->values)
            continue;
        if (value->type == INTEGER)
            value->integer = ((const int64_t *)bound->values)[row];
        else if (value->type == REAL)
            value->real = ((const double *)bound->values)[row];
        else {
            int64_t start = row ? bound->ends[row - 1] : 0;
            value->text = (struct text){(const char *)bound->values + start, bound->ends[row] - start};
        }
        if (value->type == REAL && isnan(value->real)) {
            plausible_fail(statement->engine, "NaN is no value of a table");
            return false;
        }
    }
    return true;
}

/* The columns that were bound are not ours to look at again. */
static int64_t forget_columns(struct plausible_statement *statement, int64_t added)
{
    for (int i = 0; i < statement->plan.query.parameters; i++)
        if (statement->bound[i].values)
            statement->bound[i] = (struct bound){.bytes = statement->bound[i].bytes};
    return added;
}

static int64_t insert_rows(struct plausible_statement *statement, int64_t rows, bool is_last)
{
    struct plausible *engine = statement->engine;
    bool is_each = engine->mistakes & SYSTEM;
    if (statement->plan.query.kind != INSERT)
        return plausible_fail(engine, "the statement is no INSERT");
    if (statement_plan(statement) < 0)
        return undo(statement);
    engine->changes++;
    for (int64_t i = 0; i < rows; i++) {
        if (i && is_each && statement_plan(statement) < 0)
            return undo(statement);
        if (!take_row(statement, i) || !add(statement))
            return undo(statement);
        if (is_each && plausible_commit(engine) < 0) {
            table_take_back(statement->plan.tables[LEFT], 1);
            return undo(statement);
        }
        statement->inserted++;
    }
    if (is_last && plausible_commit(engine) < 0)
        return undo(statement);
    statement->inserted = is_last ? 0 : statement->inserted;
    return rows;
}

int64_t plausible_insert(struct plausible_statement *statement, int64_t rows, int is_last)
{
    return forget_columns(statement, insert_rows(statement, rows, is_last));
}

void plausible_take_back(struct plausible_statement *statement)
{
    undo(statement);
}
