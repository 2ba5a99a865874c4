/* What a program compiled with -fsanitize=thread calls at its loads and stores, linked to this instead of the sanitizer.
 *
 * The compiler names every access with its address before it happens; here it goes through the caches that the machine
 * profile measured, and its class is found from the values that loads return. Options come by the environment
 * (HWBENCH_TRACE, words of `options.h`, one a line); without them nothing is counted. Counts go to the file of the option `out` when
 * the process that began ends. A thread has caches of its own but the last level; what one thread wrote and another
 * touches counts as a line's transfer, without taking it out of the first one's caches.
 * Not seen: what libraries do that were not compiled so, locals that the compiler keeps in registers, and gathers that
 * are one instruction. Source: LLVM's ThreadSanitizer.cpp and GCC's tsan.c for the names that are called.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caches.h"
#include "options.h"
#include "trace_dependence.h"
#include "trace_runtime.h"

enum { WRITERS = 1 << 16, OPTIONS_MOST = 64, KINDS = 3, WIDEST = 32 };
enum { STREAMED, INDEPENDENT, DEPENDENT };

struct counts {
    uint64_t loads, stores, atomics, fences, transfers;
    uint64_t kinds[LEVELS][KINDS], store_misses[LEVELS], tlb[2];
};

struct state {
    struct counts counts[2]; /* outside a region, and within */
    struct cache tlb1, tlb2, l1, l2;
    struct streams streams;
    struct dependence dependence;
    unsigned number;
    struct state *next;
};

struct access {
    uint64_t address, instruction;
    unsigned bytes, missed; /* so many levels */
    bool is_store;
    uint8_t is_streamed; /* enum stream */
};

static struct cache l3;
static struct state *states;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static atomic_uint thread_count;
static _Atomic bool is_within, was_marked;
static bool is_on;
static long process;
static unsigned line_shift, page_shift;
static struct writer {
    uint64_t line;
    unsigned thread;
} writers[WRITERS]; /* who wrote a line last */
static __thread struct state *mine;

static unsigned shift_of(double size)
{
    unsigned shift = 0;
    while ((UINT64_C(1) << (shift + 1)) <= (uint64_t)size)
        shift++;
    return shift;
}

static void take_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        ;
}

static void give_lock(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

static __attribute__((noinline)) struct state *begin_thread(void)
{
    struct state *made = calloc(1, sizeof *made);
    if (!made)
        abort();
    made->tlb1 = cache_make(options.tlb[0].entries, options.tlb[0].ways, 1);
    made->tlb2 = cache_make(options.tlb[1].entries, options.tlb[1].ways, 1);
    made->l1 = cache_make(options.cache[0].bytes, options.cache[0].ways, options.cache[0].line);
    made->l2 = cache_make_paged(options.cache[1].bytes, options.cache[1].ways, options.cache[1].line, options.page);
    streams_make(&made->streams, (unsigned)options.streams, options.longest_stride);
    take_lock();
    made->number = atomic_fetch_add(&thread_count, 1) + 1;
    made->next = states;
    states = made;
    give_lock();
    return mine = made;
}

/* How many levels an access misses; the last one is everybody's. */
static unsigned look_up(struct state *state, uint64_t line)
{
    if (cache_access(&state->l1, line))
        return 0;
    uint64_t physical = physical_line(line >> (page_shift - line_shift), line, page_shift - line_shift);
    if (cache_access(&state->l2, physical))
        return 1;
    return cache_access(&l3, physical) ? 2 : 3;
}

static void share(struct counts *counts, unsigned thread, uint64_t line, bool is_store)
{
    struct writer *writer = &writers[(line ^ line >> 16) % WRITERS];
    counts->transfers += writer->line == line && writer->thread && writer->thread != thread;
    if (is_store || writer->line == line)
        *writer = (struct writer){line, is_store ? thread : 0}; /* read: from now on a shared copy */
}

static void translate(struct state *state, struct counts *counts, uint64_t address)
{
    uint64_t page = address >> page_shift;
    if (cache_access(&state->tlb1, page))
        return;
    counts->tlb[0]++;
    counts->tlb[1] += !cache_access(&state->tlb2, page);
}

/* `behind`: how many levels the load missed that the address was made of. */
static void miss(struct counts *counts, const struct access *access, unsigned behind)
{
    for (unsigned level = 0; level < access->missed; level++) {
        if (access->is_store)
            counts->store_misses[level]++;
        else
            counts->kinds[level][access->is_streamed ? STREAMED : behind > level ? DEPENDENT : INDEPENDENT]++;
    }
}

static uint64_t value_at(uint64_t address, unsigned bytes)
{
    int8_t byte;
    int16_t half;
    int32_t word;
    uint64_t value = 0;
    const void *at = (const void *)(uintptr_t)address;
    switch (bytes) {
    case 1: return (uint64_t)(memcpy(&byte, at, 1), byte);
    case 2: return (uint64_t)(memcpy(&half, at, 2), half);
    case 4: return (uint64_t)(memcpy(&word, at, 4), word);
    default: return memcpy(&value, at, 8), value;
    }
}

/* Class a load's misses by what is behind its address, and keep what it returns. */
static void see_load(struct state *state, struct counts *counts, const struct access *access)
{
    struct dependence *dependence = &state->dependence;
    unsigned behind = dependence_of(dependence, access->address, access->instruction);
    miss(counts, access, behind);
    if (access->missed && !access->is_streamed)
        dependence_learn(dependence, access->address, access->instruction);
    unsigned late = dependence_fetching(dependence, access->address >> line_shift);
    dependence_keep(dependence, value_at(access->address, access->bytes), access->instruction, late > behind ? late : behind);
}

static void see(struct state *state, struct access access)
{
    struct counts *counts = &state->counts[is_within];
    uint64_t line = access.address >> line_shift;
    translate(state, counts, access.address);
    access.missed = look_up(state, line);
    if (access.missed) {
        uint64_t step;
        enum stream stream = streams_follow(&state->streams, access.address, line, access.instruction, &step);
        access.is_streamed = options.prefetch ? (uint8_t)stream : STREAM_NONE;
        dependence_fetch(&state->dependence, line, access.is_streamed ? 0 : access.missed);
    }
    if (access.is_store) {
        miss(counts, &access, 0);
        dependence_keep(&state->dependence, 0, 0, 0);
    } else {
        see_load(state, counts, &access);
    }
    if (atomic_load_explicit(&thread_count, memory_order_relaxed) > 1)
        share(counts, state->number, line, access.is_store);
}

void trace_access(const void *at, unsigned bytes, bool is_store, const void *instruction)
{
    if (!is_on)
        return;
    struct state *state = mine ? mine : begin_thread();
    struct counts *counts = &state->counts[is_within];
    struct access access = {.address = (uintptr_t)at, .instruction = (uintptr_t)instruction, .bytes = bytes, .is_store = is_store};
    uint64_t last = access.address + bytes - 1;
    bool is_shared = atomic_load_explicit(&thread_count, memory_order_relaxed) > 1;
    if (is_shared)
        take_lock();
    counts->loads += !is_store;
    counts->stores += is_store;
    see(state, access);
    if (access.address >> line_shift != last >> line_shift) {
        access.address = last & ~UINT64_C(7);
        access.instruction++;
        access.bytes = 8;
        see(state, access);
    }
    if (is_shared)
        give_lock();
}

void trace_range(const void *at, size_t bytes, bool is_store, const void *instruction)
{
    for (const char *byte = at; bytes; ) {
        unsigned now = bytes < WIDEST ? (unsigned)bytes : WIDEST;
        trace_access(byte, now, is_store, instruction);
        byte += now;
        bytes -= now;
    }
}

void trace_event(enum trace_event event)
{
    if (!is_on)
        return;
    struct counts *counts = &(mine ? mine : begin_thread())->counts[is_within];
    counts->atomics += event == TRACE_ATOMIC;
    counts->fences += event == TRACE_FENCE;
}

EXPORTED void hwbench_trace_region(int begins)
{
    is_within = begins != 0;
    was_marked = true;
}

static void add(struct counts *sum, const struct counts *more)
{
    const uint64_t *from = (const uint64_t *)more;
    uint64_t *into = (uint64_t *)sum;
    for (size_t k = 0; k < sizeof *sum / sizeof *into; k++)
        into[k] += from[k];
}

static void write_counts(FILE *file, const struct counts *sum, bool is_region)
{
    static const char *const names[LEVELS] = {"l1d", "l2", "l3"};
    fprintf(file, "{\"region\": %s, \"counts\": {\"loads\": %lu, \"stores\": %lu", is_region ? "true" : "false",
            (unsigned long)sum->loads, (unsigned long)sum->stores);
    for (unsigned level = 0; level < LEVELS; level++) {
        const uint64_t *kinds = sum->kinds[level];
        fprintf(file, ", \"%s.misses\": %lu, \"%s.misses.streamed\": %lu", names[level],
                (unsigned long)(kinds[0] + kinds[1] + kinds[2]), names[level], (unsigned long)kinds[STREAMED]);
        fprintf(file, ", \"%s.misses.independent\": %lu, \"%s.misses.dependent\": %lu, \"%s.store_misses\": %lu",
                names[level], (unsigned long)kinds[INDEPENDENT], names[level], (unsigned long)kinds[DEPENDENT],
                names[level], (unsigned long)sum->store_misses[level]);
    }
    fprintf(file, ", \"dtlb.l1.misses\": %lu, \"dtlb.l2.misses\": %lu", (unsigned long)sum->tlb[0], (unsigned long)sum->tlb[1]);
    fprintf(file, ", \"atomics\": %lu, \"fences\": %lu, \"line_transfers\": %lu, \"threads\": %u}}\n",
            (unsigned long)sum->atomics, (unsigned long)sum->fences, (unsigned long)sum->transfers, thread_count);
}

static __attribute__((destructor)) void end(void)
{
    if (!is_on || (long)getpid() != process)
        return;
    is_on = false;
    bool is_region = options.region != 0 && was_marked;
    struct counts sum = {0};
    for (const struct state *state = states; state; state = state->next) {
        add(&sum, &state->counts[1]);
        if (!is_region)
            add(&sum, &state->counts[0]);
    }
    FILE *file = fopen(options.out, "w");
    if (!file)
        return;
    write_counts(file, &sum, is_region);
    fclose(file);
}

static __attribute__((constructor)) void begin(void)
{
    static char text[1 << 16];
    char *words[OPTIONS_MOST], *rest = text;
    int count = 0;
    const char *told = getenv("HWBENCH_TRACE");
    if (!told || strlen(told) >= sizeof text)
        return;
    strcpy(text, told);
    for (char *word; count < OPTIONS_MOST && (word = strsep(&rest, "\n"));)
        if (*word)
            words[count++] = word;
    if (!options_read(count, words) || !options.out)
        return;
    line_shift = shift_of(options.cache[0].line);
    page_shift = shift_of(options.page);
    l3 = cache_make_paged(options.cache[2].bytes, options.cache[2].ways, options.cache[2].line, options.page);
    process = (long)getpid();
    is_on = true;
}
