#define _POSIX_C_SOURCE 200809L
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WAITING = 1 << 20 }; /* bytes of records; then they are written, though a commit comes later */

static const char MAGIC[8] = "PLAUSIB1";

struct head {
    uint32_t length, checksum;
};

static uint32_t checksum_of(const char *bytes, size_t length)
{
    return (uint32_t)text_hash((struct text){bytes, (int64_t)length});
}

static bool fail(struct log *log, const char *what)
{
    snprintf(log->trouble, sizeof log->trouble, "%s: %s", what, strerror(errno));
    return false;
}

static bool write_all(struct log *log, const char *bytes, int64_t count)
{
    for (int64_t written = 0; written < count;) {
        ssize_t now = pwrite(log->file, bytes + written, (size_t)(count - written), log->length + written);
        if (now < 0 && errno != EINTR)
            return fail(log, "the file cannot be written");
        written += now > 0 ? now : 0;
    }
    log->length += count;
    return true;
}

static bool read_all(struct log *log, struct growing *bytes)
{
    for (;;) {
        char *place = grow(bytes, 1 << 16, 1);
        ssize_t now = read(log->file, place, 1 << 16);
        bytes->count += (now > 0 ? now : 0) - (1 << 16);
        if (now == 0)
            return true;
        if (now < 0 && errno != EINTR)
            return fail(log, "the file cannot be read");
    }
}

static bool replay(const struct log_reader *reader, const char *at, const char *end)
{
    uint16_t table;
    char kind = *at++;
    if (kind == 'E')
        return true;
    if (kind == 'C')
        return end[-1] == 0 && reader->create(reader->of, at);
    if (end - at < (ptrdiff_t)sizeof table)
        return false;
    memcpy(&table, at, sizeof table);
    at += sizeof table;
    if (kind == 'R')
        return reader->row(reader->of, table, at, end);
    int64_t rows;
    if (kind != 'U' || end - at != (ptrdiff_t)sizeof rows)
        return false;
    memcpy(&rows, at, sizeof rows);
    return reader->take_back(reader->of, table, rows);
}

/* The record at a place, if it is whole; NULL where it is not. */
static const char *record_at(const char *bytes, int64_t count, int64_t at, uint32_t *length)
{
    struct head head;
    if (at + (int64_t)sizeof head > count)
        return NULL;
    memcpy(&head, bytes + at, sizeof head);
    const char *record = bytes + at + sizeof head;
    if (!head.length || head.length > count - at - (int64_t)sizeof head || checksum_of(record, head.length) != head.checksum)
        return NULL;
    *length = head.length;
    return record;
}

/* The place after the last commit before the first record that is not whole. */
static int64_t committed(const char *bytes, int64_t count)
{
    int64_t at = sizeof MAGIC, end = at;
    uint32_t length;
    for (const char *record; (record = record_at(bytes, count, at, &length));) {
        at += (int64_t)sizeof(struct head) + length;
        if (*record == 'E')
            end = at;
    }
    return end;
}

/* Replay what was committed; returns how long it is. */
static int64_t replay_all(const struct log_reader *reader, const char *bytes, int64_t count)
{
    int64_t at = sizeof MAGIC, end = committed(bytes, count);
    uint32_t length;
    while (at < end) {
        const char *record = record_at(bytes, count, at, &length);
        if (!replay(reader, record, record + length))
            break;
        at += (int64_t)sizeof(struct head) + length;
    }
    return at;
}

static bool begin(struct log *log, const struct log_reader *reader)
{
    struct growing bytes = {0};
    bool is_read = read_all(log, &bytes);
    if (is_read && !bytes.count)
        is_read = write_all(log, MAGIC, sizeof MAGIC);
    else if (is_read && (bytes.count < (int64_t)sizeof MAGIC || memcmp(bytes.items, MAGIC, sizeof MAGIC))) {
        snprintf(log->trouble, sizeof log->trouble, "the file is not one of this engine");
        is_read = false;
    } else if (is_read) {
        log->length = replay_all(reader, bytes.items, bytes.count);
        is_read = ftruncate(log->file, log->length) == 0 || fail(log, "the file cannot be cut");
    }
    log->safe = log->length;
    free(bytes.items);
    return is_read;
}

bool log_open(struct log *log, const char *path, const struct log_reader *reader)
{
    log->file = -1;
    log->length = log->safe = 0;
    if (!path)
        return true;
    log->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (log->file < 0)
        return fail(log, "the file cannot be opened");
    return begin(log, reader);
}

void log_close(struct log *log)
{
    if (log->file >= 0)
        close(log->file);
    free(log->waiting.items);
}

static void *add(struct growing *array, const void *bytes, size_t count)
{
    return memcpy(grow(array, (int64_t)count, 1), bytes, count);
}

static int64_t open_record(struct log *log, char kind)
{
    int64_t start = log->waiting.count;
    grow(&log->waiting, sizeof(struct head), 1);
    add(&log->waiting, &kind, 1);
    return start;
}

static void write_waiting(struct log *log)
{
    log->is_failing = log->is_failing || !write_all(log, log->waiting.items, log->waiting.count);
    log->waiting.count = 0;
}

static void close_record(struct log *log, int64_t start)
{
    char *record = (char *)log->waiting.items + start;
    struct head head = {.length = (uint32_t)(log->waiting.count - start - (int64_t)sizeof head)};
    head.checksum = checksum_of(record + sizeof head, head.length);
    memcpy(record, &head, sizeof head);
    if (log->waiting.count > MOST_WAITING)
        write_waiting(log);
}

void log_create(struct log *log, const char *sql)
{
    if (log->file < 0)
        return;
    int64_t start = open_record(log, 'C');
    add(&log->waiting, sql, strlen(sql) + 1);
    close_record(log, start);
}

static void add_table(struct log *log, int table)
{
    uint16_t number = (uint16_t)table;
    add(&log->waiting, &number, sizeof number);
}

void log_row(struct log *log, int table, const struct table *of, const struct value *values)
{
    if (log->file < 0)
        return;
    int64_t start = open_record(log, 'R');
    add_table(log, table);
    for (int i = 0; i < of->width; i++) {
        if (of->columns[i].type == TEXT) {
            add(&log->waiting, &values[i].text.length, sizeof values[i].text.length);
            if (values[i].text.length)
                add(&log->waiting, values[i].text.bytes, (size_t)values[i].text.length);
        } else
            add(&log->waiting, &values[i].integer, sizeof values[i].integer); /* or the bits of a real */
    }
    close_record(log, start);
}

void log_take_back(struct log *log, int table, int64_t rows)
{
    if (log->file < 0)
        return;
    int64_t start = open_record(log, 'U');
    add_table(log, table);
    add(&log->waiting, &rows, sizeof rows);
    close_record(log, start);
}

bool log_values(const struct table *table, const char *at, const char *end, struct value *values)
{
    for (int i = 0; i < table->width; i++) {
        values[i] = (struct value){.type = table->columns[i].type};
        if (end - at < (ptrdiff_t)sizeof(int64_t))
            return false;
        memcpy(values[i].type == TEXT ? &values[i].text.length : &values[i].integer, at, sizeof(int64_t));
        at += sizeof(int64_t);
        if (values[i].type != TEXT)
            continue;
        if (values[i].text.length < 0 || values[i].text.length > end - at)
            return false;
        values[i].text.bytes = at;
        at += values[i].text.length;
    }
    return at == end;
}

bool log_commit(struct log *log)
{
    bool is_empty = !log->waiting.count && log->length == log->safe && !log->is_failing;
    if (log->file < 0 || is_empty)
        return true;
    close_record(log, open_record(log, 'E'));
    write_waiting(log);
    bool is_safe = !log->is_failing && (fsync(log->file) == 0 || fail(log, "the file is not safe"));
    if (is_safe)
        log->safe = log->length;
    log_forget(log);
    return is_safe;
}

/* Where the file cannot be cut, what is written next will lie over it. */
void log_forget(struct log *log)
{
    if (log->length != log->safe || log->is_failing)
        (void)!ftruncate(log->file, log->safe);
    log->length = log->safe;
    log->waiting.count = 0;
    log->is_failing = false;
}
