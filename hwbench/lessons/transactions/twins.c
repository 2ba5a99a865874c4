/* Transfers between accounts, written to a log: a record for each change, and one for each commit, which says that all changes
 * before it count. What comes after the last commit does not count: whoever reads the log after a loss of power leaves it out. */
#define _POSIX_C_SOURCE 200809L
#include "lesson.h"
#include <unistd.h>

enum { TRANSFER_WORDS = 3, RECORD_WORDS = 4 }; /* from, to, amount; and what kind of record it is in front */
enum { CHANGE = 1, COMMIT = 2 };
enum { MOST_WORDS = 1024 }; /* of a log: at most 128 transfers, each with a commit */

/* Add the record of a transfer to the log in memory; returns where the log ends now. */
static int64_t log_change(int64_t *log, int64_t end, const int64_t *transfer)
{
    log[end] = CHANGE;
    for (int64_t word = 0; word < TRANSFER_WORDS; word++)
        log[end + 1 + word] = transfer[word];
    return end + RECORD_WORDS;
}

/* Add a commit, write what the log has from `begin` on, and wait until it is safe; returns where the log ends now, or -1. */
static int64_t commit(int64_t *log, int64_t begin, int64_t end, int64_t file)
{
    log[end] = COMMIT;
    log[end + 1] = log[end + 2] = log[end + 3] = 0;
    end += RECORD_WORDS;
    int64_t bytes = 8 * (end - begin);
    return pwrite((int)file, log + begin, (size_t)bytes, 8 * begin) == bytes && fsync((int)file) == 0 ? end : -1;
}

/* Read the log back and apply what was committed; returns the sum of all balances, each times the number of its account. */
static int64_t recovered(int64_t *log, int64_t end, int64_t file)
{
    int64_t balances = 0, pending = 0;
    if (end < 0 || pread((int)file, log, 8 * (size_t)end, 0) != 8 * end)
        return -1;
    for (const int64_t *record = log; record < log + end; record += RECORD_WORDS) {
        pending += record[3] * (record[2] - record[1]);
        if (record[0] == COMMIT) {
            balances += pending;
            pending = 0;
        }
    }
    return balances;
}

/* Every transfer a transaction of its own: the disk is waited for as often. */
LESSON int64_t commit_each(const int64_t *transfers, int64_t count, int64_t file)
{
    int64_t log[MOST_WORDS], end = 0;
    for (int64_t transfer = 0; transfer < count && end >= 0; transfer++)
        end = commit(log, end, log_change(log, end, transfers + TRANSFER_WORDS * transfer), file);
    return recovered(log, end, file);
}

/* All transfers in one transaction: the disk is waited for once. */
LESSON int64_t commit_once(const int64_t *transfers, int64_t count, int64_t file)
{
    int64_t log[MOST_WORDS], end = 0;
    for (int64_t transfer = 0; transfer < count; transfer++)
        end = log_change(log, end, transfers + TRANSFER_WORDS * transfer);
    return recovered(log, commit(log, 0, end, file), file);
}

/* A transaction for every so many transfers: what a group commit comes to. */
LESSON int64_t commit_every(const int64_t *transfers, int64_t count, int64_t file, int64_t group)
{
    int64_t log[MOST_WORDS], begin = 0, end = 0;
    for (int64_t transfer = 0; transfer < count && end >= 0; transfer++) {
        end = log_change(log, end, transfers + TRANSFER_WORDS * transfer);
        if ((transfer + 1) % group == 0 || transfer + 1 == count)
            begin = end = commit(log, begin, end, file);
    }
    return recovered(log, end, file);
}
