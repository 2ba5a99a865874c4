#include "simulate.h"

#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "trace_log.h"

enum { LINE_SHIFT = 6, LAST_WORD_OF_LINE = 56 };

struct thread *threads[THREADS_MOST];
struct stratum stratum_first, stratum_later;
uint64_t simulated_instructions;

static struct flow_prices prices;
static struct cache l3;
static bool is_counting;
static unsigned line_shift, page_shift;

static unsigned shift_of(double size)
{
    unsigned shift = 0;
    while ((UINT64_C(1) << (shift + 1)) <= (uint64_t)size)
        shift++;
    return shift;
}

void simulate_begin(void)
{
    is_counting = options.region == 0;
    line_shift = shift_of(options.cache[0].line);
    page_shift = shift_of(options.page);
    l3 = cache_make(options.cache[2].bytes, options.cache[2].ways, options.cache[2].line);
    flow_prices_make(&prices, &options);
}

static struct thread *thread_of(unsigned cpu)
{
    struct thread *thread = threads[cpu % THREADS_MOST];
    if (thread)
        return thread;
    thread = aligned_alloc(64, (sizeof *thread + 63) / 64 * 64);
    if (!thread)
        abort();
    memset(thread, 0, sizeof *thread);
    thread->last_line = UINT64_MAX;
    tlb_make(&thread->tlb, (unsigned)options.tlb[0].entries);
    thread->tlb2 = cache_make(options.tlb[1].entries, options.tlb[1].ways, 1);
    thread->l1 = cache_make(options.cache[0].bytes, options.cache[0].ways, options.cache[0].line);
    thread->l2 = cache_make(options.cache[1].bytes, options.cache[1].ways, options.cache[1].line);
    streams_make(&thread->streams, (unsigned)options.streams, options.longest_stride);
    predictor_make(&thread->predictor, options.pattern, options.history, options.targets, options.return_stack);
    threads[cpu % THREADS_MOST] = thread;
    return thread;
}

/* An access that missed the first level. */
static __attribute__((noinline)) void miss(struct thread *thread, struct counts *counts, struct access *access)
{
    uint64_t line = access->address >> line_shift, instruction = (uintptr_t)thread->previous + access->index;
    access->is_streamed = streams_follow(&thread->streams, access->address, line, instruction) && prices.prefetch;
    access->level = cache_access(&thread->l2, line) ? 1 : cache_access(&l3, line) ? 2 : 3;
    for (int level = 0; level < access->level; level++) {
        if (access->is_store)
            counts->store_misses[level]++;
        else {
            counts->misses[level]++;
            counts->streamed[level] += access->is_streamed;
        }
    }
}

/* How the branch that ended the block before was guessed. */
static inline enum guess resolve(struct thread *thread, struct counts *counts, struct block *before, const struct block *next)
{
    struct predictor *predictor = &thread->predictor;
    bool is_taken = next->address != before->after;
    switch (before->flow) {
    case FLOW_CONDITIONAL: {
        bool is_backward = next->address <= before->address;
        bool is_right = predict_direction(predictor, &before->branch, before->last_address, is_taken, is_backward);
        counts->wrong_direction += !is_right;
        return is_right ? GUESS_RIGHT : GUESS_WRONG_DIRECTION;
    }
    case FLOW_CALL:
        predictor_call(predictor, before->after);
        return GUESS_RIGHT;
    case FLOW_INDIRECT_CALL:
        predictor_call(predictor, before->after); /* fall through */
    case FLOW_INDIRECT_JUMP: {
        bool is_right = predict_target(predictor, &before->branch, before->last_address, next->address);
        counts->wrong_target += !is_right;
        return is_right ? GUESS_RIGHT : GUESS_WRONG_TARGET;
    }
    case FLOW_RETURN: {
        bool is_right = predict_return(predictor, next->address);
        counts->wrong_return += !is_right;
        return is_right ? GUESS_RIGHT : GUESS_WRONG_TARGET;
    }
    default:
        return GUESS_RIGHT;
    }
}

static inline void enter(struct block *block, const struct block *before)
{
    block->executions += is_counting;
    if (__builtin_expect(block->begins_with_string, 0) && before && before->ends_with_string &&
        before->last_address == block->address)
        block->repeats += is_counting;
    if (__builtin_expect(block->mark, 0))
        is_counting = block->mark == MARK_BEGIN || options.region == 0;
}

/* One access; whether it went further than the first level and the first TLB. */
static inline void look_up(struct thread *thread, struct counts *counts, struct access *access)
{
    uint64_t page = access->address >> page_shift;
    access->tlb = 0;
    access->level = 0;
    access->is_streamed = false;
    if (__builtin_expect(!tlb_access(&thread->tlb, page), 0)) {
        access->tlb = cache_access(&thread->tlb2, page) ? 1 : 2;
        counts->tlb[0]++;
        counts->tlb[1] += access->tlb == 2;
    }
    if (__builtin_expect(!cache_access(&thread->l1, access->address >> line_shift), 0))
        miss(thread, counts, access);
}

/* The second line of an access that lies across two. */
static __attribute__((noinline)) void look_across(struct thread *thread, struct counts *counts, uint64_t address, unsigned bytes)
{
    uint64_t last = address + bytes - 1;
    if (bytes < 2 || address >> line_shift == last >> line_shift)
        return;
    struct access second = {.address = last, .is_store = false};
    look_up(thread, counts, &second);
}

static inline const uint64_t *follow(struct thread *thread, struct counts *counts, struct block *block, uint64_t mark,
                                     const uint64_t *word, const uint64_t *end, bool is_flowing, unsigned *made)
{
    uint64_t before = UINT64_MAX, extra = mark & LOG_MERGED ? block->first_tag : 0;
    unsigned count = 0;
    for (; word < end && !(*word & LOG_MARK); word++) {
        uint64_t each = *word | extra;
        extra = 0;
        bool goes_on = each - before == 8; /* the emulator splits wide accesses */
        if (goes_on && ((each ^ before) & LOG_ADDRESS) >> line_shift == 0) {
            before = each;
            continue;
        }
        struct access plain, *access = is_flowing ? &thread->accesses[count % ACCESSES_MOST] : &plain;
        access->address = each & LOG_ADDRESS;
        access->index = (uint16_t)LOG_INDEX(each) & 0x1FF;
        access->is_store = (each & LOG_STORE) != 0;
        look_up(thread, counts, access);
        if (!goes_on) {
            counts->stores += access->is_store;
            counts->loads += !access->is_store;
            if (__builtin_expect((access->address & 63) > LAST_WORD_OF_LINE, 0) && block->instructions[access->index].access_bytes <= 8)
                look_across(thread, counts, access->address, block->instructions[access->index].access_bytes);
        }
        before = each;
        count++;
    }
    *made = count < ACCESSES_MOST ? count : ACCESSES_MOST;
    return word;
}

static inline __attribute__((always_inline)) void run(struct thread *thread, const uint64_t *word, const uint64_t *end, const bool is_flowing)
{
    struct block *before = thread->previous;
    struct counts *counts = &thread->counts[is_counting];
    while (word < end) {
        uint64_t mark = *word++;
        struct block *block = (struct block *)(uintptr_t)(mark & LOG_ADDRESS);
        enum guess guess = before ? resolve(thread, counts, before, block) : GUESS_RIGHT;
        bool was_taken = before && before->flow != FLOW_NONE && block->address != before->after;
        enter(block, before);
        counts = &thread->counts[is_counting];
        thread->previous = block;
        unsigned made;
        word = follow(thread, counts, block, mark, word, end, is_flowing, &made);
        simulated_instructions += is_counting ? block->count : 0;
        if (is_flowing && is_counting)
            flow_block(&thread->flow, &prices, block, guess, was_taken, thread->accesses, made);
        before = block;
    }
}

/* Whether the flow model shall see this buffer: at first always, then one at random in each group. */
static bool is_chosen(void)
{
    static uint32_t random = 1, position, chosen;
    if (simulated_instructions < options.flow_first)
        return true;
    uint32_t every = options.flow_every < 1 ? 1 : (uint32_t)options.flow_every;
    if (position == 0) {
        random = random * 1664525u + 1013904223u;
        chosen = (random >> 16) % every;
    }
    bool is_it = position == chosen;
    position = (position + 1) % every;
    return is_it;
}

static void add_sample(struct thread *thread, struct stratum *stratum, double instructions, const double *before, uint64_t (*kinds)[KINDS])
{
    if (instructions <= 0)
        return;
    stratum->windows++;
    stratum->instructions += instructions;
    stratum->squared += instructions * instructions;
    for (int lane = 0; lane < LANES; lane++) {
        double cycles = flow_cycles(&thread->flow, lane) - before[lane];
        stratum->cycles[lane] += cycles;
        stratum->cycles_squared[lane] += cycles * cycles;
        stratum->cycles_times[lane] += cycles * instructions;
    }
    for (int level = 0; level < LEVELS; level++)
        for (int kind = 0; kind < KINDS; kind++)
            stratum->kinds[level][kind] += (double)(thread->flow.kinds[level][kind] - kinds[level][kind]);
}

static void run_sampled(struct thread *thread, const uint64_t *word, const uint64_t *end)
{
    bool is_first = simulated_instructions < options.flow_first;
    double before[LANES];
    uint64_t kinds[LEVELS][KINDS], instructions = simulated_instructions;
    if (!thread->was_sampled || !is_first)
        flow_reset(&thread->flow);
    thread->was_sampled = true;
    for (int lane = 0; lane < LANES; lane++)
        before[lane] = flow_cycles(&thread->flow, lane);
    memcpy(kinds, thread->flow.kinds, sizeof kinds);
    run(thread, word, end, true);
    add_sample(thread, is_first ? &stratum_first : &stratum_later, (double)(simulated_instructions - instructions), before, kinds);
}

void simulate(unsigned cpu, const uint64_t *word, const uint64_t *end)
{
    struct thread *thread = thread_of(cpu);
    if (word >= end)
        return;
    if (is_chosen()) {
        run_sampled(thread, word, end);
    } else {
        thread->was_sampled = false;
        run(thread, word, end, false);
    }
}

void simulate_forget_counts(void)
{
    for (struct block *block = all_blocks; block; block = block->next)
        block->executions = block->repeats = block->sampled = block->sampled_cycles = 0;
    for (unsigned cpu = 0; cpu < THREADS_MOST; cpu++)
        if (threads[cpu])
            memset(threads[cpu]->counts, 0, sizeof threads[cpu]->counts);
    memset(&stratum_first, 0, sizeof stratum_first);
    memset(&stratum_later, 0, sizeof stratum_later);
    simulated_instructions = 0;
}
