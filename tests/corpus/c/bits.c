/* Count the set bits of n words: by adding neighbours inside the word, or (ONE_BY_ONE) bit by bit. */
#include "corpus.h"

static NOINLINE uint64_t set_bits(uint64_t word) {
#ifdef ONE_BY_ONE
    uint64_t even = 0, odd = 0;
    for (int bit = 0; bit < 64; bit += 2) {
        even += (word >> bit) & 1;
        odd += (word >> (bit + 1)) & 1;
    }
    return even + odd;
#else
    word -= (word >> 1) & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + ((word >> 2) & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (word * UINT64_C(0x0101010101010101)) >> 56;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += set_bits(i * UINT64_C(0x9e3779b97f4a7c15));
    REGION_END();
    return answer(sum);
}
