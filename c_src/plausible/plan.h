/* How a statement is carried out: names and types resolved, the way to the rows, and where each part of WHERE is asked.
 *
 * Two of the mistakes are made here: `algorithm` looks at every row where the index would tell, and joins by nested loops;
 * `system` asks nothing of WHERE before all the rows are joined, and carries every column along. */
#ifndef PLAUSIBLE_PLAN_H
#define PLAUSIBLE_PLAN_H
#include "sql.h"
#include "table.h"

enum mistake { ALGORITHM = 1, MEMORY = 2, ABSTRACTION = 4, SYSTEM = 8, ALL_MISTAKES = 15 };
enum { LEFT, RIGHT, AFTER };

struct plan {
    struct query query;
    int mistakes;
    struct table *tables[2];
    int width;             /* columns of both tables; those of the right one begin at tables[LEFT]->width */
    int join[2];           /* of the join: a column of each table */
    enum type join_type;   /* what the two are compared as */
    int key_of[2];         /* the node that is the primary key looked for, or -1: all rows */
    bool is_of_ends;       /* of the left table, only the rows with the least and the most primary key are needed */
    int filters[3];        /* nodes: asked of the left table's rows, of the right one's, of what is joined; or -1 */
    uint32_t wanted[2];    /* columns that are read */
    bool is_aggregate;
    enum type output_types[MOST_COLUMNS];
    enum type parameter_types[MOST_PARAMETERS];
};

/* Plan a query that `plan->query` holds, of tables that `find` knows, its parameters being of these types; false, with
 * query.error set, where that cannot be. */
typedef struct table *find_table(void *of, struct name name);
bool plan_make(struct plan *plan, int mistakes, find_table *find, void *of, const enum type *parameter_types);

/* Whether a column of those of both tables is read. */
bool plan_wants(const struct plan *plan, int column);
/* The value of a constant, a parameter, or either as a real. */
struct value plan_known(const struct plan *plan, int node, const struct value *parameters);
#endif
