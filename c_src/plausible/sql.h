/* The part of SQL that the engine knows, read into a tree:
 *
 *   CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, name TEXT)
 *   INSERT INTO t VALUES (?, 2.5, 'x')
 *   SELECT * | expression, … | count(*), sum(…), avg(…), min(…), max(…)  FROM t [JOIN u ON t.a = u.b] [WHERE expression]
 *
 * Expressions: columns (`a` or `t.a`), numbers, 'texts', `?`, + - *, = <> != < <= > >=, AND, OR, NOT, parentheses. */
#ifndef PLAUSIBLE_SQL_H
#define PLAUSIBLE_SQL_H
#include "value.h"

enum { MOST_NODES = 128, MOST_PARAMETERS = MOST_COLUMNS, MOST_ERROR = 256 };

enum operation {
    CONSTANT, PARAMETER, COLUMN,
    ADD, SUBTRACT, MULTIPLY,
    EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST,
    AND, OR, NOT,
    TO_REAL, /* of an integer beside a real: put in when the types are known */
};

struct name {
    const char *at;
    int64_t length;
};

struct node {
    enum operation operation;
    enum type type; /* known after `plan_resolve` */
    int first, second;
    int parameter;
    int column; /* among the columns of both tables, those of the first table first */
    struct name table, name;
    struct value constant;
};

enum aggregate { NO_AGGREGATE, COUNT, SUM, AVERAGE, LEAST, MOST };

struct output {
    enum aggregate aggregate;
    int node; /* -1: of count(*) */
};

enum statement_kind { CREATE, INSERT, SELECT };

struct definition {
    struct name name;
    enum type type;
};

/* A statement; its names and texts point into the SQL that it was read from. */
struct query {
    enum statement_kind kind;
    int parameters;
    struct name tables[2];
    int table_count;
    struct name on[2][2]; /* table and column on either side of the = */
    int where;            /* a node, or -1 */
    int node_count;
    struct node nodes[MOST_NODES];
    int output_count; /* 0: of SELECT *; of INSERT, its values */
    struct output outputs[MOST_COLUMNS];
    int definition_count, key;
    struct definition definitions[MOST_COLUMNS];
    char error[MOST_ERROR];
};

/* Read a statement; false, with `error` set, where it is none of the above. */
bool sql_parse(const char *sql, struct query *query);
bool name_is(struct name name, const char *word);
int query_node(struct query *query, enum operation operation, int first, int second);
#endif
