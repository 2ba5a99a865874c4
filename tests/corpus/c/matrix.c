/* Sum a matrix of ROWS × COLUMNS numbers n times: row by row as it lies in memory, or (BY_COLUMN) down its columns. */
#include "corpus.h"

enum { ROWS = 1000, COLUMNS = 1040 }; /* a row is no power of two, so that the columns do not conflict as well */
#ifdef BY_COLUMN
#define OUTER COLUMNS
#define INNER ROWS
#define CELL(outer, inner) matrix[(inner) * COLUMNS + (outer)]
#else
#define OUTER ROWS
#define INNER COLUMNS
#define CELL(outer, inner) matrix[(outer) * COLUMNS + (inner)]
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *matrix = memory_of(ROWS * COLUMNS * sizeof *matrix, ANY_PAGES);
    for (size_t i = 0; i < ROWS * COLUMNS; i++) matrix[i] = i % 11;
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        for (size_t outer = 0; outer < OUTER; outer++) {
            for (size_t inner = 0; inner < INNER; inner++) sum += CELL(outer, inner);
        }
    }
    REGION_END();
    return answer(sum);
}
