/* A table of doubles, stored row by row or column by column: the steps say how far it is to the next row and column. */
#include "lesson.h"

/* Sum one column. Four sums at a time, so that it waits for memory and not for the addition before. */
static inline double add_column(const double *value, int64_t rows, int64_t row_step)
{
    double sums[4] = {0, 0, 0, 0};
    for (int64_t row = 0; row + 4 <= rows; row += 4, value += 4 * row_step) {
        sums[0] += value[0];
        sums[1] += value[row_step];
        sums[2] += value[2 * row_step];
        sums[3] += value[3 * row_step];
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}

/* Sum a table column by column. If rows are long, each value of a column is alone on its line, and of a large table the line
 * is gone before the next column comes for its neighbour. */
LESSON double add_columns(const double *values, int64_t rows, int64_t columns, int64_t row_step, int64_t column_step,
                          int64_t rounds)
{
    double total = 0;
    for (int64_t round = 0; round < rounds; round++) {
        for (int64_t column = 0; column < columns; column++)
            total += add_column(values + column * column_step, rows, row_step);
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}
