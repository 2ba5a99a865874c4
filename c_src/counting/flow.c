#include "flow.h"

#include <string.h>

enum { STRING_BYTES_A_CYCLE = 32, REBASE_AT = 1 << 29 };
/* A load is held up by a store that is not long ago and whose address looks the same in its last twelve bits. */
enum { PAGE_OF_ALIAS = 1 << 12, ALIAS_MASK = 0xFFF & ~7, ALIAS_REACH = 48 };

/* Classes that share a unit are counted on that of the first. */
static const uint8_t unit_of[OP_CLASSES] = {
    [OP_INTEGER] = OP_INTEGER, [OP_MULTIPLY] = OP_MULTIPLY, [OP_DIVIDE_32] = OP_DIVIDE_32, [OP_DIVIDE_64] = OP_DIVIDE_32,
    [OP_FLOAT_ADD] = OP_FLOAT_ADD, [OP_FLOAT_MULTIPLY] = OP_FLOAT_MULTIPLY, [OP_FLOAT_FMA] = OP_FLOAT_MULTIPLY,
    [OP_FLOAT_DIVIDE_32] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_DIVIDE_64] = OP_FLOAT_DIVIDE_32,
    [OP_FLOAT_ROOT_32] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_ROOT_64] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_OTHER] = OP_FLOAT_OTHER,
    [OP_VECTOR_INTEGER] = OP_VECTOR_INTEGER, [OP_VECTOR_MULTIPLY] = OP_FLOAT_MULTIPLY, [OP_VECTOR_MOVE] = OP_VECTOR_MOVE,
    [OP_TRANSFER] = OP_TRANSFER, [OP_BRANCH] = OP_BRANCH, [OP_ATOMIC] = OP_ATOMIC, [OP_OTHER] = OP_OTHER,
};

#define INLINE static inline __attribute__((always_inline))
#define RARE static __attribute__((noinline))

/* Takes a place in a bucket, in the order of dispatch: returns when the place is free. */
INLINE lanes take(lanes *bucket, lanes now, const lanes *price)
{
    lanes free = lanes_max(lanes_at(bucket), now);
    lanes_put(bucket, lanes_add(free, lanes_at(price)));
    return free;
}

/* An access beyond the first level takes its way through the pipe and a place among the misses in flight. */
RARE void fetch(struct flow *flow, const struct flow_prices *prices, const struct access *access, const lanes *now, lanes *start)
{
    int level = access->level - 1;
    const lanes *line = access->is_store                       ? &prices->write_line[level]
                        : access->is_streamed == STREAM_STRIDE ? &prices->strided_line[level][access->stride]
                        : access->is_streamed                  ? &prices->read_line[level]
                                                               : &prices->missed_line[level];
    const lanes *latency = access->is_streamed == STREAM_LINES    ? &prices->streamed_latency[level]
                           : access->is_streamed == STREAM_STRIDE ? &prices->strided_latency[level]
                                                                  : &prices->beyond[level];
    lanes begin = lanes_max(lanes_at(start), take(&flow->pipe[level], lanes_at(now), line));
    bool is_ahead = access->is_streamed == STREAM_LINES || (access->is_streamed && level > 0);
    if (!is_ahead)
        begin = lanes_max(begin, take(&flow->flight[level], lanes_at(now), &prices->flight[level]));
    lanes_put(start, lanes_add(begin, lanes_at(latency)));
}

RARE void translate(struct flow *flow, const struct flow_prices *prices, const struct access *access, const lanes *now, lanes *start)
{
    lanes begin = lanes_at(start);
    if (access->tlb == 1)
        begin = lanes_add(begin, lanes_at(&prices->tlb_miss));
    else
        begin = lanes_add(lanes_max(begin, take(&flow->walker, lanes_at(now), &prices->walk_slot)), lanes_at(&prices->page_walk));
    lanes_put(start, begin);
}

/* All that an access waits for beyond the first level and the first TLB. */
RARE void reach(struct flow *flow, const struct flow_prices *prices, const struct access *access, const lanes *now, lanes *start)
{
    if (access->tlb)
        translate(flow, prices, access, now, start);
    if (access->level)
        fetch(flow, prices, access, now, start);
}

/* Counts the kind of the miss; `missed` is of its address, what is returned is of its value. */
RARE four classify(struct flow *flow, const struct flow_prices *prices, const struct access *access, four missed)
{
    for (int level = 0; level < access->level; level++) {
        bool is_dependent = flow->number - missed[level] < (int32_t)prices->window;
        flow->kinds[level][access->is_streamed ? KIND_STREAMED : is_dependent ? KIND_DEPENDENT : KIND_INDEPENDENT]++;
        if (!access->is_streamed)
            missed[level] = flow->number;
    }
    return missed;
}

static inline struct arrival *arrival_of(struct flow *flow, const struct flow_prices *prices, uint64_t address)
{
    return &flow->arrivals[(address >> prices->line_shift) % ARRIVALS];
}

static inline void expect(struct flow *flow, const struct flow_prices *prices, const struct access *access, const lanes *at, four missed)
{
    struct arrival *arrival = arrival_of(flow, prices, access->address);
    arrival->line = access->address >> prices->line_shift;
    arrival->number = flow->number;
    arrival->missed = missed;
    lanes_put(&arrival->at, lanes_at(at));
}

/* A load that goes beyond the first level or the first TLB: moves its start, returns what its value depends on. */
RARE four miss(struct flow *flow, const struct flow_prices *prices, const struct access *access, four missed, const lanes *now, lanes *start)
{
    if (access->level)
        missed = classify(flow, prices, access, missed);
    reach(flow, prices, access, now, start);
    expect(flow, prices, access, start, missed);
    return missed;
}

/* What stands in the word that is loaded is forwarded from a store on its way; a load from where the store began is foreseen by
 * some cores, one through the same register by more. */
INLINE const lanes *forwarding(const struct flow_prices *prices, const struct forward *forward, const struct decoded *it,
                               const struct access *access)
{
    if (access->address + it->access_bytes > forward->address + forward->bytes)
        return &prices->forward_failed;
    if (access->address != forward->address)
        return &prices->forward;
    return it->addresses == 1 && it->address[0] == forward->base ? &prices->renamed : &prices->handed_on;
}

/* Returns when the loaded value is there. */
INLINE lanes load(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, const struct access *access, lanes now,
                  lanes start, four *missed)
{
    start = lanes_max(start, take(&flow->load_unit, now, &prices->load_slot));
    const struct forward *forward = &flow->forwards[access->address / 8 % FORWARDS];
    if (access->address - forward->address < forward->bytes && flow->number - forward->number < (int32_t)prices->window) {
        *missed = four_max(*missed, forward->missed);
        return lanes_add(lanes_max(start, lanes_at(&forward->ready)), lanes_at(forwarding(prices, forward, it, access)));
    }
    uint64_t apart = access->address ^ forward->address;
    if (apart >= PAGE_OF_ALIAS && !(apart & ALIAS_MASK) && flow->number - forward->number < ALIAS_REACH)
        start = lanes_add(start, lanes_at(&prices->alias));
    const struct arrival *arrival = arrival_of(flow, prices, access->address);
    if (access->tlb | access->level) {
        lanes then = now, known = start;
        *missed = miss(flow, prices, access, *missed, &then, &known);
        start = lanes_at(&known);
    } else if (arrival->line == access->address >> prices->line_shift && flow->number - arrival->number < (int32_t)prices->window) {
        *missed = four_max(*missed, arrival->missed);
        start = lanes_max(start, lanes_at(&arrival->at));
    }
    return lanes_add(start, lanes_at(&prices->l1_latency[it->addresses > 1]));
}

INLINE void remember_store(struct flow *flow, const struct decoded *it, const struct access *access, lanes ready, four missed)
{
    unsigned bytes = it->access_bytes;
    uint32_t base = it->addresses == 1 ? it->address[0] : NO_REGISTER;
    for (uint64_t granule = access->address / 8; granule * 8 < access->address + bytes; granule++) {
        struct forward *forward = &flow->forwards[granule % FORWARDS];
        forward->address = access->address;
        forward->bytes = bytes;
        forward->base = base;
        forward->number = flow->number;
        forward->missed = missed;
        lanes_put(&forward->ready, ready);
    }
}

/* The store leaves after it has retired, in order; its line was asked for when its address was known. Returns until when
 * dispatch waits for a place in the store buffer. */
INLINE lanes store(struct flow *flow, const struct flow_prices *prices, const struct access *access, lanes now, lanes known)
{
    lanes leaves = lanes_max(lanes_add(lanes_at(&flow->drained), lanes_at(&prices->store_slot)), lanes_at(&flow->retired));
    if (access->tlb | access->level) {
        lanes then = now, there = known;
        reach(flow, prices, access, &then, &there);
        if (access->level)
            expect(flow, prices, access, &there, (four){0});
        leaves = lanes_max(leaves, lanes_at(&there));
    }
    lanes_put(&flow->drained, leaves);
    lanes_put(&flow->stores[flow->store_at], leaves);
    flow->store_at = flow->store_at + 1 < prices->store_buffer ? flow->store_at + 1 : 0;
    return lanes_at(&flow->stores[flow->store_at]);
}

/* Serialising instructions wait for all before them, and all after a system call wait for it. */
RARE void serialise(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, lanes *now, lanes *end)
{
    *end = lanes_max(*end, lanes_max(flow->retired, flow->drained));
    if (it->op == OP_ATOMIC)
        *end = lanes_add(*end, prices->atomic);
    if (it->op == OP_SYSTEM) {
        *end = lanes_add(*end, prices->system);
        *now = lanes_max(*now, *end);
    }
}

INLINE lanes dispatch(struct flow *flow, const struct flow_prices *prices, unsigned uops)
{
    lanes now = lanes_at(&flow->now);
    flow->number++;
    for (unsigned k = 0; k < uops; k++)
        now = lanes_add(now, lanes_at(&prices->dispatch));
    flow->window_at = flow->window_at + 1 < prices->window ? flow->window_at + 1 : 0;
    return lanes_max(now, lanes_at(&flow->window[flow->window_at]));
}

/* An instruction that waits long holds a place in the scheduler until its operands are there. Returns until when dispatch waits. */
INLINE lanes wait_in_scheduler(struct flow *flow, const struct flow_prices *prices, lanes now, lanes issued)
{
    if (lanes_get(&issued, LANE_ALL) - lanes_get(&now, LANE_ALL) <= prices->long_wait)
        return now;
    lanes_put(&flow->scheduler[flow->scheduler_at], issued);
    flow->scheduler_at = flow->scheduler_at + 1 < prices->scheduler ? flow->scheduler_at + 1 : 0;
    return lanes_at(&flow->scheduler[flow->scheduler_at]);
}

/* A new value of an integer register holds a register until it retires. Returns until when dispatch waits. */
INLINE lanes hold_register(struct flow *flow, const struct flow_prices *prices, lanes retired)
{
    lanes_put(&flow->integers[flow->integer_at], retired);
    flow->integer_at = flow->integer_at + 1 < prices->integer_registers ? flow->integer_at + 1 : 0;
    return lanes_at(&flow->integers[flow->integer_at]);
}

/* Plays the loads of an instruction: `start` and `missed` are of the address before, of the values after. */
INLINE lanes play_loads(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, const struct access *access,
                        const struct access *last, lanes now, lanes known, four *missed)
{
    lanes start = known;
    four address = *missed;
    for (; access < last; access++)
        if (!access->is_store) {
            four value = address;
            start = lanes_max(start, load(flow, prices, it, access, now, known, &value));
            *missed = four_max(*missed, value);
        }
    return start;
}

/* Plays one instruction with its accesses. */
INLINE void play(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, const struct access *access,
                 const struct access *last)
{
    lanes now = dispatch(flow, prices, it->uops), known = now, start = now;
    four missed = {0};
    if (access < last) {
        for (unsigned k = 0; k < it->addresses; k++) {
            known = lanes_max(known, lanes_at(&flow->ready[it->address[k]]));
            missed = four_max(missed, flow->missed[it->address[k]]);
        }
        start = play_loads(flow, prices, it, access, last, now, known, &missed);
    }
    unsigned sources = it->breaks_dependence ? 0 : it->sources;
    for (unsigned k = 0; k < sources; k++) {
        start = lanes_max(start, lanes_at(&flow->ready[it->source[k]]));
        missed = four_max(missed, flow->missed[it->source[k]]);
    }
    lanes next = wait_in_scheduler(flow, prices, now, unit_of[it->op] ? start : known);
    lanes end = start;
    if (unit_of[it->op])
        end = lanes_add(lanes_max(start, take(&flow->unit[unit_of[it->op]], now, &prices->cycles[it->op])), lanes_at(&prices->latency[it->op]));
    if (__builtin_expect(it->op == OP_ATOMIC || it->op == OP_FENCE || it->op == OP_SYSTEM, 0)) {
        lanes then = now, finished = end;
        serialise(flow, prices, it, &then, &finished);
        now = lanes_at(&then);
        end = lanes_at(&finished);
    }
    for (unsigned k = 0; k < it->targets; k++) {
        lanes_put(&flow->ready[it->target[k]], end);
        flow->missed[it->target[k]] = missed;
    }
    lanes retired = lanes_max(lanes_at(&flow->retired), end);
    lanes_put(&flow->branch_end, end);
    lanes_put(&flow->retired, retired);
    lanes_put(&flow->window[flow->window_at], retired);
    for (unsigned k = 0; k < it->integers; k++)
        next = lanes_max(next, hold_register(flow, prices, retired));
    for (; access < last; access++)
        if (access->is_store) {
            remember_store(flow, it, access, end, missed);
            now = lanes_max(now, store(flow, prices, access, now, known));
        }
    lanes_put(&flow->now, lanes_max(now, next));
}

/* Goes on with a string operation: hardware moves many elements at once, and waits for whole lines only. */
static void play_string(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, const struct access *access,
                        const struct access *last)
{
    int32_t units = (int32_t)(it->access_bytes * UNIT / STRING_BYTES_A_CYCLE);
    eight step = {units, units, units, units, units, units, units, units};
    lanes now = lanes_add(flow->now, (lanes){step, step});
    for (; access < last; access++)
        if (access->level) {
            struct access streamed = *access;
            lanes start = now;
            streamed.is_streamed = STREAM_LINES;
            fetch(flow, prices, &streamed, &now, &start);
            now = lanes_max(now, start);
        }
    flow->now = now;
    flow->retired = lanes_max(flow->retired, now);
}

static void rebase_all(lanes *values, size_t count, lanes base)
{
    for (size_t k = 0; k < count; k++) {
        lanes rest = lanes_less(values[k], base);
        eight floor = {0};
        values[k] = lanes_max(rest, (lanes){floor - REBASE_AT, floor - REBASE_AT});
    }
}

static void rebase(struct flow *flow)
{
    lanes base = flow->now;
    for (int lane = 0; lane < LANES; lane++)
        flow->total[lane] += lanes_get(&base, lane);
    rebase_all(&flow->now, 5, base);
    rebase_all(&flow->load_unit, 2, base);
    rebase_all(flow->flight, LEVELS, base);
    rebase_all(flow->pipe, LEVELS, base);
    rebase_all(flow->unit, OP_CLASSES, base);
    rebase_all(flow->ready, REGISTERS, base);
    rebase_all(flow->window, WINDOW_MOST, base);
    rebase_all(flow->stores, STORES_MOST, base);
    rebase_all(flow->scheduler, SCHEDULER_MOST, base);
    rebase_all(flow->integers, INTEGERS_MOST, base);
    for (int k = 0; k < FORWARDS; k++)
        rebase_all(&flow->forwards[k].ready, 1, base);
    for (int k = 0; k < ARRIVALS; k++)
        rebase_all(&flow->arrivals[k].at, 1, base);
}

void flow_reset(struct flow *flow)
{
    for (int lane = 0; lane < LANES; lane++)
        flow->total[lane] += lanes_get(&flow->retired, lane);
    int64_t total[LANES];
    uint64_t kinds[LEVELS][KINDS];
    memcpy(total, flow->total, sizeof total);
    memcpy(kinds, flow->kinds, sizeof kinds);
    memset(flow, 0, sizeof *flow);
    flow->number = 2 * WINDOW_MOST;
    memcpy(flow->total, total, sizeof total);
    memcpy(flow->kinds, kinds, sizeof kinds);
}

/* A fetch brings what lies in one line of code, up to a branch that is taken, and as many of them a cycle as taken branches. */
INLINE void fetch_code(struct flow *flow, const struct flow_prices *prices, const struct block *block, enum way way)
{
    uint64_t line = block->address >> prices->line_shift, last = (block->after - 1) >> prices->line_shift;
    if (way != WAY_ON || line != flow->code_line)
        flow->now = lanes_max(flow->now, take(&flow->fetch_next, flow->now, &prices->taken[way == WAY_ON ? WAY_TAKEN : way]));
    for (; line < last; line++)
        take(&flow->fetch_next, flow->now, &prices->taken[WAY_TAKEN]);
    flow->code_line = last;
}

void flow_block(struct flow *flow, const struct flow_prices *prices, struct block *block, enum guess guess, enum way way,
                const struct access *accesses, unsigned count)
{
    const struct access *access = accesses, *last = accesses + count;
    int64_t before = flow->total[LANE_ALL] + lanes_get(&flow->retired, LANE_ALL);
    if (guess == GUESS_WRONG_DIRECTION)
        flow->now = lanes_max(flow->now, lanes_add(flow->branch_end, prices->direction));
    else if (guess == GUESS_WRONG_TARGET)
        flow->now = lanes_max(flow->now, lanes_add(flow->branch_end, prices->target));
    fetch_code(flow, prices, block, way);
    if (block->begins_with_string && block->count == 1) {
        play_string(flow, prices, block->instructions, access, last);
    } else {
        for (unsigned k = 0; k < block->count; k++) {
            const struct access *first = access;
            while (access < last && access->index == k)
                access++;
            play(flow, prices, &block->instructions[k], first, access);
        }
    }
    block->sampled++;
    block->sampled_cycles += (uint64_t)(flow->total[LANE_ALL] + lanes_get(&flow->retired, LANE_ALL) - before);
    if (lanes_get(&flow->now, LANE_ALL) > REBASE_AT)
        rebase(flow);
    if (flow->number > REBASE_AT)
        flow_reset(flow);
}

double flow_cycles(const struct flow *flow, int lane)
{
    return (double)(flow->total[lane] + lanes_get(&flow->retired, lane)) / UNIT;
}
