/* The log between the running program and the simulator: each vCPU appends to a buffer of its own, full buffers are handed
 * to one consumer thread, which simulates them in the order in which they were filled.
 *
 * A word with MARK begins an execution of a block; its low bits are the block's address in our memory. With MERGED the next
 * word is the plain address of the block's first access (its tag stands in the block). All other words are an access: the
 * address below, the index of the instruction in its block and whether it stores above. Bounds are checked at marks only, so a
 * buffer holds whole executions and keeps room for the most accesses that one execution can make.
 */
#ifndef HWBENCH_COUNTING_TRACE_LOG_H
#define HWBENCH_COUNTING_TRACE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_MARK (UINT64_C(1) << 63)
#define LOG_MERGED (UINT64_C(1) << 62)
#define LOG_STORE (UINT64_C(1) << 61)
#define LOG_INDEX_SHIFT 48
#define LOG_ADDRESS ((UINT64_C(1) << LOG_INDEX_SHIFT) - 1)
#define LOG_INDEX(word) ((unsigned)((word) >> LOG_INDEX_SHIFT) & 0xFFF)

enum { LOG_CPUS = 4096, LOG_WORDS = 1 << 15, LOG_SLACK = 1 << 13 };

/* Fetches the record of a block that comes soon, if the word so far ahead is a mark; of what else it may be no harm comes. */
static inline void log_fetch_ahead(const uint64_t *word)
{
    __builtin_prefetch((const void *)(uintptr_t)(word[10] & LOG_ADDRESS));
}

struct log_buffer {
    struct log_buffer *next;
    uint64_t *end;
    unsigned cpu;
    bool is_guessed; /* the first pass was made over it */
    bool is_marked;  /* a region may begin or end in it */
    uint64_t words[LOG_WORDS]; /* of which the last ones are never written: reading ahead stays inside */
};

struct log {
    uint64_t *next, *limit;
    struct log_buffer *buffer;
    bool is_leaving; /* the buffer is on its way to the consumer */
    uint8_t marked;  /* so many buffers to come may hold a region's mark */
} __attribute__((aligned(64)));

extern struct log logs[LOG_CPUS];
extern double log_deadline; /* seconds of wall time after which all that was counted is reported, and the program ended; 0: none */

/* Outside the region that was asked for, most buffers are dropped: the rest keeps caches and predictors warm. */
extern bool log_is_thinned;

void log_mark_region(unsigned cpu, bool begins); /* before the block that is the mark is logged */
uint64_t *log_hand_over(unsigned cpu);        /* returns where to write next */
void log_finish(void);                        /* simulates all that was logged so far; no vCPU may run meanwhile */
double log_simulator_seconds(void);           /* of CPU time, of the consumer thread */
void log_finish_own(unsigned cpu);           /* the same from the thread of a vCPU, of what it logged itself */
void log_begin(void (*report)(bool stopped)); /* once, before any vCPU runs */

#endif
