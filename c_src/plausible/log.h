/* What makes a table last: a file to which statements and rows are appended, each with its length and a checksum, and after those of
 * a transaction a mark. What follows the last whole mark, after a crash or on a full disk, is left out when it is read again. */
#ifndef PLAUSIBLE_LOG_H
#define PLAUSIBLE_LOG_H
#include "table.h"

enum { MOST_TROUBLE = 256 };

struct log {
    int file; /* -1: in memory only */
    int64_t length, safe;   /* what is written, and what of it was committed */
    struct growing waiting; /* records that are not yet written */
    bool is_failing;        /* some of this transaction could not be written */
    char trouble[MOST_TROUBLE];
};

/* Who is told what a file holds. */
struct log_reader {
    void *of;
    bool (*create)(void *of, const char *sql);
    bool (*row)(void *of, int table, const char *at, const char *end);
    bool (*take_back)(void *of, int table, int64_t rows);
};

/* Open a file, or make it, and read what is in it; false, with `trouble` set, where that cannot be. */
bool log_open(struct log *log, const char *path, const struct log_reader *reader);
void log_close(struct log *log);

/* Add a record to those that are waiting. */
void log_create(struct log *log, const char *sql);
void log_row(struct log *log, int table, const struct table *of, const struct value *values);
void log_take_back(struct log *log, int table, int64_t rows);
/* Read a row's values back, texts pointing into the record; false where it is no row of that table. */
bool log_values(const struct table *table, const char *at, const char *end, struct value *values);

/* Write what is waiting and wait until the disk has it. */
bool log_commit(struct log *log);
/* Drop what is waiting, and what was written since the last commit. */
void log_forget(struct log *log);
#endif
