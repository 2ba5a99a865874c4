#include "simulate.h"

#include <stdlib.h>
#include <string.h>

#include "aligned.h"
#include "fresh.h"
#include "options.h"
#include "trace_log.h"
#include "transfers.h"

#define INLINE static inline __attribute__((always_inline))

enum { LAST_WORD_OF_LINE = 56 };

struct thread *threads[THREADS_MOST];
struct stratum stratum_first, stratum_later;
uint64_t simulated_instructions;
unsigned simulated_threads;

static struct flow_prices prices;
static struct cache l3;
static bool is_counting;
static unsigned line_shift, page_shift;

/* What the program asked to have on huge pages (its pages have numbers of their own). The few ranges are searched at every
 * access; where there are more, the one asked for first is forgotten. A change while the simulator reads costs an access or two. */
enum { HUGE_SHIFT = 21, HUGE_RANGES = 16 };
#define HUGE_NUMBERS (UINT64_C(1) << 60)
static struct range {
    uint64_t low, high;
} huge[HUGE_RANGES];
static unsigned huge_count, huge_next;

static unsigned place_of_range(void)
{
    for (unsigned k = 0; k < huge_count; k++)
        if (huge[k].low == huge[k].high)
            return k;
    if (huge_count < HUGE_RANGES)
        return huge_count;
    return huge_next++ % HUGE_RANGES;
}

void simulate_huge(uint64_t low, uint64_t high, bool is_huge)
{
    low = (low + (1 << HUGE_SHIFT) - 1) >> HUGE_SHIFT << HUGE_SHIFT;
    high = high >> HUGE_SHIFT << HUGE_SHIFT;
    for (unsigned k = 0; k < huge_count; k++)
        if (huge[k].low < high && low < huge[k].high)
            huge[k] = (struct range){0, 0};
    if (!is_huge || low >= high)
        return;
    unsigned place = place_of_range();
    huge[place] = (struct range){low, high};
    if (place == huge_count)
        __atomic_store_n(&huge_count, huge_count + 1, __ATOMIC_RELEASE);
}

static inline uint64_t page_of(uint64_t address)
{
    for (unsigned k = 0; k < huge_count; k++)
        if (address - huge[k].low < huge[k].high - huge[k].low)
            return address >> HUGE_SHIFT | HUGE_NUMBERS;
    return address >> page_shift;
}

static inline uint64_t physical_of(uint64_t address)
{
    uint64_t page = page_of(address);
    return physical_line(page, address >> line_shift, (page >= HUGE_NUMBERS ? HUGE_SHIFT : page_shift) - line_shift);
}

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
    fresh_begin(options.region != 0);
    l3 = cache_make_paged(options.cache[2].bytes, options.cache[2].ways, options.cache[2].line, options.page);
    flow_prices_make(&prices, &options);
}

static struct thread *thread_of(unsigned cpu)
{
    struct thread *thread = threads[cpu % THREADS_MOST];
    if (thread)
        return thread;
    thread = aligned_filled(sizeof *thread, 0);
    near_make(&thread->tlb, options.tlb[0].entries, options.tlb[0].ways, 1);
    near_make(&thread->l1, options.cache[0].bytes, options.cache[0].ways, options.cache[0].line);
    thread->tlb2 = cache_make(options.tlb[1].entries, options.tlb[1].ways, 1);
    thread->l2 = cache_make_paged(options.cache[1].bytes, options.cache[1].ways, options.cache[1].line, options.page);
    streams_make(&thread->streams, (unsigned)options.streams, options.longest_stride);
    threads[cpu % THREADS_MOST] = thread;
    return thread;
}

/* The lines of a small page that the program meets for the first time are near: the kernel has just filled it. */
static void bring_fresh_page(struct thread *thread, uint64_t address)
{
    uint64_t page = page_of(address), lines = UINT64_C(1) << (page_shift - line_shift);
    if (page >= HUGE_NUMBERS || !fresh_first(page))
        return;
    uint64_t first = physical_line(page, 0, page_shift - line_shift);
    for (uint64_t line = first; line < first + lines; line++) {
        cache_access(&thread->l2, line);
        cache_access(&l3, line);
    }
}

void simulate_unmapped(uint64_t low, uint64_t high)
{
    fresh_unmapped((low + (UINT64_C(1) << page_shift) - 1) >> page_shift, high >> page_shift);
}

static uint8_t class_of(uint64_t lines)
{
    unsigned power = shift_of((double)lines);
    return (uint8_t)(power < STRIDE_CLASSES ? power : STRIDE_CLASSES - 1);
}

/* An access that missed the first level or the first TLB. */
static __attribute__((noinline)) void go_on(struct thread *thread, struct counts *counts, const struct block *block, struct access *access)
{
    uint64_t line = access->address >> line_shift;
    if (access->tlb) {
        access->tlb = cache_access(&thread->tlb2, page_of(access->address)) ? 1 : 2;
        counts->tlb[0]++;
        counts->tlb[1] += access->tlb == 2;
        if (access->tlb == 2)
            bring_fresh_page(thread, access->address);
    }
    if (!access->level)
        return;
    uint64_t step;
    enum stream stream = streams_follow(&thread->streams, access->address, line, (uintptr_t)block + access->index, &step);
    access->is_streamed = prices.prefetch ? (uint8_t)stream : STREAM_NONE;
    access->stride = class_of(step >> line_shift);
    uint64_t physical = physical_of(access->address);
    access->level = cache_access(&thread->l2, physical) ? 1 : cache_access(&l3, physical) ? 2 : 3;
    for (int level = 0; level < access->level; level++) {
        if (access->is_store)
            counts->store_misses[level]++;
        else {
            counts->misses[level]++;
            counts->streamed[level] += access->is_streamed != STREAM_NONE;
        }
    }
}

INLINE struct access access_of(uint64_t word)
{
    return (struct access){.address = word & LOG_ADDRESS, .index = LOG_INDEX(word) & 0x1FF, .is_store = (word & LOG_STORE) != 0};
}

INLINE void look_up(struct thread *thread, struct counts *counts, const struct block *block, struct access *access)
{
    uint64_t now = ++thread->now;
    access->tlb = !near_access(&thread->tlb, page_of(access->address), now);
    access->level = !near_access(&thread->l1, access->address >> line_shift, now);
    if (__builtin_expect(access->tlb | access->level, 0))
        go_on(thread, counts, block, access);
}

/* The second line of an access that lies across two. */
static __attribute__((noinline)) void look_across(struct thread *thread, struct counts *counts, const struct block *block, uint64_t word)
{
    struct access second = access_of(word);
    unsigned bytes = block->instructions[second.index].access_bytes;
    uint64_t last = second.address + bytes - 1;
    if (bytes < 2 || bytes > 8 || second.address >> line_shift == last >> line_shift)
        return;
    second.address = last;
    look_up(thread, counts, block, &second);
}

/* The accesses of a block that always makes the same; nobody asks what became of each. */
INLINE const uint64_t *follow_plain(struct thread *thread, struct counts *counts, const struct block *block, uint64_t mark,
                                    const uint64_t *word, const uint64_t *end)
{
    uint64_t extra = mark & LOG_MERGED ? block->first_tag : 0, now = thread->now;
    unsigned line = line_shift;
    for (; word < end && !(*word & LOG_MARK); word++, extra = 0) {
        uint64_t each = *word | extra, address = each & LOG_ADDRESS;
        now++;
        bool missed_tlb = !near_access(&thread->tlb, page_of(address), now), missed = !near_access(&thread->l1, address >> line, now);
        if (__builtin_expect(missed_tlb | missed, 0)) {
            struct access access = access_of(each);
            access.tlb = missed_tlb;
            access.level = missed;
            go_on(thread, counts, block, &access);
        }
        if (__builtin_expect((address & 63) > LAST_WORD_OF_LINE, 0)) {
            thread->now = now;
            look_across(thread, counts, block, each);
            now = thread->now;
        }
    }
    thread->now = now;
    return word;
}

INLINE const uint64_t *follow(struct thread *thread, struct counts *counts, const struct block *block, uint64_t mark, const uint64_t *word,
                              const uint64_t *end, unsigned *made)
{
    uint64_t before = UINT64_MAX, extra = mark & LOG_MERGED ? block->first_tag : 0;
    unsigned count = 0, stores = 0, parts = 0;
    for (; word < end && !(*word & LOG_MARK); word++, extra = 0) {
        uint64_t each = *word | extra;
        bool goes_on = each - before == 8; /* the emulator splits wide accesses */
        bool is_same_line = ((each ^ before) & LOG_ADDRESS) >> line_shift == 0;
        before = each;
        if (goes_on && is_same_line)
            continue;
        struct access *access = &thread->accesses[count % ACCESSES_MOST];
        *access = access_of(each);
        look_up(thread, counts, block, access);
        stores += access->is_store & !goes_on;
        parts += goes_on;
        count++;
        if ((access->address & 63) > LAST_WORD_OF_LINE)
            look_across(thread, counts, block, each);
    }
    if (!block->is_plain) {
        counts->stores += stores;
        counts->loads += count - stores - parts;
    }
    *made = count < ACCESSES_MOST ? count : ACCESSES_MOST;
    return word;
}

INLINE void run(struct thread *thread, const uint64_t *word, const uint64_t *end, const bool is_flowing)
{
    struct counts *counts = &thread->counts[is_counting];
    while (word < end) {
        uint64_t mark = *word++;
        unsigned made = 0;
        struct block *block = (struct block *)(uintptr_t)(mark & LOG_ADDRESS);
        log_fetch_ahead(word);
        if (__builtin_expect(block->mark, 0)) {
            is_counting = block->mark == MARK_BEGIN || options.region == 0;
            counts = &thread->counts[is_counting];
        }
        simulated_instructions += is_counting ? block->count : 0;
        if (!is_flowing && block->is_plain)
            word = follow_plain(thread, counts, block, mark, word, end);
        else
            word = follow(thread, counts, block, mark, word, end, &made);
        if (is_flowing && is_counting)
            flow_block(&thread->flow, &prices, block, outcome_guess(mark), outcome_way(mark), thread->accesses, made);
    }
}

/* How many buffers this one stands for in the flow model; 0: none. */
static unsigned weight_of_next(void)
{
    static uint32_t random = 1, position, chosen, group;
    if (simulated_instructions < options.flow_first)
        return 1;
    if (position == 0) {
        double size = (double)simulated_instructions / (options.flow_first + 1), most = options.flow_every < 2 ? 2 : options.flow_every;
        group = size < 2 ? 2 : size > most ? (uint32_t)most : (uint32_t)size;
        random = random * 1664525u + 1013904223u;
        chosen = (random >> 16) % group;
    }
    bool is_it = position == chosen;
    position = (position + 1) % group;
    return is_it ? group : 0;
}

/* Source of the error: Horvitz and Thompson's estimator, of a total of residuals. */
static void add_sample(struct stratum *stratum, double weight, double instructions, const double *cycles, const double (*kinds)[KINDS])
{
    double spread = weight * (weight - 1);
    if (instructions <= 0)
        return;
    stratum->windows++;
    stratum->modelled += instructions;
    stratum->instructions += weight * instructions;
    stratum->spread.squared += spread * instructions * instructions;
    for (int lane = 0; lane < LANES; lane++) {
        stratum->cycles[lane] += weight * cycles[lane];
        stratum->spread.cycles_squared[lane] += spread * cycles[lane] * cycles[lane];
        stratum->spread.cycles_times[lane] += spread * cycles[lane] * instructions;
    }
    for (int level = 0; level < LEVELS; level++) {
        double dependent = kinds[level][KIND_DEPENDENT], misses = dependent + kinds[level][KIND_INDEPENDENT];
        stratum->spread.dependent_squared[level] += spread * dependent * dependent;
        stratum->spread.dependent_times[level] += spread * dependent * misses;
        stratum->spread.misses_squared[level] += spread * misses * misses;
        for (int kind = 0; kind < KINDS; kind++)
            stratum->kinds[level][kind] += weight * kinds[level][kind];
    }
}

static void run_sampled(struct thread *thread, const uint64_t *word, const uint64_t *end, unsigned weight)
{
    struct stratum *stratum = weight == 1 ? &stratum_first : &stratum_later;
    double cycles[LANES], kinds[LEVELS][KINDS];
    uint64_t before = simulated_instructions;
    if (!thread->was_sampled || weight > 1)
        flow_reset(&thread->flow);
    thread->was_sampled = true;
    for (int lane = 0; lane < LANES; lane++)
        cycles[lane] = flow_cycles(&thread->flow, lane);
    for (int k = 0; k < LEVELS * KINDS; k++)
        kinds[k / KINDS][k % KINDS] = (double)thread->flow.kinds[k / KINDS][k % KINDS];
    run(thread, word, end, true);
    for (int lane = 0; lane < LANES; lane++)
        cycles[lane] = flow_cycles(&thread->flow, lane) - cycles[lane];
    for (int k = 0; k < LEVELS * KINDS; k++)
        kinds[k / KINDS][k % KINDS] = (double)thread->flow.kinds[k / KINDS][k % KINDS] - kinds[k / KINDS][k % KINDS];
    add_sample(stratum, weight, (double)(simulated_instructions - before), cycles, kinds);
}

void simulate(unsigned cpu, const uint64_t *word, const uint64_t *end, bool is_marked)
{
    struct thread *thread = thread_of(cpu);
    if (word >= end)
        return;
    unsigned weight = is_counting || is_marked ? weight_of_next() : 0, living = __atomic_load_n(&simulated_threads, __ATOMIC_RELAXED);
    if (living > 1 && is_counting)
        transfers_scan(cpu, living, word, end, line_shift);
    if (weight) {
        run_sampled(thread, word, end, weight);
    } else {
        thread->was_sampled = false;
        run(thread, word, end, false);
    }
}

void simulate_forget_counts(void)
{
    for (unsigned cpu = 0; cpu < THREADS_MOST; cpu++)
        if (threads[cpu])
            memset(threads[cpu]->counts, 0, sizeof threads[cpu]->counts);
    transfers_forget();
    memset(&stratum_first, 0, sizeof stratum_first);
    memset(&stratum_later, 0, sizeof stratum_later);
    simulated_instructions = 0;
}
