#include "loops.h"

#include "vector.h"

/* GCC interchanges loops at -O3, which would make the bad order the good one: a barrier in the outer loop keeps the order. */
#define KEEP_ORDER() COMPILER_BARRIER()

static inline int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t loops_by_rows(const int64_t *matrix, int64_t rows, int64_t columns, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < rows; i++) {
            for (int64_t j = 0; j < columns; j++) sum += matrix[i * columns + j];
            KEEP_ORDER();
        }
    }
    return sum;
}

int64_t loops_by_columns(const int64_t *matrix, int64_t rows, int64_t columns, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t j = 0; j < columns; j++) {
            for (int64_t i = 0; i < rows; i++) sum += matrix[i * columns + j];
            KEEP_ORDER();
        }
    }
    return sum;
}

double loops_transpose(const double *from, double *to, int64_t n, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < n; i++) {
            for (int64_t j = 0; j < n; j++) to[j * n + i] = from[i * n + j];
            KEEP_ORDER();
        }
    }
    return to[n - 1];
}

double loops_transpose_tiled(const double *from, double *to, int64_t n, int64_t tile, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t top = 0; top < n; top += tile) {
            for (int64_t left = 0; left < n; left += tile) {
                const int64_t bottom = lesser(top + tile, n), right = lesser(left + tile, n);
                for (int64_t i = top; i < bottom; i++) {
                    for (int64_t j = left; j < right; j++) to[j * n + i] = from[i * n + j];
                    KEEP_ORDER();
                }
            }
        }
    }
    return to[n - 1];
}

static double diagonal(const double *c, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += c[i * n + i];
    return sum;
}

static void clear(double *c, int64_t n) {
    for (int64_t i = 0; i < n * n; i++) c[i] = 0;
}

double loops_product_ijk(const double *a, const double *b, double *c, int64_t n, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < n; i++) {
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
                c[i * n + j] = sum;
                KEEP_ORDER();
            }
        }
    }
    return diagonal(c, n);
}

/* One row of b, scaled, added to part of a row of c. */
static inline void add_row(const double *restrict b, double *restrict c, double factor, int64_t count) {
    for (int64_t j = 0; j < count; j++) c[j] += factor * b[j];
}

double loops_product_ikj(const double *a, const double *b, double *c, int64_t n, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        clear(c, n);
        for (int64_t i = 0; i < n; i++) {
            for (int64_t k = 0; k < n; k++) {
                add_row(b + k * n, c + i * n, a[i * n + k], n);
                KEEP_ORDER();
            }
        }
    }
    return diagonal(c, n);
}

double loops_product_tiled(const double *a, const double *b, double *c, int64_t n, int64_t tile, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        clear(c, n);
        for (int64_t above = 0; above < n; above += tile) {
            for (int64_t left = 0; left < n; left += tile) {
                const int64_t below = lesser(above + tile, n), width = lesser(tile, n - left);
                for (int64_t i = 0; i < n; i++) {
                    for (int64_t k = above; k < below; k++) {
                        add_row(b + k * n + left, c + i * n + left, a[i * n + k], width);
                        KEEP_ORDER();
                    }
                }
            }
        }
    }
    return diagonal(c, n);
}
