#include "statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plausible_fail(struct plausible *engine, const char *why)
{
    snprintf(engine->trouble, sizeof engine->trouble, "%s", why);
    return -1;
}

int plausible_commit(struct plausible *engine)
{
    if (log_commit(&engine->log))
        return 0;
    return plausible_fail(engine, engine->log.trouble);
}

static struct table *table_at(const struct plausible *engine, int64_t place)
{
    return place < engine->tables.count ? ((struct table **)engine->tables.items)[place] : NULL;
}

int table_number(const struct plausible *engine, struct name name)
{
    for (int i = 0; i < engine->tables.count; i++)
        if (name_is(name, table_at(engine, i)->name))
            return i;
    return -1;
}

struct table *table_named(void *of, struct name name)
{
    int number = table_number(of, name);
    return number < 0 ? NULL : table_at(of, number);
}

static void copy_name(char *to, struct name name)
{
    memcpy(to, name.at, (size_t)name.length);
    to[name.length] = 0;
}

int table_create(struct plausible *engine, const struct query *query)
{
    char name[MOST_NAME];
    copy_name(name, query->tables[0]);
    if (table_number(engine, query->tables[0]) >= 0)
        return plausible_fail(engine, "there is a table of that name already");
    struct table *table = table_new(name, engine->mistakes & MEMORY, !(engine->mistakes & ALGORITHM));
    for (int i = 0; i < query->definition_count; i++) {
        struct name column = query->definitions[i].name;
        if (table_column(table, column.at, column.length) >= 0) {
            table_free(table);
            return plausible_fail(engine, "two columns have the same name");
        }
        copy_name(table->columns[i].name, column);
        table->columns[i].type = query->definitions[i].type;
        table->width++;
    }
    table->key = query->key;
    *(struct table **)grow(&engine->tables, 1, sizeof table) = table;
    return 0;
}

/* ── what a file holds ── */

static bool read_create(void *of, const char *sql)
{
    struct query *query = allocate(sizeof *query);
    bool is_made = sql_parse(sql, query) && query->kind == CREATE && table_create(of, query) == 0;
    free(query);
    return is_made;
}

static bool read_row(void *of, int table, const char *at, const char *end)
{
    struct value values[MOST_COLUMNS];
    struct table *into = table_at(of, table);
    return into && log_values(into, at, end, values) && table_put(into, values);
}

static bool read_take_back(void *of, int table, int64_t rows)
{
    struct table *from = table_at(of, table);
    if (!from || rows < 0 || rows > from->count)
        return false;
    table_take_back(from, rows);
    return true;
}

struct plausible *plausible_open(const char *path, int mistakes)
{
    struct plausible *engine = allocate_zeroed(1, sizeof *engine);
    const struct log_reader reader = {engine, read_create, read_row, read_take_back};
    engine->mistakes = mistakes;
    engine->is_open = log_open(&engine->log, path, &reader);
    plausible_fail(engine, engine->log.trouble);
    return engine;
}

void plausible_close(struct plausible *engine)
{
    while (engine->statements)
        statement_end(engine->statements);
    for (int i = 0; i < engine->tables.count; i++)
        table_free(table_at(engine, i));
    free(engine->tables.items);
    log_close(&engine->log);
    free(engine);
}

const char *plausible_trouble(const struct plausible *engine)
{
    return engine->trouble;
}

int plausible_is_open(const struct plausible *engine)
{
    return engine->is_open;
}
