/* Loops: the same arithmetic in another order. Matrices are square or rectangular, row after row. Results are exact: every
 * sum is formed in the same order of its terms in every variant and twin. */
#ifndef HWBENCH_LOOPS_H
#define HWBENCH_LOOPS_H
#include <stdint.h>

/* Sum a matrix of 64-bit integers row by row, or column by column, `repeats` times; return the sum over all passes (it wraps). */
int64_t loops_by_rows(const int64_t *matrix, int64_t rows, int64_t columns, int64_t repeats);
int64_t loops_by_columns(const int64_t *matrix, int64_t rows, int64_t columns, int64_t repeats);

/* to[j][i] = from[i][j] for a square matrix of n x n: row by row, or tile by tile (tile x tile; any size). Return to[0][n - 1]. */
double loops_transpose(const double *from, double *to, int64_t n, int64_t repeats);
double loops_transpose_tiled(const double *from, double *to, int64_t n, int64_t tile, int64_t repeats);

/* c = a b for square matrices, with the loops in the order i j k (inner products), i k j (rows added up), and i k j in tiles.
 * Return the sum of the diagonal of c. */
double loops_product_ijk(const double *a, const double *b, double *c, int64_t n, int64_t repeats);
double loops_product_ikj(const double *a, const double *b, double *c, int64_t n, int64_t repeats);
double loops_product_tiled(const double *a, const double *b, double *c, int64_t n, int64_t tile, int64_t repeats);
#endif
