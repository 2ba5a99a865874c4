/* The feature macros that make -std=c11 show POSIX and the systems' own calls. */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE

#include "system.h"

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

/* MADV_DONTNEED gives fresh zero pages afterwards on Linux only; elsewhere a new mapping is laid over the old one. */
int64_t system_give_back(uint8_t *memory, int64_t bytes) {
#if defined(__linux__)
    return madvise(memory, (size_t)bytes, MADV_DONTNEED) == 0 ? bytes : -1;
#else
    int flags = MAP_PRIVATE | MAP_ANON | MAP_FIXED;
    return mmap(memory, (size_t)bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == memory ? bytes : -1;
#endif
}

/* The first touch is a write: a read would map the one zero page, and the write after it fault a second time. */
int64_t system_fault(uint8_t *memory, int64_t bytes, int64_t page, int64_t *position, int64_t repeats) {
    int64_t pages = bytes / page, at = position[0], fresh = 0;
    for (int64_t r = 0; r < repeats; r++) {
        if (at >= pages) {
            if (system_give_back(memory, bytes) < 0) return -1;
            at = 0;
        }
        volatile int64_t *words = (volatile int64_t *)(memory + at * page);
        words[0] = 1;
        fresh += words[1] == 0;
        words[1] = 1;
        at++;
    }
    position[0] = at;
    return fresh;
}

int64_t system_malloc(int64_t bytes, int64_t stride, int64_t repeats) {
    int64_t succeeded = 0;
    for (int64_t r = 0; r < repeats; r++) {
        volatile uint8_t *block = malloc((size_t)bytes);
        if (!block) return -1;
        for (int64_t at = 0; at < bytes; at += stride) block[at] = (uint8_t)r;
        succeeded += block[0] == (uint8_t)r;
        free((void *)block);
    }
    return succeeded;
}

int64_t system_malloc_batch(int64_t *blocks, int64_t live, int64_t bytes, int64_t repeats) {
    int64_t succeeded = 0;
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t k = 0; k < live; k++) {
            volatile uint8_t *block = malloc((size_t)bytes);
            if (block) block[0] = (uint8_t)r;
            blocks[k] = (int64_t)(intptr_t)block;
        }
        for (int64_t k = 0; k < live; k++) {
            succeeded += blocks[k] != 0;
            free((void *)(intptr_t)blocks[k]);
        }
    }
    return succeeded;
}

static inline int64_t parent(void) {
#if defined(__linux__)
    return syscall(SYS_getppid);
#else
    return getppid();
#endif
}

int64_t system_call(int64_t repeats) {
    int64_t first = parent(), same = 0;
    for (int64_t r = 0; r < repeats; r++) same += parent() == first;
    return same;
}

int64_t system_clock(int64_t repeats) {
    struct timespec last = {0, 0}, now;
    int64_t forward = 0;
    for (int64_t r = 0; r < repeats; r++) {
        if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return -1;
        forward += now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec);
        last = now;
    }
    return forward;
}

static inline int put(int64_t pipe_end) {
    char token = 1;
    return write((int)pipe_end, &token, 1) == 1;
}
static inline int get(int64_t pipe_end) {
    char token;
    return read((int)pipe_end, &token, 1) == 1;
}

int64_t system_pipe_hop(int64_t read_from, int64_t write_to, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        if (!put(write_to) || !get(read_from)) return -1;
    }
    return repeats;
}

int64_t system_token(int64_t read_from, int64_t write_to, int64_t leads, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        if (leads ? !put(write_to) || !get(read_from) : !get(read_from) || !put(write_to)) return r;
    }
    return repeats;
}

int64_t system_fsync(int64_t file, const uint8_t *data, int64_t bytes, int64_t repeats) {
    for (int64_t r = 0; r < repeats; r++) {
        if (write((int)file, data, (size_t)bytes) != bytes || fsync((int)file) != 0) return -1;
    }
    return repeats * bytes;
}

int64_t system_pread(int64_t file, uint8_t *into, int64_t bytes, int64_t file_bytes, int64_t repeats) {
    int64_t at = 0, total = 0;
    for (int64_t r = 0; r < repeats; r++) {
        if (at + bytes > file_bytes) at = 0;
        int64_t got = pread((int)file, into, (size_t)bytes, (off_t)at);
        if (got < 0) return -1;
        total += got;
        at += bytes;
    }
    return total;
}

#else /* no POSIX: the probes say so */
#define NOT_HERE(...) return (void)(__VA_ARGS__), -1
int64_t system_give_back(uint8_t *m, int64_t b) { NOT_HERE(m, b); }
int64_t system_fault(uint8_t *m, int64_t b, int64_t p, int64_t *q, int64_t r) { NOT_HERE(m, b, p, q, r); }
int64_t system_malloc(int64_t b, int64_t s, int64_t r) { NOT_HERE(b, s, r); }
int64_t system_malloc_batch(int64_t *s, int64_t l, int64_t b, int64_t r) { NOT_HERE(s, l, b, r); }
int64_t system_call(int64_t r) { NOT_HERE(r); }
int64_t system_clock(int64_t r) { NOT_HERE(r); }
int64_t system_pipe_hop(int64_t f, int64_t t, int64_t r) { NOT_HERE(f, t, r); }
int64_t system_token(int64_t f, int64_t t, int64_t l, int64_t r) { NOT_HERE(f, t, l, r); }
int64_t system_fsync(int64_t f, const uint8_t *d, int64_t b, int64_t r) { NOT_HERE(f, d, b, r); }
int64_t system_pread(int64_t f, uint8_t *i, int64_t b, int64_t n, int64_t r) { NOT_HERE(f, i, b, n, r); }
#endif
