/* A table of rows (a key and a value each) and an index of it: pairs of a key and the number of its row, in the order
 * of the keys. */
#include "lesson.h"

enum { ROW_WORDS = 2, ENTRY_WORDS = 2, PRIME = 1000003 };

/* What becomes of a value that was found: it goes into a sum in which the order counts, one after the other. */
static inline int64_t mixed(int64_t total, int64_t value)
{
    return (31 * total + value) % PRIME;
}

/* Look up every wanted key by reading the table from its first row: half of it, on average, at the pace of a plain loop. */
LESSON int64_t scan(const int64_t *rows, const int64_t *index, int64_t count, const int64_t *wanted, int64_t queries)
{
    int64_t total = 0;
    (void)index; /* there is one, and it is not asked */
    for (int64_t query = 0; query < queries; query++) {
        int64_t key = wanted[query];
        for (int64_t row = 0; row < count; row++) {
            if (rows[ROW_WORDS * row] == key) {
                total = mixed(total, rows[ROW_WORDS * row + 1]);
                break;
            }
        }
    }
    return total;
}

/* Look up every wanted key by halving the index: few steps, but which way each goes is a coin that no predictor foresees. */
LESSON int64_t search(const int64_t *rows, const int64_t *index, int64_t count, const int64_t *wanted, int64_t queries)
{
    int64_t total = 0;
    for (int64_t query = 0; query < queries; query++) {
        int64_t key = wanted[query], low = 0, high = count;
        while (high - low > 1) {
            int64_t middle = (low + high) >> 1;
            if (index[ENTRY_WORDS * middle] <= key) {
                low = middle;
                KEEP(low); /* a branch, as in most engines, and no conditional move */
            } else {
                high = middle;
                KEEP(high);
            }
        }
        if (index[ENTRY_WORDS * low] == key)
            total = mixed(total, rows[ROW_WORDS * index[ENTRY_WORDS * low + 1] + 1]);
    }
    return total;
}
