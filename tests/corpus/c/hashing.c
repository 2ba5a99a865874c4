/* Hash a text of 4,096 bytes n times, a byte at a time: a multiplication waits for each byte and for the one before. */
#include "corpus.h"

enum { BYTES = 4096 };

static NOINLINE uint64_t hash_of(const char *text, uint64_t hash) {
    for (size_t i = 0; i < BYTES; i++) hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), hash = UINT64_C(14695981039346656037), seed = 1;
    static char text[BYTES];
    for (size_t i = 0; i < BYTES; i++) text[i] = (char)random_next(&seed);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) hash = hash_of(text, hash);
    REGION_END();
    return answer(hash);
}
