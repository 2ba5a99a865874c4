/* The timing model: how many cycles a stretch of the program takes on an out-of-order core with the measured costs.
 *
 * Instructions are dispatched in order, `width` a cycle, into a window; they start when their operands are ready and end
 * after their latency; they retire in order. A full window, a full scheduler (of instructions that wait for operands) and a
 * lack of free integer registers (which come back when their instruction retires) stop dispatch. What has a throughput (units, misses in
 * flight, bandwidth, page walks) is a bucket that runs in the order of dispatch: it delays what comes too fast and never what
 * waits for operands anyway. Mispredicted branches send dispatch back to when the branch was known, plus the cost.
 *
 * All is computed sixteen times at once, with some causes idealised: lane 0 has all on, lane 1 none, and for each cause there is
 * a lane with only it on and one with all but it. Idealised: cache: every line is in the first level, so that what was not
 * fetched ahead does not travel either; bandwidth: lines fetched ahead and written travel at once;
 * tlb: never missed; branch, dispatch: never mispredicted; execution: no latency of arithmetic, first-level loads and
 * forwarded stores, units without number.
 *
 * Lines in a row are fetched into the first level; what goes by strides only into the second.
 *
 * Simplified: an instruction takes one place of the window whatever it is made of; the instruction cache never misses;
 * stores leave in order. Source: Karkhanis and Smith, A first-order superscalar processor model (2004); Eyerman et al., A
 * mechanistic performance model for superscalar out-of-order processors (2009).
 */
#ifndef HWBENCH_COUNTING_FLOW_H
#define HWBENCH_COUNTING_FLOW_H

#include "block.h"
#include "caches.h"
#include "lanes.h"
#include "options.h"

enum cause { CAUSE_CACHE, CAUSE_BANDWIDTH, CAUSE_TLB, CAUSE_BRANCH, CAUSE_DISPATCH, CAUSE_EXECUTION, CAUSES };
enum { LANE_ALL, LANE_IDEAL, LANE_ONLY, LANE_WITHOUT = LANE_ONLY + CAUSES };
enum { WINDOW_MOST = 1024, STORES_MOST = 256, SCHEDULER_MOST = 512, INTEGERS_MOST = 1024, FORWARDS = 64, ARRIVALS = 64 };
enum guess { GUESS_RIGHT, GUESS_WRONG_DIRECTION, GUESS_WRONG_TARGET };
/* How the program came to a block: straight on, by a branch that was taken, by a return, or by a call from a place that has
 * called several functions. */
enum way { WAY_ON, WAY_TAKEN, WAY_BACK, WAY_CALLEE, WAYS };
enum kind { KIND_STREAMED, KIND_INDEPENDENT, KIND_DEPENDENT, KINDS };

/* One access as the caches saw it. `level`: 0 hit the first, 1 came from L2, 2 from L3, 3 from memory; `tlb`: 0 hit, 1 hit the
 * second level, 2 a page walk. */
struct access {
    uint64_t address;
    uint16_t index;
    uint8_t level, tlb;
    bool is_store;
    uint8_t is_streamed; /* enum stream */
    uint8_t stride;      /* of STREAM_STRIDE: the power of two that is the most lines it goes at once */
};

struct flow_prices {
    lanes dispatch, taken[WAYS], load_slot, store_slot, l1_latency[2]; /* plain, indexed */
    lanes beyond[LEVELS], flight[LEVELS], read_line[LEVELS], missed_line[LEVELS], write_line[LEVELS], strided_line[LEVELS][STRIDE_CLASSES], streamed_latency[LEVELS], strided_latency[LEVELS];
    lanes tlb_miss, page_walk, walk_slot, direction, target, forward, handed_on, renamed, forward_failed, alias, atomic, system;
    lanes latency[OP_CLASSES], cycles[OP_CLASSES];
    uint32_t window, store_buffer, scheduler, integer_registers, line_shift;
    int32_t long_wait; /* who waits less than this leaves the scheduler before it can fill */
    bool prefetch;
};

struct forward { /* what was stored lately, by granules of eight bytes */
    uint64_t address;
    uint32_t bytes;
    int32_t number;
    uint32_t base; /* the register that formed the address */
    four missed;
    lanes ready;
};

struct arrival { /* lines that were missed lately: whoever needs them too waits for the same arrival */
    uint64_t line;
    int32_t number;
    four missed;
    lanes at;
};

struct flow {
    lanes now, retired, branch_end, fetch_next, drained;
    lanes load_unit, walker, flight[LEVELS], pipe[LEVELS];
    lanes unit[OP_CLASSES], ready[REGISTERS];
    /* The number of the last load that missed each level and on which the register's value depends. */
    four missed[REGISTERS];
    int32_t number; /* of the instruction */
    uint64_t code_line; /* that was fetched last */
    uint32_t window_at, store_at, scheduler_at, integer_at;
    int64_t total[LANES];
    uint64_t kinds[LEVELS][KINDS];
    struct forward forwards[FORWARDS];
    struct arrival arrivals[ARRIVALS];
    lanes stores[STORES_MOST], window[WINDOW_MOST], scheduler[SCHEDULER_MOST], integers[INTEGERS_MOST];
};

void flow_prices_make(struct flow_prices *prices, const struct options *options);
void flow_reset(struct flow *flow); /* forgets all times, but not the totals */
/* Plays one execution of a block, of whose accesses there are `count`; `guess` and `way` are of the branch before it. */
void flow_block(struct flow *flow, const struct flow_prices *prices, struct block *block, enum guess guess, enum way way,
                const struct access *accesses, unsigned count);
double flow_cycles(const struct flow *flow, int lane);

#endif
