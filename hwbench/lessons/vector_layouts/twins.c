/* One field of every record, from two layouts: records one after another, and a column for each field. */
#include "lesson.h"

enum { FIELDS = 8 };

/* Sum the field out of whole records: the numbers lie apart, and each has to be brought into its lane by itself. */
LESSON int64_t out_of_records(const int32_t *table, int64_t count, int64_t field, int64_t times)
{
    uint32_t total = 0;
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t record = 0; record < count; record++)
            total += (uint32_t)table[FIELDS * record + field];
    }
    return total;
}

/* Sum it out of its column: a vector load brings as many numbers as a register has lanes. */
LESSON int64_t out_of_columns(const int32_t *table, int64_t count, int64_t field, int64_t times)
{
    const int32_t *column = table + count * field;
    uint32_t total = 0;
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t record = 0; record < count; record++)
            total += (uint32_t)column[record];
    }
    return total;
}

/* Lay out the records as they are. */
LESSON void keep(const int32_t *records, int64_t words, int32_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = records[word];
}

/* Lay out a column for each field. */
LESSON void by_field(const int32_t *records, int64_t words, int32_t *out)
{
    int64_t count = words / FIELDS;
    for (int64_t field = 0; field < FIELDS; field++)
        for (int64_t record = 0; record < count; record++)
            out[count * field + record] = records[FIELDS * record + field];
}
