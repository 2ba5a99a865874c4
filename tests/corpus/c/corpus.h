/* What every program of the corpus shares: its argument, random numbers, memory by page kind, marks, and the printed answer.
 *
 * Include it first: it asks the C library for everything it has. A program does its set-up, then REGION_BEGIN(), the work
 * that grows with n, REGION_END(), and prints one number that the other side of its pair prints too. The marks are empty
 * unless HWBENCH_REGION_HEADER names a header that defines hwbench_region_begin() and hwbench_region_end(). */
#ifndef CORPUS_H
#define CORPUS_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef HWBENCH_REGION_HEADER
#include HWBENCH_REGION_HEADER
#define REGION_BEGIN() hwbench_region_begin()
#define REGION_END() hwbench_region_end()
#else
#define REGION_BEGIN() ((void)0)
#define REGION_END() ((void)0)
#endif

#define NOINLINE __attribute__((noinline))
/* The compiler may know nothing of this integer, or floating-point, variable's value from here on. */
#define HIDE(integer) __asm__ volatile("" : "+r"(integer))
#if defined(__x86_64__)
#define HIDE_FLOAT(number) __asm__ volatile("" : "+x"(number))
#else
#define HIDE_FLOAT(number) __asm__ volatile("" : "+w"(number))
#endif
/* Memory may have changed: what was stored is stored, what is needed is loaded again. */
#define MEMORY_CHANGES() __asm__ volatile("" ::: "memory")

enum { LINE = 64, PAGE = 4096, HUGE_PAGE = 2 << 20 };
enum pages { ANY_PAGES, SMALL_PAGES, HUGE_PAGES };

/* The last argument as a size; 1e6 is taken too. Ends the program where it is no size. */
static inline uint64_t size_argument(int count, char **arguments) {
    char *end = NULL;
    double size = count > 1 ? strtod(arguments[count - 1], &end) : -1;
    if (end == NULL || *end != '\0' || !(size >= 0) || size > 1e18) {
        fprintf(stderr, "usage: %s N\n", arguments[0]);
        exit(2);
    }
    return (uint64_t)size;
}

static inline void must(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(1);
    }
}

/* xorshift64*: cheap, and no predictor learns it. */
static inline uint64_t random_next(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* Any of 0 … bound - 1; the bound fits 32 bits. */
static inline uint64_t random_below(uint64_t *state, uint64_t bound) { return ((random_next(state) >> 32) * bound) >> 32; }

/* Zeroed memory on a 2 MiB boundary, every page present, of the kind of page that was asked for where the kernel agrees. */
static inline void *memory_of(size_t bytes, enum pages kind) {
    size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *raw = mmap(NULL, whole + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(raw != MAP_FAILED, "mmap");
    char *start = raw + (HUGE_PAGE - (uintptr_t)raw % HUGE_PAGE) % HUGE_PAGE;
#ifdef __linux__
    if (kind == SMALL_PAGES) madvise(start, whole, MADV_NOHUGEPAGE);
    if (kind == HUGE_PAGES) madvise(start, whole, MADV_HUGEPAGE);
#endif
    for (size_t at = 0; at < whole; at += PAGE) ((volatile char *)start)[at] = 0;
    return start;
}

/* Put words, or bytes, into a random order that the seed decides. */
static inline void shuffle(uint32_t *words, size_t count, uint64_t seed) {
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = random_below(&seed, i + 1);
        uint32_t kept = words[i];
        words[i] = words[j];
        words[j] = kept;
    }
}

static inline void shuffle_bytes(uint8_t *bytes, size_t count, uint64_t seed) {
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = random_below(&seed, i + 1);
        uint8_t kept = bytes[i];
        bytes[i] = bytes[j];
        bytes[j] = kept;
    }
}

/* One of several arrays, chosen where the compiler cannot see it: all are made, and the code is the same whichever it is. */
static inline const void *chosen(const void *const *arrays, size_t which) {
    HIDE(which);
    return arrays[which];
}

static inline int answer(uint64_t checksum) { return printf("%" PRIu64 "\n", checksum) < 0; }

#endif
