/* Records of eight numbers, a line each, in three layouts: rows (array of structures), columns (structure of arrays), and
 * blocks (2^bits records, then the next ones, each block by column). */
#include "lesson.h"

enum { FIELDS = 8 };

/* Sum the first field of every row: each load needs a line of its own, and seven eighths of what it brings are not used. */
LESSON int64_t sum_rows(const int64_t *rows, int64_t records, int64_t passes)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t record = 0; record < records; record++)
            total += rows[FIELDS * record];
    }
    return total;
}

/* Sum the first column: eight loads in a row are served by one line, and the next line is on its way. */
LESSON int64_t sum_columns(const int64_t *columns, int64_t records, int64_t passes)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t record = 0; record < records; record++)
            total += columns[record];
    }
    return total;
}

/* Sum the first column of every block: as long as the block is, the next line is on its way; then comes a leap. */
LESSON int64_t sum_blocks(const int64_t *blocks, int64_t records, int64_t bits)
{
    int64_t total = 0, size = (int64_t)1 << bits;
    for (int64_t first = 0; first < records; first += size)
        for (int64_t record = first; record < first + size; record++)
            total += blocks[(FIELDS - 1) * first + record];
    return total;
}

/* Sum all fields of some rows: one line has the whole record. */
LESSON int64_t whole_rows(const int64_t *rows, const int64_t *wanted, int64_t count)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t field = 0; field < FIELDS; field++)
            total += rows[FIELDS * wanted[i] + field];
    return total;
}

/* Sum all fields of some records in columns: eight lines in eight pages. */
LESSON int64_t whole_columns(const int64_t *columns, int64_t records, const int64_t *wanted, int64_t count)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t field = 0; field < FIELDS; field++)
            total += columns[records * field + wanted[i]];
    return total;
}

/* Sum all fields of some records in blocks: eight lines, as far apart as the block is long. */
LESSON int64_t whole_blocks(const int64_t *blocks, int64_t bits, const int64_t *wanted, int64_t count)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t first = wanted[i] >> bits << bits;
        for (int64_t field = 0; field < FIELDS; field++)
            total += blocks[(FIELDS - 1) * first + (field << bits) + wanted[i]];
    }
    return total;
}

/* Leave the rows as they are. */
LESSON void keep(const int64_t *rows, int64_t words, int64_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = rows[word];
}

/* Turn the rows into columns. */
LESSON void by_field(const int64_t *rows, int64_t words, int64_t *out)
{
    int64_t records = words / FIELDS;
    for (int64_t record = 0; record < records; record++)
        for (int64_t field = 0; field < FIELDS; field++)
            out[records * field + record] = rows[FIELDS * record + field];
}
