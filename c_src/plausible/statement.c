#include "statement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plausible_statement *plausible_prepare(struct plausible *engine, const char *sql)
{
    struct plausible_statement *statement = allocate_zeroed(1, sizeof *statement);
    statement->engine = engine;
    statement->next = engine->statements;
    statement->link = &engine->statements;
    if (statement->next)
        statement->next->link = &statement->next;
    engine->statements = statement;
    statement->sql = strcpy(allocate(strlen(sql) + 1), sql);
    if (sql_parse(statement->sql, &statement->plan.query))
        return statement;
    plausible_fail(engine, statement->plan.query.error);
    plausible_let_go(statement);
    return NULL;
}

static void end_run(struct plausible_statement *statement)
{
    fused_free(statement->fused);
    volcano_free(statement->volcano);
    statement->fused = NULL;
    statement->volcano = NULL;
    statement->is_running = false;
}

void statement_end(struct plausible_statement *statement)
{
    if (!statement->engine)
        return;
    end_run(statement);
    *statement->link = statement->next;
    if (statement->next)
        statement->next->link = statement->link;
    statement->engine = NULL;
}

void plausible_let_go(struct plausible_statement *statement)
{
    statement_end(statement);
    for (int i = 0; i < MOST_PARAMETERS; i++)
        free(statement->bound[i].bytes.items);
    for (int i = 0; i < MOST_COLUMNS; i++)
        free(statement->result.vectors[i].own.items);
    free(statement->sql);
    free(statement);
}

int plausible_parameters(const struct plausible_statement *statement)
{
    return statement->plan.query.parameters;
}

static int bind(struct plausible_statement *statement, int parameter, struct value value)
{
    if (parameter < 0 || parameter >= statement->plan.query.parameters)
        return plausible_fail(statement->engine, "there is no such parameter");
    if (statement->parameters[parameter].type != value.type)
        statement->is_planned = false;
    statement->parameters[parameter] = value;
    statement->bound[parameter].is_bound = true;
    statement->bound[parameter].values = NULL;
    return 0;
}

int plausible_bind_integer(struct plausible_statement *statement, int parameter, int64_t integer)
{
    return bind(statement, parameter, integer_value(integer));
}

int plausible_bind_real(struct plausible_statement *statement, int parameter, double real)
{
    return isnan(real) ? plausible_fail(statement->engine, "NaN is no value of a table") : bind(statement, parameter, real_value(real));
}

int plausible_bind_text(struct plausible_statement *statement, int parameter, const char *bytes, int64_t length)
{
    if (bind(statement, parameter, (struct value){.type = TEXT}) < 0)
        return -1;
    struct growing *own = &statement->bound[parameter].bytes;
    own->count = 0;
    char *copied = grow(own, length + 1, 1);
    if (length)
        memcpy(copied, bytes, (size_t)length);
    statement->parameters[parameter].text = (struct text){copied, length};
    return 0;
}

int plausible_bind_column(struct plausible_statement *statement, int parameter, int type, const void *values, const int64_t *ends)
{
    if (type < INTEGER || type > TEXT || bind(statement, parameter, (struct value){.type = (enum type)type}) < 0)
        return plausible_fail(statement->engine, "there is no such parameter, or no such type");
    statement->bound[parameter].values = values;
    statement->bound[parameter].ends = ends;
    return 0;
}

/* Parse and plan what is not planned yet; with the mistake `system`, each time anew. */
int statement_plan(struct plausible_statement *statement)
{
    struct plausible *engine = statement->engine;
    enum type types[MOST_PARAMETERS] = {INTEGER};
    for (int i = 0; i < statement->plan.query.parameters; i++) {
        if (!statement->bound[i].is_bound)
            return plausible_fail(engine, "a parameter has no value");
        types[i] = statement->parameters[i].type;
    }
    if (statement->is_planned && !(engine->mistakes & SYSTEM))
        return 0;
    end_run(statement);
    statement->is_planned = false;
    if (!sql_parse(statement->sql, &statement->plan.query) ||
        !plan_make(&statement->plan, engine->mistakes, table_named, engine, types))
        return plausible_fail(engine, statement->plan.query.error);
    statement->is_planned = true;
    statement->filter = NULL;
    return 0;
}

static int64_t carry_out_create(struct plausible_statement *statement)
{
    struct plausible *engine = statement->engine;
    if (table_create(engine, &statement->plan.query) < 0)
        return -1;
    log_create(&engine->log, statement->sql);
    return plausible_commit(engine);
}

int64_t plausible_execute(struct plausible_statement *statement)
{
    if (statement->plan.query.kind == INSERT)
        return plausible_insert(statement, 1, 1);
    if (statement_plan(statement) < 0)
        return -1;
    if (statement->plan.query.kind == CREATE)
        return carry_out_create(statement);
    if (statement->engine->mistakes & ABSTRACTION) {
        volcano_free(statement->volcano);
        statement->volcano = volcano_new(&statement->plan, statement->parameters);
    } else {
        if (!statement->fused)
            statement->fused = fused_new(&statement->plan);
        fused_start(statement->fused, statement->parameters, statement->filter);
    }
    statement->changes = statement->engine->changes;
    statement->is_running = true;
    statement->result.count = 0;
    return 0;
}

int64_t plausible_fetch(struct plausible_statement *statement)
{
    struct plausible *engine = statement->engine;
    if (!statement->is_running)
        return statement->result.count = 0;
    if (statement->changes != engine->changes)
        return plausible_fail(engine, "rows were added since the SELECT began");
    bool has_rows = statement->fused ? fused_next(statement->fused, &statement->result) : volcano_next(statement->volcano, &statement->result);
    statement->is_running = has_rows;
    if (!has_rows)
        statement->result.count = 0;
    return statement->result.count;
}

int plausible_columns(const struct plausible_statement *statement)
{
    return statement->plan.query.kind == SELECT ? statement->plan.query.output_count : 0;
}

int plausible_type(const struct plausible_statement *statement, int column)
{
    return (int)statement->plan.output_types[column];
}

int plausible_is_null(const struct plausible_statement *statement, int column)
{
    return statement->result.is_null && statement->plan.query.outputs[column].aggregate != COUNT;
}

const int64_t *plausible_integers(const struct plausible_statement *statement, int column)
{
    return statement->result.vectors[column].values;
}

const double *plausible_reals(const struct plausible_statement *statement, int column)
{
    return statement->result.vectors[column].values;
}

int64_t plausible_texts(const struct plausible_statement *statement, int column, char *bytes, int64_t *ends)
{
    const struct text *texts = statement->result.vectors[column].values;
    int64_t end = 0;
    for (int64_t i = 0; i < statement->result.count; i++) {
        if (bytes && texts[i].length)
            memcpy(bytes + end, texts[i].bytes, (size_t)texts[i].length);
        end += texts[i].length;
        if (ends)
            ends[i] = end;
    }
    return end;
}
