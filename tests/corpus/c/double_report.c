/* Two causes: n lines go to /dev/null, 4,096 bytes at a time or (FIRST) each by a system call of its own, their numbers
 * written by a loop of our own or (SECOND) by the C library's formatter. */
#include "corpus.h"
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif
#include <fcntl.h>
#include <unistd.h>

enum { BUFFER = 4096, LONGEST = 32 };

static NOINLINE size_t decimal(char *text, uint32_t number) {
#if SECOND
    return (size_t)sprintf(text, "%" PRIu32 "\n", number);
#else
    char reversed[12];
    size_t length = 0, digits;
    do reversed[length++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (digits = length; length > 0;) *text++ = reversed[--length];
    *text = '\n';
    return digits + 1;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    char buffer[BUFFER + LONGEST];
    size_t held = 0;
    int sink = open("/dev/null", O_WRONLY);
    must(sink >= 0, "/dev/null");
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        size_t length = decimal(buffer + held, (uint32_t)(10000000 + i % 80000000));
        sum += length + (unsigned char)buffer[held];
        held += length;
        const size_t full = FIRST ? 1 : BUFFER;
        if (held >= full) {
            must(write(sink, buffer, held) == (ssize_t)held, "write");
            held = 0;
        }
    }
    REGION_END();
    return answer(sum);
}
