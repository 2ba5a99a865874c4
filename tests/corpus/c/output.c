/* Send n bytes to /dev/null: by way of a buffer of 4,096, or (UNBUFFERED) each by a system call of its own. */
#include "corpus.h"
#include <fcntl.h>
#include <unistd.h>

enum { BUFFER = 4096 };

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
    static char buffer[BUFFER];
    size_t held = 0;
    int sink = open("/dev/null", O_WRONLY);
    must(sink >= 0, "/dev/null");
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        for (int step = 0; step < 10; step++) sum += random_next(&seed) & 1;
        char byte = (char)(seed & 127);
        sum += (uint64_t)byte;
        buffer[held++] = byte;
#ifdef UNBUFFERED
        const size_t full = 1;
#else
        const size_t full = BUFFER;
#endif
        if (held == full) {
            must(write(sink, buffer, held) == (ssize_t)held, "write");
            held = 0;
        }
    }
    REGION_END();
    return answer(sum);
}
