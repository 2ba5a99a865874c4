#include "caches.h"

#include "aligned.h"

#include <stdlib.h>
#include <string.h>

#define NO_LINE UINT64_MAX

static void shape(double bytes, double ways, double line, double most, uint32_t *sets_out, uint32_t *ways_out, uint64_t *mask)
{
    double lines = bytes / line < 1 ? 1 : bytes / line > most ? most : bytes / line;
    if (ways < 1 || ways > lines)
        ways = lines;
    *ways_out = (uint32_t)ways;
    *sets_out = (uint32_t)(lines / *ways_out + 0.5);
    if (*sets_out & (*sets_out - 1))
        *sets_out |= 1; /* else strides that share a factor with it would crowd into few sets, as in no real cache */
    *mask = (*sets_out & (*sets_out - 1)) == 0 ? *sets_out - 1 : 0;
}

struct cache cache_make(double bytes, double ways, double line)
{
    struct cache cache = {0};
    shape(bytes, ways, line, UINT32_MAX, &cache.sets, &cache.ways, &cache.mask);
    cache.lines = aligned_filled((size_t)cache.sets * cache.ways * sizeof *cache.lines, 0xFF);
    return cache;
}

/* As many sets as a page has lines, times a whole number of colours. */
struct cache cache_make_paged(double bytes, double ways, double line, double page)
{
    uint32_t page_sets = page >= line ? (uint32_t)(page / line) : 1;
    uint32_t colours = (uint32_t)(bytes / line / (ways < 1 ? 1 : ways) / page_sets + 0.5);
    if (ways < 1 || colours < 1)
        return cache_make(bytes, ways, line);
    struct cache cache = {.sets = page_sets * colours, .page_sets = page_sets};
    cache.ways = (uint32_t)(bytes / line / cache.sets + 0.5);
    cache.mask = (cache.sets & (cache.sets - 1)) == 0 ? cache.sets - 1 : 0;
    cache.lines = aligned_filled((size_t)cache.sets * cache.ways * sizeof *cache.lines, 0xFF);
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

void near_make(struct near *near, double bytes, double ways, double line)
{
    memset(near, 0, sizeof *near);
    memset(near->lines, 0xFF, sizeof near->lines);
    shape(bytes, ways, line, NEAR_MOST, &near->sets, &near->ways, &near->mask);
}

bool near_search(struct near *near, uint64_t line, uint64_t now)
{
    uint32_t first = (uint32_t)(near->sets == 1 ? 0 : near->mask ? line & near->mask : line % near->sets) * near->ways;
    uint32_t oldest = first, found = UINT32_MAX;
    for (uint32_t slot = first; slot < first + near->ways; slot++) {
        if (near->lines[slot] == line)
            found = slot;
        if (near->used[slot] < near->used[oldest])
            oldest = slot;
    }
    uint32_t slot = found != UINT32_MAX ? found : oldest;
    near->lines[slot] = line;
    near->used[slot] = now;
    near->hints[line % HINTS] = (uint16_t)slot;
    return found != UINT32_MAX;
}

void streams_make(struct streams *streams, unsigned count, double longest_stride)
{
    memset(streams, 0, sizeof *streams);
    streams->count = count < 1 ? 1 : count > STREAMS_MOST ? STREAMS_MOST : count;
    streams->longest_stride = (uint64_t)longest_stride;
    memset(streams->last, 0xFF, sizeof streams->last);
}

static bool stride_follows(struct streams *streams, uint64_t address, uint64_t instruction, uint64_t *gone)
{
    struct stride *stride = &streams->strides[(instruction ^ instruction >> 9) % STRIDES];
    if (stride->instruction != instruction) {
        *stride = (struct stride){.instruction = instruction, .address = address};
        *gone = 0;
        return false;
    }
    int64_t step = (int64_t)(address - stride->address);
    *gone = (uint64_t)llabs(step);
    stride->seen = step == stride->step ? stride->seen + 1 : 0;
    stride->step = step;
    stride->address = address;
    return stride->seen >= 2 && (uint64_t)llabs(step) <= streams->longest_stride;
}

/* By how many lines a stream goes on with this one, 0 where it does not. A gap of one line is forgiven: what hits the first level is
 * not seen here. */
static unsigned line_follows(struct streams *streams, uint64_t line)
{
    for (uint32_t k = 0; k < streams->count; k++) {
        uint64_t step = line - streams->last[k];
        if (step + 2 > 4)
            continue;
        if (step == 0)
            return streams->direction[k] != 0;
        int8_t direction = step <= 2 ? 1 : -1;
        unsigned follows = streams->direction[k] != direction ? 0 : step == 2 || step == (uint64_t)-2 ? 2 : 1;
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
    return 0;
}

enum stream streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction, uint64_t *step)
{
    unsigned by_line = line_follows(streams, line);
    bool by_stride = stride_follows(streams, address, instruction, step);
    if (by_line && !(by_line == 2 && by_stride))
        return STREAM_LINES;
    return by_stride ? STREAM_STRIDE : STREAM_NONE;
}
