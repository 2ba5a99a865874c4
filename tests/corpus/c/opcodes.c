/* Run a program of COUNT operations, n times over, by a switch that the compiler makes a jump table: the operations in
 * runs, in a CYCLE of seven, or (RANDOM) shuffled. Each adds to a counter of its own, so the order leaves the result as it is. */
#include "corpus.h"

enum { KINDS = 7, COUNT = KINDS << 14 };
#if defined(RANDOM)
enum { RUN = 2 };
#elif defined(CYCLE)
enum { RUN = 1 };
#else
enum { RUN = 0 };
#endif
static uint8_t runs[COUNT], cycle[COUNT], mixed[COUNT];

/* Some cores tell jumps apart by a few bits of where they lead: cases too close together are never learned. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("align-labels=32")))
#endif
static NOINLINE uint64_t run(const uint8_t *program) {
    uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0;
    for (size_t i = 0; i < COUNT; i++) {
        switch (program[i]) {
        case 0: a += 1; break;
        case 1: b ^= 5; break;
        case 2: c -= 3; break;
        case 3: d |= 9; break;
        case 4: e += 7; break;
        case 5: f += 2; break;
        case 6: g -= 6; break;
        default: __builtin_unreachable(); /* no bounds check, whose branch would be mispredicted too */
        }
        MEMORY_CHANGES(); /* the next operation is fetched, not foreseen by the compiler */
    }
    return a + c + d + e + f + g + b;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        runs[i] = (uint8_t)(i / (COUNT / KINDS));
        cycle[i] = mixed[i] = (uint8_t)(i % KINDS);
    }
    shuffle_bytes(mixed, COUNT, 1);
    const uint8_t *program = chosen((const void *[]){runs, cycle, mixed}, RUN);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) sum += run(program);
    REGION_END();
    return answer(sum);
}
