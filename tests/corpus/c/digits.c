/* Write n numbers as decimal text: by a loop of our own, or (PRINTF) by the C library's formatter. */
#include "corpus.h"

static NOINLINE size_t decimal(char *text, uint32_t number) {
#ifdef PRINTF
    return (size_t)sprintf(text, "%" PRIu32, number);
#else
    char reversed[12];
    size_t length = 0, digits;
    do reversed[length++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (digits = length; length > 0;) *text++ = reversed[--length];
    *text = '\0';
    return digits;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    char text[32];
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        size_t length = decimal(text, (uint32_t)(10000000 + i % 80000000));
        sum += length + (unsigned char)text[length - 1] + (unsigned char)text[0];
    }
    REGION_END();
    return answer(sum);
}
