/* Append n records of 512 bytes to a file that is gone at the end: made durable once after the last, or (EACH) each by an
 * fsync of its own. The folder is that of TMPDIR, or the current one; on a tmpfs an fsync is free. */
#include "corpus.h"
#include <unistd.h>

enum { RECORD = 512, STEPS = 30000 };

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
    const char *folder = getenv("TMPDIR");
    char name[4096], record[RECORD];
    snprintf(name, sizeof name, "%s/journal.XXXXXX", folder != NULL && *folder ? folder : ".");
    int file = mkstemp(name);
    must(file >= 0, name);
    must(unlink(name) == 0, name);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        for (size_t step = 0; step < STEPS; step++) { /* a record is the end of some arithmetic */
            uint64_t word = random_next(&seed);
            memcpy(record + step * 8 % RECORD, &word, 8);
            sum += word;
        }
        must(write(file, record, RECORD) == RECORD, "write");
#ifdef EACH
        must(fsync(file) == 0, "fsync");
#endif
    }
    must(fsync(file) == 0, "fsync");
    REGION_END();
    return answer(sum);
}
