/* Multiply two matrices of 256 × 256 integers, n times: the inner loop along the rows of the second, or (DOWN) down its
 * columns, a kilobyte further at each step. The same multiplications and additions, in another order. */
#include "corpus.h"

enum { SIDE = 256 };
static uint32_t a[SIDE][SIDE], b[SIDE][SIDE], product[SIDE][SIDE];

static NOINLINE void multiply(void) {
    memset(product, 0, sizeof product);
#ifdef DOWN
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < SIDE; j++)
            for (size_t k = 0; k < SIDE; k++) product[i][j] += a[i][k] * b[k][j];
#else
    for (size_t i = 0; i < SIDE; i++)
        for (size_t k = 0; k < SIDE; k++)
            for (size_t j = 0; j < SIDE; j++) product[i][j] += a[i][k] * b[k][j];
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t j = 0; j < SIDE; j++) {
            a[i][j] = (uint32_t)(i * 3 + j) % 17;
            b[i][j] = (uint32_t)(i + j * 5) % 13;
        }
    }
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        multiply();
        sum += product[pass % SIDE][7];
    }
    REGION_END();
    return answer(sum);
}
