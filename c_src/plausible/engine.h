/* The plausible engine: tables of typed columns, a primary key, INSERT, SELECT with a condition, a join and aggregates, files that
 * last. It looks like any other; each of four mistakes can be made in it, or left out, by itself. `sql.h` says which SQL.
 *
 * A connection belongs to one thread. What fails returns NULL or -1, and plausible_trouble says why, in a line. */
#ifndef PLAUSIBLE_ENGINE_H
#define PLAUSIBLE_ENGINE_H
#include <stdint.h>

struct plausible;
struct plausible_statement;

/* mistakes: 1 algorithm, 2 memory, 4 abstraction, 8 system, added up. path: a file that is made if need be, or NULL: memory
 * only. Where the file cannot be used the connection is there, and good for plausible_trouble and plausible_close only. */
struct plausible *plausible_open(const char *path, int mistakes);
void plausible_close(struct plausible *engine);
const char *plausible_trouble(const struct plausible *engine);
int plausible_is_open(const struct plausible *engine);

/* Statements live until they are let go; when their connection has ended, nothing else may be done with them. */
struct plausible_statement *plausible_prepare(struct plausible *engine, const char *sql);
void plausible_let_go(struct plausible_statement *statement);
int plausible_parameters(const struct plausible_statement *statement);

/* Parameters are counted from 0; a text is copied. Types are 0 integer, 1 real, 2 text. */
int plausible_bind_integer(struct plausible_statement *statement, int parameter, int64_t integer);
int plausible_bind_real(struct plausible_statement *statement, int parameter, double real);
int plausible_bind_text(struct plausible_statement *statement, int parameter, const char *bytes, int64_t length);
/* For plausible_insert: a value a row; of texts, one after the other, the places where each ends. Not copied,
 * and to be bound anew for the next one. */
int plausible_bind_column(struct plausible_statement *statement, int parameter, int type, const void *values, const int64_t *ends);

/* Carry out a CREATE or an INSERT of one row, or begin a SELECT; returns rows added. */
int64_t plausible_execute(struct plausible_statement *statement);
/* INSERT a row for each row of the bound columns; returns how many. They last when `is_last`; as long as it is not, this statement's
 * next insert belongs to the same transaction, of which all is taken back where one row fails, or when it is asked for. */
int64_t plausible_insert(struct plausible_statement *statement, int64_t rows, int is_last);
void plausible_take_back(struct plausible_statement *statement);

/* The next rows of a SELECT, as columns, until the next call; 0 at the end. */
int64_t plausible_fetch(struct plausible_statement *statement);
int plausible_columns(const struct plausible_statement *statement);
int plausible_type(const struct plausible_statement *statement, int column);
/* Whether the row is of aggregates over no rows: whatever is no count is NULL. */
int plausible_is_null(const struct plausible_statement *statement, int column);
const int64_t *plausible_integers(const struct plausible_statement *statement, int column);
const double *plausible_reals(const struct plausible_statement *statement, int column);
/* Texts, one after the other: their length together, and (where the arrays are given) the bytes and the place where each ends. */
int64_t plausible_texts(const struct plausible_statement *statement, int column, char *bytes, int64_t *ends);

/* A SELECT's condition on its first table, for whoever compiles it: the node at its top, or -1 where there is none, it is not of
 * numbers alone, it is compiled already, its operators have yielded fewer than `yielded` values so far, or a mistake rules it out;
 * to be asked when all parameters are bound. */
struct plausible_node {
    int operation; /* as in sql.h: 0 constant, 1 parameter, 2 column, 3 … 5 + - *, 6 … 11 = <> < <= > >=, 12 … 15 AND OR NOT real */
    int type, first, second, column;
};
int plausible_condition(struct plausible_statement *statement, int64_t yielded);
int plausible_condition_node(const struct plausible_statement *statement, int node, struct plausible_node *told);
/* From now on call this instead; NULL: no longer. mask[i] = whether it holds of row i; `columns` are those of the first table,
 * `known` has eight bytes for each constant and parameter of the condition, from left to right. */
typedef void plausible_filter(const void *const *columns, const void *known, int64_t count, int64_t *mask);
void plausible_compiled(struct plausible_statement *statement, plausible_filter *filter);
#endif
