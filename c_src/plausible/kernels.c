#include "kernels.h"

#include "value.h"

#define COMPARE(name, type)                                                                                                  \
    void name(const type *first, const type *second, int64_t count, int64_t operation, int64_t *mask)                        \
    {                                                                                                                        \
        switch (operation) {                                                                                                 \
        case 0: for (int64_t i = 0; i < count; i++) mask[i] = first[i] == second[i]; break;                                  \
        case 1: for (int64_t i = 0; i < count; i++) mask[i] = first[i] != second[i]; break;                                  \
        case 2: for (int64_t i = 0; i < count; i++) mask[i] = first[i] < second[i]; break;                                   \
        case 3: for (int64_t i = 0; i < count; i++) mask[i] = first[i] <= second[i]; break;                                  \
        case 4: for (int64_t i = 0; i < count; i++) mask[i] = first[i] > second[i]; break;                                   \
        default: for (int64_t i = 0; i < count; i++) mask[i] = first[i] >= second[i]; break;                                 \
        }                                                                                                                    \
    }
COMPARE(plausible_compare_i64, int64_t)
COMPARE(plausible_compare_f64, double)

int64_t plausible_choose(const int64_t *mask, int64_t count, int64_t *chosen)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        chosen[found] = i;
        found += mask[i];
    }
    return found;
}

void plausible_gather_i64(const int64_t *values, const int64_t *chosen, int64_t count, int64_t *gathered)
{
    for (int64_t i = 0; i < count; i++)
        gathered[i] = values[chosen[i]];
}

int64_t plausible_count(const int64_t *mask, int64_t count)
{
    int64_t found = 0;
    for (int64_t i = 0; mask && i < count; i++)
        found += mask[i];
    return mask ? found : count;
}

int64_t plausible_sum_i64(const int64_t *values, const int64_t *mask, int64_t count)
{
    uint64_t sum = 0;
    if (!mask)
        for (int64_t i = 0; i < count; i++)
            sum += (uint64_t)values[i];
    else
        for (int64_t i = 0; i < count; i++)
            sum += (uint64_t)values[i] & -(uint64_t)mask[i];
    return (int64_t)sum;
}

double plausible_sum_f64(const double *values, const int64_t *mask, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += !mask || mask[i] ? values[i] : 0;
    return sum;
}

static int64_t bucket_of(int64_t key, int64_t bits)
{
    return (int64_t)(integer_hash(key) & ((UINT64_C(1) << bits) - 1));
}

void plausible_join_build(const int64_t *right, int64_t count, int64_t bits, int64_t *heads, int64_t *next)
{
    for (int64_t i = 0; i < INT64_C(1) << bits; i++)
        heads[i] = -1;
    for (int64_t i = 0; i < count; i++) {
        int64_t *head = &heads[bucket_of(right[i], bits)];
        next[i] = *head;
        *head = i;
    }
}

int64_t plausible_join_probe(const int64_t *left, int64_t left_count, const int64_t *right, int64_t bits, const int64_t *heads,
                             const int64_t *next, int64_t *position, int64_t most, int64_t *left_rows, int64_t *right_rows)
{
    int64_t found = 0, row = position[0], candidate = position[1];
    for (; row < left_count; row++, candidate = -1) {
        if (candidate < 0)
            candidate = heads[bucket_of(left[row], bits)];
        for (; candidate >= 0 && found < most; candidate = next[candidate])
            if (right[candidate] == left[row]) {
                left_rows[found] = row;
                right_rows[found++] = candidate;
            }
        if (candidate >= 0)
            break;
    }
    position[0] = row;
    position[1] = candidate;
    return found;
}

int64_t plausible_join_nested(const int64_t *left, int64_t left_count, const int64_t *right, int64_t right_count,
                              int64_t *position, int64_t most, int64_t *left_rows, int64_t *right_rows)
{
    int64_t found = 0, row = position[0], candidate = position[1];
    for (; row < left_count; row++, candidate = 0) {
        for (; candidate < right_count && found < most; candidate++)
            if (right[candidate] == left[row]) {
                left_rows[found] = row;
                right_rows[found++] = candidate;
            }
        if (candidate < right_count)
            break;
    }
    position[0] = row;
    position[1] = candidate;
    return found;
}
