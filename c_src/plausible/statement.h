/* What a connection and a statement are, inside the engine. */
#ifndef PLAUSIBLE_STATEMENT_H
#define PLAUSIBLE_STATEMENT_H
#include "engine.h"
#include "log.h"
#include "run.h"

struct plausible {
    int mistakes;
    bool is_open;
    struct growing tables; /* struct table * */
    struct plausible_statement *statements; /* a list of those that live */
    struct log log;
    int64_t changes;
    char trouble[MOST_TROUBLE + MOST_ERROR];
};

struct bound {
    bool is_bound;
    struct growing bytes; /* of a text */
    const void *values;   /* of a column */
    const int64_t *ends;
};

struct plausible_statement {
    struct plausible *engine; /* NULL: it has ended */
    struct plausible_statement *next, **link;
    char *sql;
    struct plan plan;
    bool is_planned, is_running;
    int64_t inserted; /* rows of a transaction that goes on */
    int64_t changes; /* of the engine, when the run began */
    struct value parameters[MOST_PARAMETERS];
    struct bound bound[MOST_PARAMETERS];
    struct fused *fused;
    struct volcano *volcano;
    plausible_filter *filter;
    struct result result;
};

/* Keep why something failed; returns -1. */
int plausible_fail(struct plausible *engine, const char *why);
int table_number(const struct plausible *engine, struct name name);
struct table *table_named(void *engine, struct name name);
/* Make the table of a CREATE. */
int table_create(struct plausible *engine, const struct query *query);
/* End what a statement is at, and take it from its connection's list. */
void statement_end(struct plausible_statement *statement);
/* Parse and plan what is not planned yet; with the mistake `system`, each time anew. */
int statement_plan(struct plausible_statement *statement);
/* Write what is waiting to the file, if there is one. */
int plausible_commit(struct plausible *engine);
#endif
