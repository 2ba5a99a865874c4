#include "sql.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where the reader is in the SQL. */
struct reader {
    const char *at;
    struct query *query;
    int depth;
};

enum { DEEPEST = 64 };

static bool fail(struct reader *reader, const char *wanted)
{
    struct query *query = reader->query;
    if (!query->error[0] && *reader->at)
        snprintf(query->error, sizeof query->error, "expected %s at '%.40s'", wanted, reader->at);
    else if (!query->error[0])
        snprintf(query->error, sizeof query->error, "expected %s at the end of the statement", wanted);
    return false;
}

static void skip_space(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool is_in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool name_is(struct name name, const char *word)
{
    return (int64_t)strlen(word) == name.length && !strncasecmp(name.at, word, (size_t)name.length);
}

/* Take a word (of any case) or a sign, if it comes next. */
static bool take(struct reader *reader, const char *wanted)
{
    size_t length = strlen(wanted);
    skip_space(reader);
    if (strncasecmp(reader->at, wanted, length) || (is_in_name(wanted[0]) && is_in_name(reader->at[length])))
        return false;
    reader->at += length;
    return true;
}

static bool need(struct reader *reader, const char *wanted)
{
    return take(reader, wanted) || fail(reader, wanted);
}

static bool take_name(struct reader *reader, struct name *name)
{
    skip_space(reader);
    if (!isalpha((unsigned char)*reader->at) && *reader->at != '_')
        return fail(reader, "a name");
    name->at = reader->at;
    while (is_in_name(*reader->at))
        reader->at++;
    name->length = reader->at - name->at;
    return name->length < 64 || fail(reader, "a name of less than 64 letters");
}

/* `name` or `table.name`. */
static bool take_column(struct reader *reader, struct name *table, struct name *name)
{
    *table = (struct name){NULL, 0};
    if (!take_name(reader, name))
        return false;
    if (*reader->at != '.')
        return true;
    reader->at++;
    *table = *name;
    return take_name(reader, name);
}

int query_node(struct query *query, enum operation operation, int first, int second)
{
    if (query->node_count == MOST_NODES) {
        if (!query->error[0])
            snprintf(query->error, sizeof query->error, "the statement has more than %d expressions", MOST_NODES);
        return -1;
    }
    query->nodes[query->node_count] = (struct node){.operation = operation, .first = first, .second = second, .column = -1};
    return query->node_count++;
}

static bool expression(struct reader *reader, int *node);

static bool number(struct reader *reader, int *node)
{
    char *end, *real_end;
    errno = 0;
    long long integer = strtoll(reader->at, &end, 10);
    int trouble = errno;
    double real = strtod(reader->at, &real_end);
    if ((*node = query_node(reader->query, CONSTANT, -1, -1)) < 0)
        return false;
    if (real_end == end && trouble)
        return fail(reader, "an integer of 64 bits");
    reader->query->nodes[*node].constant = real_end > end ? real_value(real) : integer_value(integer);
    reader->at = real_end;
    return true;
}

/* Quotes inside are not known: bind such a text to a `?`. */
static bool quoted(struct reader *reader, int *node)
{
    const char *start = reader->at + 1, *end = strchr(start, '\'');
    if (!end || end[1] == '\'')
        return fail(reader, "a text in quotes, without quotes in it");
    if ((*node = query_node(reader->query, CONSTANT, -1, -1)) < 0)
        return false;
    reader->query->nodes[*node].constant = (struct value){.type = TEXT, .text = {start, end - start}};
    reader->at = end + 1;
    return true;
}

static bool parameter(struct reader *reader, int *node)
{
    if (reader->query->parameters == MOST_PARAMETERS)
        return fail(reader, "fewer parameters");
    if ((*node = query_node(reader->query, PARAMETER, -1, -1)) < 0)
        return false;
    reader->query->nodes[*node].parameter = reader->query->parameters++;
    return true;
}

static bool primary(struct reader *reader, int *node)
{
    skip_space(reader);
    if (take(reader, "("))
        return expression(reader, node) && need(reader, ")");
    if (take(reader, "?"))
        return parameter(reader, node);
    if (*reader->at == '\'')
        return quoted(reader, node);
    if (isdigit((unsigned char)*reader->at) || (strchr("+-.", *reader->at) && *reader->at && isdigit((unsigned char)reader->at[1])))
        return number(reader, node);
    struct name table, name;
    if (!take_column(reader, &table, &name) || (*node = query_node(reader->query, COLUMN, -1, -1)) < 0)
        return false;
    reader->query->nodes[*node].table = table;
    reader->query->nodes[*node].name = name;
    return true;
}

struct sign {
    const char *sign;
    enum operation operation;
};

/* The longer signs first, since `<` begins `<=`. */
static const struct sign PRODUCTS[] = {{"*", MULTIPLY}, {NULL, CONSTANT}};
static const struct sign SUMS[] = {{"+", ADD}, {"-", SUBTRACT}, {NULL, CONSTANT}};
static const struct sign COMPARISONS[] = {
    {"<>", UNEQUAL}, {"!=", UNEQUAL}, {"<=", AT_MOST}, {">=", AT_LEAST},
    {"==", EQUAL}, {"=", EQUAL}, {"<", LESS}, {">", MORE}, {NULL, CONSTANT},
};
static const struct sign ANDS[] = {{"AND", AND}, {NULL, CONSTANT}};
static const struct sign ORS[] = {{"OR", OR}, {NULL, CONSTANT}};

static bool take_sign(struct reader *reader, const struct sign *signs, enum operation *operation)
{
    for (; signs->sign; signs++)
        if (take(reader, signs->sign)) {
            *operation = signs->operation;
            return true;
        }
    return false;
}

typedef bool level(struct reader *, int *);

/* Operands of the next level joined by signs of this one, from left to right. */
static bool joined(struct reader *reader, int *node, level *next, const struct sign *signs)
{
    enum operation operation;
    int second;
    if (!next(reader, node))
        return false;
    while (take_sign(reader, signs, &operation))
        if (!next(reader, &second) || (*node = query_node(reader->query, operation, *node, second)) < 0)
            return false;
    return true;
}

static bool product(struct reader *reader, int *node)
{
    return joined(reader, node, primary, PRODUCTS);
}

static bool sum(struct reader *reader, int *node)
{
    return joined(reader, node, product, SUMS);
}

static bool comparison(struct reader *reader, int *node)
{
    return joined(reader, node, sum, COMPARISONS);
}

static bool negation(struct reader *reader, int *node)
{
    int negated;
    if (!take(reader, "NOT"))
        return comparison(reader, node);
    if (reader->depth == DEEPEST)
        return fail(reader, "a flatter expression");
    reader->depth++;
    bool is_read = negation(reader, &negated) && (*node = query_node(reader->query, NOT, negated, -1)) >= 0;
    reader->depth--;
    return is_read;
}

static bool conjunction(struct reader *reader, int *node)
{
    return joined(reader, node, negation, ANDS);
}

static bool expression(struct reader *reader, int *node)
{
    if (reader->depth == DEEPEST)
        return fail(reader, "a flatter expression");
    reader->depth++;
    bool is_read = joined(reader, node, conjunction, ORS);
    reader->depth--;
    return is_read;
}

static const struct sign AGGREGATES[] = {
    {"count", (enum operation)COUNT}, {"sum", (enum operation)SUM}, {"avg", (enum operation)AVERAGE},
    {"min", (enum operation)LEAST}, {"max", (enum operation)MOST}, {NULL, CONSTANT},
};

static bool output(struct reader *reader, struct output *output)
{
    const char *start = reader->at;
    enum operation found;
    *output = (struct output){NO_AGGREGATE, -1};
    if (!take_sign(reader, AGGREGATES, &found) || !take(reader, "(")) {
        reader->at = start; /* a column may be called `count` */
        return expression(reader, &output->node);
    }
    output->aggregate = (enum aggregate)found;
    if (output->aggregate == COUNT && take(reader, "*"))
        return need(reader, ")");
    return expression(reader, &output->node) && need(reader, ")");
}

static bool outputs(struct reader *reader)
{
    struct query *query = reader->query;
    do {
        if (query->output_count == MOST_COLUMNS)
            return fail(reader, "fewer columns");
        if (!output(reader, &query->outputs[query->output_count++]))
            return false;
    } while (take(reader, ","));
    return true;
}

static bool select_statement(struct reader *reader)
{
    struct query *query = reader->query;
    query->kind = SELECT;
    if (!take(reader, "*") && !outputs(reader))
        return false;
    if (!need(reader, "FROM") || !take_name(reader, &query->tables[0]))
        return false;
    query->table_count = 1;
    if (take(reader, "JOIN")) {
        query->table_count = 2;
        if (!take_name(reader, &query->tables[1]) || !need(reader, "ON") ||
            !take_column(reader, &query->on[0][0], &query->on[0][1]) || !need(reader, "=") ||
            !take_column(reader, &query->on[1][0], &query->on[1][1]))
            return false;
    }
    return !take(reader, "WHERE") || expression(reader, &query->where);
}

static bool insert_statement(struct reader *reader)
{
    struct query *query = reader->query;
    query->kind = INSERT;
    query->table_count = 1;
    return need(reader, "INTO") && take_name(reader, &query->tables[0]) && need(reader, "VALUES") && need(reader, "(") &&
           outputs(reader) && need(reader, ")");
}

static bool definition(struct reader *reader)
{
    struct query *query = reader->query;
    if (query->definition_count == MOST_COLUMNS)
        return fail(reader, "fewer columns");
    struct definition *made = &query->definitions[query->definition_count];
    if (!take_name(reader, &made->name))
        return false;
    if (take(reader, "INTEGER"))
        made->type = INTEGER;
    else if (take(reader, "REAL"))
        made->type = REAL;
    else if (need(reader, "TEXT"))
        made->type = TEXT;
    else
        return false;
    if (take(reader, "PRIMARY")) {
        if (!need(reader, "KEY"))
            return false;
        if (query->key >= 0 || made->type != INTEGER)
            return fail(reader, "one primary key, an INTEGER");
        query->key = query->definition_count;
    }
    query->definition_count++;
    return true;
}

static bool create_statement(struct reader *reader)
{
    struct query *query = reader->query;
    query->kind = CREATE;
    query->table_count = 1;
    if (!need(reader, "TABLE") || !take_name(reader, &query->tables[0]) || !need(reader, "("))
        return false;
    do {
        if (!definition(reader))
            return false;
    } while (take(reader, ","));
    return need(reader, ")");
}

bool sql_parse(const char *sql, struct query *query)
{
    struct reader reader = {.at = sql, .query = query};
    bool is_read;
    query->node_count = query->parameters = query->table_count = query->output_count = query->definition_count = 0;
    query->where = query->key = -1;
    query->error[0] = 0;
    if (take(&reader, "SELECT"))
        is_read = select_statement(&reader);
    else if (take(&reader, "INSERT"))
        is_read = insert_statement(&reader);
    else if (take(&reader, "CREATE"))
        is_read = create_statement(&reader);
    else
        is_read = fail(&reader, "SELECT, INSERT or CREATE");
    if (!is_read)
        return false;
    take(&reader, ";");
    skip_space(&reader);
    return !*reader.at || fail(&reader, "the end of the statement");
}
