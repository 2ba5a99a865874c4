/* Caches and TLBs, with the geometry that the machine profile measured; least recently used goes first, exactly.
 *
 * A set of an outer level lists its lines, the most recently used first. Levels are
 * independent of each other (neither inclusive nor exclusive), as in cachegrind: each sees what misses the one before.
 * Addresses are virtual at every level. A number of sets that is not a power of two is taken as it is, by division.
 */
#ifndef HWBENCH_COUNTING_CACHES_H
#define HWBENCH_COUNTING_CACHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache {
    uint64_t *lines;
    uint64_t mask; /* sets - 1 where that serves, else 0 */
    uint32_t sets, ways;
};

struct cache cache_make(double bytes, double ways, double line);
bool cache_reorder(uint64_t *set, uint32_t ways, uint64_t line);

/* Whether the line was there; now it is. */
static inline bool cache_access(struct cache *cache, uint64_t line)
{
    uint64_t at = cache->mask ? line & cache->mask : cache->sets > 1 ? line % cache->sets : 0;
    uint64_t *set = cache->lines + at * cache->ways;
    return *set == line || cache_reorder(set, cache->ways, line);
}

enum { HINTS = 4096, NEAR_MOST = 8192 };

/* A level that is looked up at every access (the first-level cache and TLB): lines stay where they are and carry the time of their
 * last use, and a hint says in which slot a line was seen last. A hit, wherever it is, then costs the same few steps;
 * a wrong hint leads to a scan, which has the last word. */
struct near {
    uint32_t sets, ways;
    uint64_t mask; /* sets - 1 where that serves, else 0 */
    uint16_t hints[HINTS];
    uint64_t lines[NEAR_MOST], used[NEAR_MOST];
};

void near_make(struct near *near, double bytes, double ways, double line);
bool near_search(struct near *near, uint64_t line, uint64_t now);

/* Whether the line was there; now it is, last used `now`, which grows with every access. */
static inline bool near_access(struct near *near, uint64_t line, uint64_t now)
{
    unsigned slot = near->hints[line % HINTS];
    if (__builtin_expect(near->lines[slot] != line, 0))
        return near_search(near, line, now);
    near->used[slot] = now;
    return true;
}

enum { STREAMS_MOST = 128, STRIDES = 512 };

/* What a prefetcher follows: lines in a row, up or down, over the misses of the first level; and constant strides of one
 * instruction. A stream is followed from its third line on. */
struct streams {
    uint32_t count, next;
    uint64_t last[STREAMS_MOST];
    int8_t direction[STREAMS_MOST]; /* 0: one miss was seen */
    bool is_recent[STREAMS_MOST];   /* followed since the replacement's hand last came by */
    uint64_t longest_stride;
    struct stride {
        uint64_t instruction, address;
        int64_t step;
        uint32_t seen;
    } strides[STRIDES];
};

void streams_make(struct streams *streams, unsigned count, double longest_stride);
enum stream { STREAM_NONE, STREAM_STRIDE, STREAM_LINES };
/* Whether this miss, of that instruction, was to be foreseen: as one of lines in a row, or at a constant stride. */
enum stream streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction);

#endif
