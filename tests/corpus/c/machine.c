/* The same sum of an expression over n values: compiled, or (INTERPRETED) by a small stack machine. */
#include "corpus.h"

enum { VALUES = 1024 };

#ifdef INTERPRETED
enum code { LOAD, PUSH, MULTIPLY, ADD, SHIFT, EXCLUSIVE, STOP };
static const uint32_t PROGRAM[] = {LOAD, PUSH, 5, MULTIPLY, PUSH, 7, ADD, LOAD, PUSH, 3, SHIFT, EXCLUSIVE, STOP};

static NOINLINE uint64_t evaluate(const uint32_t *code, uint64_t value) {
    uint64_t stack[8], *top = stack;
    for (;;) {
        switch (*code++) {
        case LOAD: *top++ = value; break;
        case PUSH: *top++ = *code++; break;
        case MULTIPLY: top--; top[-1] *= top[0]; break;
        case ADD: top--; top[-1] += top[0]; break;
        case SHIFT: top--; top[-1] >>= top[0]; break;
        case EXCLUSIVE: top--; top[-1] ^= top[0]; break;
        default: return top[-1];
        }
    }
}
#define EVALUATE(value) evaluate(PROGRAM, value)
#else
static NOINLINE uint64_t evaluate(uint64_t value) { return (value * 5 + 7) ^ (value >> 3); }
#define EVALUATE(value) evaluate(value)
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
    static uint64_t values[VALUES];
    for (size_t i = 0; i < VALUES; i++) values[i] = random_next(&seed);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += EVALUATE(values[i % VALUES]);
    REGION_END();
    return answer(sum);
}
