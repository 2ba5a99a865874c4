/* A table of eight columns of eight bytes, row after row or column after column. */
#include "lesson.h"

enum { COLUMNS = 8, WANTED = 3 };

/* Sum one column of a table kept in rows: every row is a line, and the whole line comes for the sake of eight bytes. */
LESSON int64_t sum_rows(const int64_t *table, int64_t rows, int64_t passes)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t row = 0; row < rows; row++)
            total += table[COLUMNS * row + WANTED];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* Sum one column of a table kept in columns: a line brings eight values, and all of them are wanted. */
LESSON int64_t sum_columns(const int64_t *table, int64_t rows, int64_t passes)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t row = 0; row < rows; row++)
            total += table[WANTED * rows + row];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* Fetch whole rows here and there from a table kept in rows: a miss a row. */
LESSON int64_t fetch_rows(const int64_t *table, int64_t rows, const int64_t *wanted, int64_t count)
{
    int64_t total = 0;
    (void)rows;
    for (int64_t which = 0; which < count; which++)
        for (int64_t column = 0; column < COLUMNS; column++)
            total += table[COLUMNS * wanted[which] + column];
    return total;
}

/* The same from a table kept in columns: eight misses a row, each on a page of its own. */
LESSON int64_t fetch_columns(const int64_t *table, int64_t rows, const int64_t *wanted, int64_t count)
{
    int64_t total = 0;
    for (int64_t which = 0; which < count; which++)
        for (int64_t column = 0; column < COLUMNS; column++)
            total += table[column * rows + wanted[which]];
    return total;
}

/* Lay out a table as it is. */
LESSON void keep(const int64_t *table, int64_t words, int64_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = table[word];
}

/* Lay out a table that is kept in rows by columns. */
LESSON void turn(const int64_t *table, int64_t words, int64_t *out)
{
    int64_t rows = words / COLUMNS;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < COLUMNS; column++)
            out[column * rows + row] = table[COLUMNS * row + column];
}
