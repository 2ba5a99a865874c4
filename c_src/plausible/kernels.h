/* The typed loops that the engine is made of where it makes no mistake of `abstraction`: each over arrays of one type, with
 * nothing to decide inside. `hwbench.kernels.plausible` has the same in numba. A mask is an int64_t a row, 0 or 1; rows that a
 * mask is NULL for are all meant. */
#ifndef PLAUSIBLE_KERNELS_H
#define PLAUSIBLE_KERNELS_H
#include <stdint.h>

/* mask[i] = first[i] (operation) second[i]; the operation is 0 =, 1 <>, 2 <, 3 <=, 4 >, 5 >=. */
void plausible_compare_i64(const int64_t *first, const int64_t *second, int64_t count, int64_t operation, int64_t *mask);
void plausible_compare_f64(const double *first, const double *second, int64_t count, int64_t operation, int64_t *mask);

/* The places of the rows that the mask has; returns how many. */
int64_t plausible_choose(const int64_t *mask, int64_t count, int64_t *chosen);
void plausible_gather_i64(const int64_t *values, const int64_t *chosen, int64_t count, int64_t *gathered);

int64_t plausible_count(const int64_t *mask, int64_t count);
int64_t plausible_sum_i64(const int64_t *values, const int64_t *mask, int64_t count);
double plausible_sum_f64(const double *values, const int64_t *mask, int64_t count);

/* An equi-join of integer keys. `heads` has 2^bits entries and `next` one a right key; `build` chains the right rows of a
 * bucket, the last one first. `probe` goes on from the left row and the right row (-1: the bucket's first) of `position`,
 * writes pairs until `most` are found or no left row is left, and returns how many. */
void plausible_join_build(const int64_t *right, int64_t count, int64_t bits, int64_t *heads, int64_t *next);
int64_t plausible_join_probe(const int64_t *left, int64_t left_count, const int64_t *right, int64_t bits, const int64_t *heads,
                             const int64_t *next, int64_t *position, int64_t most, int64_t *left_rows, int64_t *right_rows);
/* The same pairs, by comparing each with each: `position` is the left and the right row to go on with. */
int64_t plausible_join_nested(const int64_t *left, int64_t left_count, const int64_t *right, int64_t right_count,
                              int64_t *position, int64_t most, int64_t *left_rows, int64_t *right_rows);
#endif
