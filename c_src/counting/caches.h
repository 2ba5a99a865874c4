/* Caches and TLBs, with the geometry that the machine profile measured; least recently used goes first, exactly.
 *
 * A set lists its lines, the most recently used first: a hit on that one, the usual case, costs one comparison. Levels are
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

enum { TLB_MOST = 256, TLB_HINTS = 1024 };

/* A first-level TLB, fully associative: `hints` remembers in which slot a page was seen last, and a scan has the last word. */
struct tlb {
    uint64_t last, clock;
    uint32_t entries;
    uint64_t pages[TLB_MOST], used[TLB_MOST];
    uint8_t hints[TLB_HINTS];
};

void tlb_make(struct tlb *tlb, unsigned entries);
bool tlb_search(struct tlb *tlb, uint64_t page);

static inline bool tlb_access(struct tlb *tlb, uint64_t page)
{
    if (tlb->last == page)
        return true;
    unsigned slot = tlb->hints[page % TLB_HINTS];
    tlb->last = page;
    if (tlb->pages[slot] != page)
        return tlb_search(tlb, page);
    tlb->used[slot] = ++tlb->clock;
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
/* Whether this miss, of that instruction, was to be foreseen. */
bool streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction);

#endif
