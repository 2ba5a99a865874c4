/* The sum of a over the rows that fulfil (a + b < limit AND 250 < c) OR a < 50, for several limits. A row is whether it was
 * deleted, a, b and c. The condition is there as a tree, too: a node is an operation and what it applies to, which are the
 * numbers of other nodes, of a column, or a constant. */
#include "lesson.h"
enum { ROW_WORDS = 4, NODE_WORDS = 3 };
enum { DELETED, A, B, C };
enum { COLUMN, CONSTANT, LIMIT, PLUS, LESS, AND, OR };

/* The value of a node: a call, a jump to what the operation says, and a return, for what is one instruction in the end. */
static int64_t evaluate(const int64_t *tree, int64_t number, const int64_t *row, int64_t limit)
{
    const int64_t *node = tree + NODE_WORDS * number;
    int64_t left, right;
    switch (node[0]) {
    case COLUMN:
        return row[node[1]];
    case CONSTANT:
        return node[1];
    case LIMIT:
        return limit;
    }
    left = evaluate(tree, node[1], row, limit);
    right = evaluate(tree, node[2], row, limit);
    switch (node[0]) {
    case PLUS:
        return left + right;
    case LESS:
        return left < right;
    case AND:
        return left & right;
    default:
        return left | right;
    }
}

/* The next row, from `row` on, that was not deleted: a scan as the storage layer offers it, for both. */
static __attribute__((noinline)) const int64_t *next_live(const int64_t *row, const int64_t *end)
{
    while (row < end && row[DELETED])
        row += ROW_WORDS;
    return row;
}

/* Walk the tree for every row. */
LESSON int64_t interpreted(const int64_t *rows, int64_t row_count, const int64_t *tree, const int64_t *limits, int64_t limit_count)
{
    const int64_t *end = rows + ROW_WORDS * row_count;
    int64_t total = 0;
    for (int64_t which = 0; which < limit_count; which++) {
        int64_t limit = limits[which];
        for (const int64_t *row = next_live(rows, end); row < end; row = next_live(row + ROW_WORDS, end))
            total += row[A] & -evaluate(tree, 0, row, limit);
    }
    return total;
}

/* What a query compiler makes of the tree: the operations alone, on registers. */
LESSON int64_t compiled(const int64_t *rows, int64_t row_count, const int64_t *tree, const int64_t *limits, int64_t limit_count)
{
    const int64_t *end = rows + ROW_WORDS * row_count;
    int64_t total = 0;
    (void)tree; /* read once, when this was compiled */
    for (int64_t which = 0; which < limit_count; which++) {
        int64_t limit = limits[which];
        for (const int64_t *row = next_live(rows, end); row < end; row = next_live(row + ROW_WORDS, end))
            total += row[A] & -(int64_t)(((row[A] + row[B] < limit) & (250 < row[C])) | (row[A] < 50));
    }
    return total;
}
