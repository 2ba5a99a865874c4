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
    struct cache cache;
    shape(bytes, ways, line, UINT32_MAX, &cache.sets, &cache.ways, &cache.mask);
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

enum stream streams_follow(struct streams *streams, uint64_t address, uint64_t line, uint64_t instruction)
{
    bool by_line = line_follows(streams, line), by_stride = stride_follows(streams, address, instruction);
    return by_line ? STREAM_LINES : by_stride ? STREAM_STRIDE : STREAM_NONE;
}
