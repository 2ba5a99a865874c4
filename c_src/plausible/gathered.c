#include "kernels.h"
#include "run.h"

struct value gathered_value(const struct gathered *gathered, enum aggregate aggregate, enum type type)
{
    struct value value = {.type = type};
    switch (aggregate) {
    case COUNT:
        value.integer = gathered->rows;
        break;
    case AVERAGE:
        value.real = gathered->rows ? (gathered->real + (double)gathered->integer) / (double)gathered->rows : 0;
        break;
    default:
        if (type == INTEGER)
            value.integer = gathered->integer;
        else if (type == REAL)
            value.real = gathered->real;
        else
            value.text = gathered->text;
    }
    return value;
}

#define EXTREME(name, type, field)                                                                          \
    static void name(struct gathered *gathered, const type *values, const int64_t *mask, int64_t count, bool most) \
    {                                                                                                       \
        for (int64_t i = 0; i < count; i++)                                                                 \
            if (!mask || mask[i]) {                                                                         \
                bool is_better = most ? values[i] > gathered->field : values[i] < gathered->field;          \
                gathered->field = !gathered->rows || is_better ? values[i] : gathered->field;               \
                gathered->rows++;                                                                           \
            }                                                                                               \
    }
EXTREME(integer_extreme, int64_t, integer)
EXTREME(real_extreme, double, real)

static void text_extreme(struct gathered *gathered, const struct text *values, const int64_t *mask, int64_t count, bool most)
{
    for (int64_t i = 0; i < count; i++)
        if (!mask || mask[i]) {
            int order = gathered->rows ? text_compare(values[i], gathered->text) : 0;
            if (!gathered->rows || (most ? order > 0 : order < 0))
                gathered->text = values[i];
            gathered->rows++;
        }
}

void gather_block(struct gathered *gathered, enum aggregate aggregate, enum type type, const void *values, const int64_t *mask, int64_t count)
{
    bool is_most = aggregate == MOST;
    if (aggregate == LEAST || is_most) {
        if (type == INTEGER)
            integer_extreme(gathered, values, mask, count, is_most);
        else if (type == REAL)
            real_extreme(gathered, values, mask, count, is_most);
        else
            text_extreme(gathered, values, mask, count, is_most);
        return;
    }
    gathered->rows += plausible_count(mask, count);
    if (aggregate == COUNT)
        return;
    if (type == INTEGER)
        gathered->integer = (int64_t)((uint64_t)gathered->integer + (uint64_t)plausible_sum_i64(values, mask, count));
    else
        gathered->real += plausible_sum_f64(values, mask, count);
}
