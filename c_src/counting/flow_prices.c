#include <math.h>
#include <string.h>

#include "flow.h"

enum { NEVER = -(1 << 29) };

static bool is_on(int lane, enum cause cause)
{
    if (lane == LANE_ALL)
        return true;
    if (lane >= LANE_WITHOUT && lane < LANE_WITHOUT + CAUSES)
        return lane != LANE_WITHOUT + (int)cause;
    return lane == LANE_ONLY + (int)cause;
}

/* The price in those lanes in which the cause is on, 0 in the others. */
static lanes priced(double cycles, enum cause cause)
{
    lanes price;
    for (int lane = 0; lane < LANES; lane++) {
        int32_t units = is_on(lane, cause) && cycles > 0 ? (int32_t)(cycles * UNIT + 0.5) : 0;
        if (lane < 8)
            price.low[lane] = units;
        else
            price.high[lane - 8] = units;
    }
    return price;
}

/* The same, but where the cause is off even the wait for the branch itself falls away: it never goes wrong. */
static lanes priced_or_never(double cycles, enum cause cause)
{
    lanes price = priced(cycles, cause);
    for (int lane = 0; lane < LANES; lane++)
        if (!is_on(lane, cause)) {
            if (lane < 8)
                price.low[lane] = NEVER;
            else
                price.high[lane - 8] = NEVER;
        }
    return price;
}

static uint32_t entries(double asked, uint32_t least, uint32_t most)
{
    return asked < least ? least : asked > most ? most : (uint32_t)asked;
}

static lanes everywhere(double cycles)
{
    lanes price;
    for (int lane = 0; lane < 8; lane++)
        price.low[lane] = price.high[lane] = (int32_t)(cycles * UNIT + 0.5);
    return price;
}

/* Lines that are skipped through at less than a page fill the memory's pipe with what is not used. What goes a page or more at once
 * comes back for the rest of a line when it is gone, and what is near already is skipped through in vain: both are for want of
 * locality, though they are fetched ahead. */
static void price_strides(struct flow_prices *prices, const struct options *options, int level)
{
    double line = options->cache[level].line, cycles = line / options->flow.read_bandwidth[level];
    for (int stride = 0; stride < STRIDE_CLASSES; stride++) {
        double longer = level == LEVELS - 1 && options->flow.strided[stride] > 1 ? options->flow.strided[stride] : 1;
        bool is_memory = level == LEVELS - 1 && ldexp(line, stride) < options->page;
        prices->strided_line[level][stride] = priced(cycles * longer, is_memory ? CAUSE_BANDWIDTH : CAUSE_CACHE);
    }
}

static void price_levels(struct flow_prices *prices, const struct options *options)
{
    const struct flow_costs *costs = &options->flow;
    for (int level = 0; level < LEVELS; level++) {
        double line = options->cache[level].line, beyond = costs->latency[level] - costs->l1_latency;
        double inner = level == 0 ? costs->l1_latency : costs->latency[0]; /* where nobody has measured it */
        prices->beyond[level] = priced(beyond, CAUSE_CACHE);
        prices->flight[level] = priced(costs->latency[level] / costs->parallel[level], CAUSE_CACHE);
        prices->read_line[level] = priced(line / costs->read_bandwidth[level], CAUSE_BANDWIDTH);
        prices->missed_line[level] = priced(line / costs->read_bandwidth[level], CAUSE_CACHE);
        prices->write_line[level] = priced(line / costs->write_bandwidth[level], CAUSE_BANDWIDTH);
        double streamed = costs->streamed[level] > 0 ? costs->streamed[level] : inner;
        prices->streamed_latency[level] = priced(streamed - costs->l1_latency, CAUSE_CACHE);
        double followed = streamed > costs->latency[0] ? streamed : costs->latency[0];
        prices->strided_latency[level] = priced(followed - costs->l1_latency, CAUSE_CACHE);
        price_strides(prices, options, level);
    }
}

void flow_prices_make(struct flow_prices *prices, const struct options *options)
{
    const struct flow_costs *costs = &options->flow;
    memset(prices, 0, sizeof *prices);
    prices->dispatch = everywhere(1 / costs->width);
    prices->taken[WAY_TAKEN] = everywhere(costs->taken_cycles);
    prices->taken[WAY_BACK] = everywhere(costs->return_cycles > 0 ? costs->return_cycles : costs->taken_cycles);
    prices->taken[WAY_CALLEE] = lanes_add(prices->taken[WAY_TAKEN], priced(costs->callee_cycles, CAUSE_DISPATCH));
    prices->load_slot = priced(1 / costs->load_throughput, CAUSE_EXECUTION);
    prices->store_slot = priced(1 / costs->store_throughput, CAUSE_EXECUTION);
    prices->l1_latency[0] = priced(costs->l1_latency, CAUSE_EXECUTION);
    prices->l1_latency[1] = priced(costs->l1_latency + costs->indexed, CAUSE_EXECUTION);
    price_levels(prices, options);
    prices->tlb_miss = priced(costs->tlb_miss, CAUSE_TLB);
    prices->page_walk = priced(costs->page_walk, CAUSE_TLB);
    prices->walk_slot = priced(costs->page_walk / costs->walks_parallel, CAUSE_TLB);
    prices->direction = priced_or_never(costs->mispredict, CAUSE_BRANCH);
    prices->target = priced_or_never(costs->indirect_mispredict, CAUSE_DISPATCH);
    prices->forward = priced(costs->forward, CAUSE_EXECUTION);
    double handed_on = costs->handed_on > 0 && costs->handed_on < costs->forward ? costs->handed_on : costs->forward;
    prices->handed_on = priced(handed_on, CAUSE_EXECUTION);
    prices->renamed = priced(costs->renamed < costs->forward ? costs->renamed : costs->forward, CAUSE_EXECUTION);
    prices->forward_failed = priced(costs->forward_failed, CAUSE_EXECUTION);
    prices->alias = priced(costs->alias, CAUSE_EXECUTION);
    prices->atomic = priced(costs->atomic, CAUSE_EXECUTION);
    prices->system = priced(costs->system, CAUSE_EXECUTION);
    for (int op = 0; op < OP_CLASSES; op++) {
        prices->latency[op] = priced(costs->op_latency[op], CAUSE_EXECUTION);
        prices->cycles[op] = priced(costs->op_cycles[op], CAUSE_EXECUTION);
    }
    prices->window = entries(costs->window, 8, WINDOW_MOST);
    prices->store_buffer = entries(costs->store_buffer, 2, STORES_MOST);
    prices->scheduler = entries(costs->scheduler, 8, SCHEDULER_MOST);
    prices->integer_registers = entries(costs->integer_registers, 8, INTEGERS_MOST);
    prices->long_wait = (int32_t)(prices->scheduler / costs->width * UNIT);
    for (prices->line_shift = 0; (2u << prices->line_shift) <= (unsigned)options->cache[0].line; prices->line_shift++)
        ;
    prices->prefetch = options->prefetch != 0;
}
