#include "transfers.h"

#include <string.h>

#include "block.h"
#include "trace_log.h"

enum { LINES = 1 << 15 };

static struct shared_line {
    uint64_t line;
    uint32_t epoch, first, uses, others;
    bool is_written;
} lines[LINES];
static uint64_t total;
static uint32_t epoch, buffers;

static void settle(struct shared_line *shared)
{
    if (shared->is_written)
        total += 2 * (uint64_t)(shared->uses < shared->others ? shared->uses : shared->others);
    shared->uses = shared->others = 0;
    shared->is_written = false;
}

static void use(unsigned cpu, uint64_t line, bool is_store)
{
    struct shared_line *shared = &lines[(line ^ line >> 15) % LINES];
    if (shared->line != line || shared->epoch != epoch) {
        settle(shared);
        shared->line = line;
        shared->epoch = epoch;
        shared->first = cpu;
    }
    if (shared->first == cpu)
        shared->uses++;
    else
        shared->others++;
    shared->is_written |= is_store;
}

void transfers_scan(unsigned cpu, unsigned threads, const uint64_t *word, const uint64_t *end, unsigned line_shift)
{
    uint64_t extra = 0;
    for (; word < end; word++) {
        if (*word & LOG_MARK) {
            const struct block *block = (const struct block *)(uintptr_t)(*word & LOG_ADDRESS);
            extra = *word & LOG_MERGED ? block->first_tag : 0;
            continue;
        }
        use(cpu, (*word & LOG_ADDRESS) >> line_shift, ((*word | extra) & LOG_STORE) != 0);
        extra = 0;
    }
    if (++buffers >= threads) {
        buffers = 0;
        epoch++;
    }
}

uint64_t transfers_total(void)
{
    for (int k = 0; k < LINES; k++)
        settle(&lines[k]);
    return total;
}

void transfers_forget(void)
{
    memset(lines, 0, sizeof lines);
    total = 0;
}
