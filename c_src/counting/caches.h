/* Caches and TLBs, with the geometry that the machine profile measured; least recently used goes first, exactly.
 *
 * A set of an outer level lists its lines, the most recently used first. Levels are
 * independent of each other (neither inclusive nor exclusive), as in cachegrind: each sees what misses the one before.
 * The first level and the TLBs take virtual addresses. The outer levels take physical ones, which are made up: where in memory a
 * page lies is as good as random, but within a page lines keep their places. So what lies whole pages apart crowds into the few
 * sets of one place in a page, as it does in a real cache. A number of sets that is not a power of two is taken by division.
 * Source: Kessler and Hill, Page placement algorithms for large real-indexed caches, ACM TOCS 10 (1992).
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
    uint32_t page_sets; /* in each of several colours of pages; 0 where sets know nothing of pages */
};

struct cache cache_make(double bytes, double ways, double line);
/* An outer level, which is given physical lines. */
struct cache cache_make_paged(double bytes, double ways, double line, double page);
bool cache_reorder(uint64_t *set, uint32_t ways, uint64_t line);

/* Where a page lies in memory: the finaliser of MurmurHash3 (Austin Appleby, public domain), of which forty bits are taken. */
static inline uint64_t frame_of(uint64_t page)
{
    page = (page ^ page >> 33) * UINT64_C(0xff51afd7ed558ccd);
    page = (page ^ page >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return page >> 24;
}

/* The physical line of a line on a page of that number, which has two to the power of `shift` lines. */
static inline uint64_t physical_line(uint64_t page, uint64_t line, unsigned shift)
{
    return frame_of(page) << shift | (line & ((UINT64_C(1) << shift) - 1));
}

static inline uint64_t cache_set(const struct cache *cache, uint64_t line)
{
    if (cache->mask)
        return line & cache->mask;
    if (cache->page_sets)
        return line % cache->page_sets + line / cache->page_sets % (cache->sets / cache->page_sets) * cache->page_sets;
    return cache->sets > 1 ? line % cache->sets : 0;
}

/* Whether the line was there; now it is. */
static inline bool cache_access(struct cache *cache, uint64_t line)
{
    uint64_t *set = cache->lines + cache_set(cache, line) * cache->ways;
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
/* Whether this miss, of that instruction, was to be foreseen: as one of lines in a row, or at a constant stride; every second line is
 * the latter. `step`: how far the instruction went since its last miss, in bytes. */
enum stream streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction, uint64_t *step);

#endif
