#include "flow.h"

#include <string.h>

enum { STRING_BYTES_A_CYCLE = 32, REBASE_AT = 1 << 29 };

/* Classes that share a unit are counted on that of the first. */
static const uint8_t unit_of[OP_CLASSES] = {
    [OP_INTEGER] = OP_INTEGER, [OP_MULTIPLY] = OP_MULTIPLY, [OP_DIVIDE_32] = OP_DIVIDE_32, [OP_DIVIDE_64] = OP_DIVIDE_32,
    [OP_FLOAT_ADD] = OP_FLOAT_ADD, [OP_FLOAT_MULTIPLY] = OP_FLOAT_MULTIPLY, [OP_FLOAT_FMA] = OP_FLOAT_MULTIPLY,
    [OP_FLOAT_DIVIDE_32] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_DIVIDE_64] = OP_FLOAT_DIVIDE_32,
    [OP_FLOAT_ROOT_32] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_ROOT_64] = OP_FLOAT_DIVIDE_32, [OP_FLOAT_OTHER] = OP_FLOAT_OTHER,
    [OP_VECTOR_INTEGER] = OP_VECTOR_INTEGER, [OP_VECTOR_MULTIPLY] = OP_FLOAT_MULTIPLY, [OP_VECTOR_MOVE] = OP_VECTOR_MOVE,
    [OP_TRANSFER] = OP_TRANSFER, [OP_BRANCH] = OP_BRANCH, [OP_ATOMIC] = OP_ATOMIC, [OP_OTHER] = OP_OTHER,
};

/* One instruction under way: when its operands are there, and which missed loads it waits for. */
struct step {
    lanes start;
    uint64_t missed[LEVELS];
};

/* Takes a place in a bucket, in the order of dispatch: returns when the place is free. */
static inline lanes take(lanes *bucket, lanes now, lanes cost)
{
    lanes free = lanes_max(*bucket, now);
    *bucket = lanes_add(free, cost);
    return free;
}

static inline void inherit(struct flow *flow, struct step *step, const uint8_t *registers, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        unsigned from = registers[k];
        step->start = lanes_max(step->start, flow->ready[from]);
        for (int level = 0; level < LEVELS; level++)
            if (step->missed[level] < flow->missed[level][from])
                step->missed[level] = flow->missed[level][from];
    }
}

/* What an access beyond the first level waits for: its way through the pipe, and a place among the misses in flight. */
static inline lanes fetch(struct flow *flow, const struct flow_prices *prices, const struct access *access, lanes start)
{
    int level = access->level - 1;
    lanes line = access->is_store ? prices->write_line[level] : prices->read_line[level];
    start = lanes_max(start, take(&flow->pipe[level], flow->now, line));
    if (access->is_streamed) {
        start = lanes_max(start, take(&flow->flight[level], flow->now, prices->streamed_line[level]));
        return lanes_add(start, prices->streamed_latency[level]);
    }
    start = lanes_max(start, take(&flow->flight[level], flow->now, prices->flight[level]));
    return lanes_add(start, prices->beyond[level]);
}

static inline lanes translate(struct flow *flow, const struct flow_prices *prices, const struct access *access, lanes start)
{
    if (access->tlb == 1)
        return lanes_add(start, prices->tlb_miss);
    return lanes_add(lanes_max(start, take(&flow->walker, flow->now, prices->walk_slot)), prices->page_walk);
}

static void classify(struct flow *flow, const struct flow_prices *prices, const struct access *access, struct step *step)
{
    for (int level = 0; level < access->level; level++) {
        bool is_dependent = flow->number - step->missed[level] < prices->window;
        flow->kinds[level][access->is_streamed ? KIND_STREAMED : is_dependent ? KIND_DEPENDENT : KIND_INDEPENDENT]++;
        if (!access->is_streamed)
            step->missed[level] = flow->number;
    }
}

/* When the loaded value is there; `step` is of the address before, of the value after. */
static lanes load(struct flow *flow, const struct flow_prices *prices, const struct access *access, unsigned bytes, struct step *step)
{
    lanes start = lanes_max(step->start, take(&flow->load_unit, flow->now, prices->load_slot));
    struct forward *forward = &flow->forwards[access->address / 8 % FORWARDS];
    bool is_near = access->address - forward->address < forward->bytes &&
                   (uint32_t)flow->number - forward->number < prices->window;
    if (is_near) {
        bool fits = access->address + bytes <= forward->address + forward->bytes;
        for (int level = 0; level < LEVELS; level++)
            if (step->missed[level] < forward->missed[level])
                step->missed[level] = forward->missed[level];
        return lanes_add(lanes_max(start, forward->ready), fits ? prices->forward : prices->forward_failed);
    }
    if (access->tlb)
        start = translate(flow, prices, access, start);
    if (access->level) {
        classify(flow, prices, access, step);
        start = fetch(flow, prices, access, start);
    }
    return lanes_add(start, prices->l1_latency);
}

static void remember_store(struct flow *flow, const struct access *access, unsigned bytes, lanes ready, const struct step *step)
{
    for (uint64_t granule = access->address / 8; granule * 8 < access->address + bytes; granule++) {
        struct forward *forward = &flow->forwards[granule % FORWARDS];
        forward->address = access->address;
        forward->bytes = bytes;
        forward->number = (uint32_t)flow->number;
        forward->ready = ready;
        memcpy(forward->missed, step->missed, sizeof forward->missed);
    }
}

/* The store leaves after it has retired, in order; its line was asked for when its address was known. */
static void store(struct flow *flow, const struct flow_prices *prices, const struct access *access, lanes known)
{
    lanes leaves = lanes_max(lanes_add(flow->drained, prices->store_slot), flow->retired);
    if (access->tlb)
        known = translate(flow, prices, access, known);
    if (access->level)
        leaves = lanes_max(leaves, fetch(flow, prices, access, known));
    flow->drained = leaves;
    flow->stores[flow->store_at] = leaves;
    flow->store_at = flow->store_at + 1 < prices->store_buffer ? flow->store_at + 1 : 0;
    flow->now = lanes_max(flow->now, flow->stores[flow->store_at]);
}

static inline void dispatch(struct flow *flow, const struct flow_prices *prices, unsigned uops)
{
    for (unsigned k = 0; k < uops; k++)
        flow->now = lanes_add(flow->now, prices->dispatch);
    flow->window_at = flow->window_at + 1 < prices->window ? flow->window_at + 1 : 0;
    flow->now = lanes_max(flow->now, flow->window[flow->window_at]);
}

static inline void retire(struct flow *flow, lanes end)
{
    flow->retired = lanes_max(flow->retired, end);
    flow->window[flow->window_at] = flow->retired;
}

/* Serialising instructions wait for all before them, and all after them wait. */
static lanes serialise(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, lanes end)
{
    end = lanes_max(end, lanes_max(flow->retired, flow->drained));
    if (it->op == OP_ATOMIC)
        return lanes_add(end, prices->atomic);
    if (it->op == OP_SYSTEM) {
        end = lanes_add(end, prices->system);
        flow->now = lanes_max(flow->now, end);
    }
    return end;
}

/* Plays one instruction with its accesses; returns those left over. */
static const struct access *play(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, unsigned index,
                                 const struct access *access, const struct access *last)
{
    dispatch(flow, prices, it->uops);
    flow->number++;
    const struct access *first = access;
    struct step step = {.start = flow->now}, whole;
    lanes known = flow->now;
    if (access < last && access->index == index) {
        inherit(flow, &step, it->address, it->addresses);
        known = step.start;
        struct step address = step;
        for (; access < last && access->index == index; access++)
            if (!access->is_store) {
                struct step value = address;
                step.start = lanes_max(step.start, load(flow, prices, access, it->access_bytes, &value));
                for (int level = 0; level < LEVELS; level++)
                    step.missed[level] = value.missed[level] > step.missed[level] ? value.missed[level] : step.missed[level];
            }
    }
    whole = step;
    if (!it->breaks_dependence)
        inherit(flow, &whole, it->source, it->sources);
    lanes end = lanes_max(whole.start, take(&flow->unit[unit_of[it->op]], flow->now, prices->cycles[it->op]));
    end = lanes_add(end, prices->latency[it->op]);
    if (it->op == OP_ATOMIC || it->op == OP_FENCE || it->op == OP_SYSTEM)
        end = serialise(flow, prices, it, end);
    for (unsigned k = 0; k < it->targets; k++) {
        flow->ready[it->target[k]] = end;
        for (int level = 0; level < LEVELS; level++)
            flow->missed[level][it->target[k]] = whole.missed[level];
    }
    retire(flow, end);
    for (const struct access *each = first; each < access; each++)
        if (each->is_store) {
            remember_store(flow, each, it->access_bytes, end, &whole);
            store(flow, prices, each, known);
        }
    flow->branch_end = end;
    return access;
}

/* Goes on with a string operation: hardware moves many elements at once, and waits for whole lines only. */
static void play_string(struct flow *flow, const struct flow_prices *prices, const struct decoded *it, const struct access *access,
                        const struct access *last)
{
    int32_t units = (int32_t)(it->access_bytes * UNIT / STRING_BYTES_A_CYCLE);
    eight step = {units, units, units, units, units, units, units, units};
    flow->now = lanes_add(flow->now, (lanes){step, step});
    for (; access < last; access++)
        if (access->level) {
            struct access streamed = *access;
            streamed.is_streamed = true;
            flow->now = lanes_max(flow->now, fetch(flow, prices, &streamed, flow->now));
        }
    flow->retired = lanes_max(flow->retired, flow->now);
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
    rebase_all(flow->ready, REGISTERS, base);
    rebase_all(flow->window, WINDOW_MOST, base);
    rebase_all(flow->stores, STORES_MOST, base);
    rebase_all(flow->unit, OP_CLASSES, base);
    rebase_all(&flow->load_unit, 1, base);
    rebase_all(&flow->store_unit, 1, base);
    rebase_all(&flow->walker, 1, base);
    rebase_all(flow->flight, LEVELS, base);
    rebase_all(flow->pipe, LEVELS, base);
    for (int k = 0; k < FORWARDS; k++)
        rebase_all(&flow->forwards[k].ready, 1, base);
}

void flow_reset(struct flow *flow)
{
    for (int lane = 0; lane < LANES; lane++)
        flow->total[lane] += lanes_get(&flow->retired, lane);
    uint64_t number = flow->number + 2 * WINDOW_MOST;
    int64_t total[LANES];
    uint64_t kinds[LEVELS][KINDS];
    memcpy(total, flow->total, sizeof total);
    memcpy(kinds, flow->kinds, sizeof kinds);
    memset(flow, 0, sizeof *flow);
    flow->number = number;
    memcpy(flow->total, total, sizeof total);
    memcpy(flow->kinds, kinds, sizeof kinds);
}

void flow_block(struct flow *flow, const struct flow_prices *prices, struct block *block, enum guess guess, bool was_taken,
                const struct access *accesses, unsigned count)
{
    const struct access *access = accesses, *last = accesses + count;
    int64_t before = flow->total[LANE_ALL] + lanes_get(&flow->retired, LANE_ALL);
    if (guess == GUESS_WRONG_DIRECTION)
        flow->now = lanes_max(flow->now, lanes_add(flow->branch_end, prices->direction));
    else if (guess == GUESS_WRONG_TARGET)
        flow->now = lanes_max(flow->now, lanes_add(flow->branch_end, prices->target));
    if (was_taken)
        flow->now = lanes_max(flow->now, take(&flow->taken_next, flow->now, prices->taken));
    if (block->begins_with_string && block->count == 1) {
        play_string(flow, prices, block->instructions, access, last);
    } else {
        for (unsigned k = 0; k < block->count; k++)
            access = play(flow, prices, &block->instructions[k], k, access, last);
    }
    block->sampled++;
    block->sampled_cycles += (uint64_t)(flow->total[LANE_ALL] + lanes_get(&flow->retired, LANE_ALL) - before);
    if (lanes_get(&flow->now, LANE_ALL) > REBASE_AT)
        rebase(flow);
}

double flow_cycles(const struct flow *flow, int lane)
{
    return (double)(flow->total[lane] + lanes_get(&flow->retired, lane)) / UNIT;
}
