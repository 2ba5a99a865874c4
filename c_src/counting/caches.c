#include "caches.h"

#include <stdlib.h>
#include <string.h>

#define NO_LINE UINT64_MAX

struct cache cache_make(double bytes, double ways, double line)
{
    double lines = bytes / line;
    if (ways < 1 || ways > lines)
        ways = lines;
    struct cache cache = {.ways = (uint32_t)ways, .sets = (uint32_t)(lines / (double)(uint32_t)ways + 0.5)};
    if (cache.sets == 0)
        cache.sets = 1;
    cache.mask = (cache.sets & (cache.sets - 1)) == 0 ? cache.sets - 1 : 0;
    size_t size = ((size_t)cache.sets * cache.ways * sizeof *cache.lines + 63) / 64 * 64;
    cache.lines = aligned_alloc(64, size);
    if (!cache.lines)
        abort();
    memset(cache.lines, 0xFF, size);
    return cache;
}

/* The line moves to the front of its set; those before it, or all, move one back. */
bool cache_reorder(uint64_t *set, uint32_t ways, uint64_t line)
{
    uint64_t carried = set[0];
    set[0] = line;
    for (uint32_t way = 1; way < ways; way++) {
        uint64_t next = set[way];
        set[way] = carried;
        if (next == line)
            return true;
        carried = next;
    }
    return false;
}

void tlb_make(struct tlb *tlb, unsigned entries)
{
    memset(tlb, 0, sizeof *tlb);
    tlb->entries = entries < 1 ? 1 : entries > TLB_MOST ? TLB_MOST : entries;
    tlb->last = NO_LINE;
    memset(tlb->pages, 0xFF, sizeof tlb->pages);
}

bool tlb_search(struct tlb *tlb, uint64_t page)
{
    uint32_t found = TLB_MOST, oldest = 0;
    for (uint32_t slot = 0; slot < tlb->entries; slot++) {
        if (tlb->pages[slot] == page)
            found = slot;
        if (tlb->used[slot] < tlb->used[oldest])
            oldest = slot;
    }
    uint32_t slot = found < TLB_MOST ? found : oldest;
    tlb->pages[slot] = page;
    tlb->used[slot] = ++tlb->clock;
    tlb->hints[page % TLB_HINTS] = (uint8_t)slot;
    return found < TLB_MOST;
}

void streams_make(struct streams *streams, unsigned count, double longest_stride)
{
    memset(streams, 0, sizeof *streams);
    streams->count = count < 1 ? 1 : count > STREAMS_MOST ? STREAMS_MOST : count;
    streams->longest_stride = (uint64_t)longest_stride;
    memset(streams->last, 0xFF, sizeof streams->last);
}

static bool stride_follows(struct streams *streams, uint64_t address, uint64_t instruction)
{
    struct stride *stride = &streams->strides[(instruction ^ instruction >> 9) % STRIDES];
    if (stride->instruction != instruction) {
        *stride = (struct stride){.instruction = instruction, .address = address};
        return false;
    }
    int64_t step = (int64_t)(address - stride->address);
    stride->seen = step == stride->step ? stride->seen + 1 : 0;
    stride->step = step;
    stride->address = address;
    return stride->seen >= 2 && (uint64_t)llabs(step) <= streams->longest_stride;
}

/* A gap of one line is forgiven: what hits the first level is not seen here. */
static bool line_follows(struct streams *streams, uint64_t line)
{
    for (uint32_t k = 0; k < streams->count; k++) {
        uint64_t step = line - streams->last[k];
        if (step + 2 > 4)
            continue;
        if (step == 0)
            return streams->direction[k] != 0;
        int8_t direction = step <= 2 ? 1 : -1;
        bool follows = streams->direction[k] == direction;
        streams->direction[k] = direction;
        streams->last[k] = line;
        streams->is_recent[k] = true;
        return follows;
    }
    while (streams->is_recent[streams->next]) {
        streams->is_recent[streams->next] = false;
        streams->next = (streams->next + 1) % streams->count;
    }
    streams->last[streams->next] = line;
    streams->direction[streams->next] = 0;
    streams->next = (streams->next + 1) % streams->count;
    return false;
}

bool streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction)
{
    bool by_line = line_follows(streams, line);
    return stride_follows(streams, address, instruction) || by_line;
}
