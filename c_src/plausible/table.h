/* Rows of typed columns, kept in one of two ways: in contiguous columns, or (the mistake `memory`) each row boxed in an
 * allocation of its own, linked to the next one in an order that has nothing to do with where they lie.
 *
 * A row is known by its handle: its place among the columns, or its address. */
#ifndef PLAUSIBLE_TABLE_H
#define PLAUSIBLE_TABLE_H
#include "btree.h"
#include "value.h"

enum { MOST_NAME = 64 };

struct column {
    char name[MOST_NAME];
    enum type type;
    struct growing values; /* int64_t, double, or the int64_t ends of texts in `bytes` */
    struct growing bytes;  /* of texts, one after the other */
};

struct box {
    struct box *next, *before; /* `before`: whom it was put after, so that the last ones added can be taken back */
    struct value values[];
};

struct table {
    char name[MOST_NAME];
    int width;
    int key; /* the column of the primary key, or -1 */
    bool is_boxed, has_index;
    int64_t count;
    struct column columns[MOST_COLUMNS];
    struct box *first;    /* the list */
    struct growing boxes; /* all of them, in the order in which they were added */
    uint64_t shuffle;
    struct btree index; /* key to handle, where has_index */
};

/* A walk over a table's rows. */
struct cursor {
    int64_t place;
    const struct box *box;
};

/* Some rows, by columns. A vector is int64_t, double or struct text by its type; it owns what lies in `own`. */
struct vector {
    enum type type;
    const void *values;
    struct growing own;
};

struct table *table_new(const char *name, bool is_boxed, bool has_index);
void table_free(struct table *table);
int table_column(const struct table *table, const char *name, int64_t length);

/* Add a row of `width` values of the columns' types; false where its primary key is there already. */
bool table_add(struct table *table, const struct value *values);
/* Add a row whose primary key is known to be new: the index is asked all the same, as it costs nothing, but not all the rows. */
bool table_put(struct table *table, const struct value *values);
/* Take back the rows that were added last. */
void table_take_back(struct table *table, int64_t rows);
/* The row with that primary key: by the index, or by looking at each. */
bool table_find(const struct table *table, int64_t key, int64_t *handle);

/* The row with the least primary key or with the most, by the index; false where there is none. */
bool table_end(const struct table *table, bool is_most, int64_t *handle);

struct cursor table_start(const struct table *table);
/* Step to the next row. */
bool table_next(const struct table *table, struct cursor *cursor, int64_t *handle);
struct value table_value(const struct table *table, int64_t handle, int column);

/* Read up to `most` rows into vectors, where `wanted` has the column's bit; returns how many. Numbers in columns are pointed at
 * rather than copied, unless `copied`. */
int64_t table_read(const struct table *table, struct cursor *cursor, int64_t most, uint32_t wanted, bool copied, struct vector *vectors);
/* Read these rows. */
void table_read_these(const struct table *table, const int64_t *handles, int64_t rows, uint32_t wanted, struct vector *vectors);
#endif
