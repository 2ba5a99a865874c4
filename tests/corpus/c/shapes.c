/* Call a function by the type of each of COUNT objects, n times over: the types in runs, in a CYCLE, or at RANDOM.
 * All orders hold the same objects and are made; only which of them is walked differs. */
#include "corpus.h"

enum { TYPES = 8, COUNT = 1 << 17 };
#if defined(RANDOM)
enum { WALKED = 1 };
#elif defined(CYCLE)
enum { WALKED = 2 };
#else
enum { WALKED = 0 };
#endif
static uint8_t runs[COUNT], mixed[COUNT], cycle[COUNT];

#define SHAPE(number, expression) \
    static NOINLINE __attribute__((aligned(128))) uint64_t shape_##number(uint64_t x) { return expression; }
SHAPE(0, x + 1)
SHAPE(1, x + 2)
SHAPE(2, x ^ 3)
SHAPE(3, x - 4)
SHAPE(4, x + 5)
SHAPE(5, x ^ 6)
SHAPE(6, x - 7)
SHAPE(7, x + 8)
static uint64_t (*const volatile AREA[TYPES])(uint64_t) = {shape_0, shape_1, shape_2, shape_3, shape_4, shape_5, shape_6, shape_7};

static void make_orders(void) {
    for (size_t i = 0; i < COUNT; i++) {
        runs[i] = (uint8_t)(i / (COUNT / TYPES));
        mixed[i] = cycle[i] = (uint8_t)(i % TYPES);
    }
    shuffle_bytes(mixed, COUNT, 1);
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    make_orders();
    const uint8_t *types = chosen((const void *[]){runs, mixed, cycle}, WALKED);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        for (size_t i = 0; i < COUNT; i++) sum += AREA[types[i]](pass);
    }
    REGION_END();
    return answer(sum);
}
