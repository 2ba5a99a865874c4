/* Facts of the counting plugin's engine: `counting_engine FACT` plays a small story and prints what came of it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "caches.h"
#include "flow.h"
#include "fresh.h"
#include "predictor.h"

static struct near near_level;
static struct predictor predictor;
static struct flow flow;
static struct flow_prices prices;
static struct streams streams;
static uint64_t seed = 88172645463325252u, now;

static uint64_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> 20;
}

static bool touch(uint64_t line)
{
    return near_access(&near_level, line, ++now);
}

/* Goes round `lines` lines that are `apart` from each other, ten times; returns the misses after the first round. */
static int rounds_near(unsigned lines, uint64_t apart)
{
    int misses = 0;
    for (int round = 0; round < 10; round++)
        for (unsigned k = 0; k < lines; k++)
            misses += !touch(k * apart) && round;
    return misses;
}

static int rounds_outer(struct cache *cache, unsigned lines, uint64_t apart)
{
    int misses = 0;
    for (int round = 0; round < 10; round++)
        for (unsigned k = 0; k < lines; k++)
            misses += !cache_access(cache, k * apart) && round;
    return misses;
}

static void order(void)
{
    struct cache outer = cache_make(2, 2, 1);
    near_make(&near_level, 2, 2, 1);
    const uint64_t story[] = {7, 8, 7, 9, 7, 8}; /* 9 takes the place of 8, the one used longest ago */
    for (int k = 0; k < 6; k++)
        printf("%d%d ", touch(story[k]), cache_access(&outer, story[k]));
}

static void conflict(void)
{
    near_make(&near_level, 32768, 8, 64);
    printf("%d ", rounds_near(8, 64));
    near_make(&near_level, 32768, 8, 64);
    printf("%d ", rounds_near(9, 64));
    struct cache outer = cache_make(32768, 8, 64), same = cache_make(32768, 8, 64);
    printf("%d %d ", rounds_outer(&outer, 8, 64), rounds_outer(&same, 9, 64));
}

static void tlb(void)
{
    near_make(&near_level, 64, 0, 1);
    printf("%d ", rounds_near(64, 1));
    near_make(&near_level, 64, 0, 1);
    printf("%d ", rounds_near(65, 1));
}

static void odd_sets(void)
{
    struct cache cache = cache_make(3 * 4 * 64, 4, 64);
    printf("%u %u %d %d ", cache.sets, cache.ways, rounds_outer(&cache, 4, 3), rounds_outer(&cache, 5, 3));
}

/* Misses of `lines` lines that lie `apart` bytes from each other, over nine rounds after the first, in an outer level of 256 KiB. */
static int rounds_paged(double ways, int lines, uint64_t apart)
{
    struct cache outer = cache_make_paged(262144, ways, 64, 4096);
    int misses = 0;
    for (int round = 0; round < 10; round++)
        for (int k = 0; k < lines; k++) {
            uint64_t address = (uint64_t)k * apart;
            misses += !cache_access(&outer, physical_line(address >> 12, address >> 6, 6)) && round;
        }
    return misses;
}

/* What lies pages apart has a sixty-fourth of the sets to itself; the same lines in a row have all of them. */
static void paged(void)
{
    struct cache odd = cache_make_paged(640 * 1024, 8, 64, 4096);
    printf("%u %u ", odd.sets, odd.ways);
    printf("%d %d %d ", rounds_paged(8, 1024, 64), rounds_paged(8, 1024, 4096), rounds_paged(8, 1024, 8192 + 64));
    printf("%d ", physical_line(5, 5 * 64 + 7, 6) % 64 == 7);
}

static int followed(uint64_t from, int64_t step, int count)
{
    int result = 0;
    uint64_t gone;
    for (int k = 0; k < count; k++) {
        uint64_t address = from + (uint64_t)(step * k);
        result += streams_follow(&streams, address, address / 64, 1, &gone) != STREAM_NONE;
    }
    return result;
}

static void streaming(void)
{
    const int64_t steps[] = {64, -64, 1024, 4096};
    for (int k = 0; k < 4; k++) {
        streams_make(&streams, 16, 2048);
        printf("%d ", followed(UINT64_C(1) << 30, steps[k], 100));
    }
    int by_chance = 0, lines = 0, strides = 0;
    uint64_t gone;
    streams_make(&streams, 16, 2048);
    for (uint64_t k = 0; k < 100; k++) {
        enum stream found = streams_follow(&streams, k * 128, k * 2, 1, &gone);
        lines += found == STREAM_LINES, strides += found == STREAM_STRIDE && gone == 128;
    }
    printf("%d %d ", lines, strides);
    streams_make(&streams, 16, 2048);
    for (int k = 0; k < 10000; k++) {
        uint64_t address = dice() % (UINT64_C(1) << 40);
        by_chance += streams_follow(&streams, address, address / 64, (uint64_t)k % 7, &gone) != STREAM_NONE;
    }
    printf("%d ", by_chance);
}

/* How many of the last 10,000 of 40,000 outcomes are guessed wrong, if they repeat after `period`. */
static int wrong_directions(unsigned period, unsigned one_in)
{
    static uint8_t outcomes[40000];
    struct branch_memory memory = {0};
    int wrong = 0;
    predictor_make(&predictor, 16384, 640, 512, 32);
    for (unsigned k = 0; k < 40000; k++) {
        outcomes[k] = k < period ? dice() % one_in == 0 : outcomes[k - period];
        wrong += !predict_direction(&predictor, &memory, 77, outcomes[k], true) && k >= 30000;
    }
    return wrong;
}

static void directions(void)
{
    printf("%d %d %d %d ", wrong_directions(1, 1), wrong_directions(7, 2), wrong_directions(200, 2), wrong_directions(50000, 2));
}

static int wrong_targets(bool by_target, unsigned targets, bool is_random, bool is_call)
{
    struct branch_memory memory = {0};
    int wrong = 0;
    predictor_make(&predictor, 16384, 640, 512, 32);
    predictor_history(&predictor, by_target, !by_target);
    for (unsigned k = 0; k < 20000; k++) {
        uint64_t target = 4096 + 64 * (is_random ? dice() % targets : k % targets);
        wrong += !predict_target(&predictor, &memory, 99, target, is_call) && k >= 10000;
    }
    return wrong;
}

static void targets(void)
{
    printf("%d %d %d %d ", wrong_targets(true, 1, false, false), wrong_targets(true, 8, false, false),
           wrong_targets(false, 8, false, false), wrong_targets(true, 4, true, false));
    printf("%d %d ", wrong_targets(true, 8, false, true), wrong_targets(false, 8, false, true));
}

static int wrong_returns(unsigned depth)
{
    int wrong = 0;
    predictor_make(&predictor, 1024, 640, 512, 16);
    for (unsigned k = 0; k < depth; k++)
        predictor_call(&predictor, 1000 + k);
    for (unsigned k = depth; k-- > 0;)
        wrong += !predict_return(&predictor, 1000 + k);
    return wrong;
}

static void returns(void)
{
    printf("%d %d ", wrong_returns(16), wrong_returns(20));
}

static struct decoded operation(int op, int from, int into)
{
    struct decoded it = {.op = (uint8_t)op, .uops = 1, .known = true, .sources = 1, .targets = 1};
    it.source[0] = (uint8_t)from;
    it.target[0] = (uint8_t)into;
    return it;
}

static struct decoded loading(int from, int into)
{
    struct decoded it = operation(OP_MOVE, from, into);
    it.sources = 0;
    it.addresses = 1;
    it.address[0] = (uint8_t)from;
    it.loads = 1;
    it.access_bytes = 8;
    return it;
}

enum { CODE = 8192 };
#define CODE_OF_12 .address = CODE, .after = CODE + 12

/* Cycles a turn of a block in a lane, over many turns. */
static double turns(struct decoded *instructions, unsigned count, struct access access, uint64_t apart, enum guess guess, int lane)
{
    struct block block = {.address = CODE, .after = CODE + 16, .count = (uint16_t)count, .instructions = instructions};
    unsigned accesses = instructions[0].loads + instructions[0].stores;
    memset(&flow, 0, sizeof flow);
    flow_reset(&flow);
    for (int turn = 0; turn < 2000; turn++) {
        flow_block(&flow, &prices, &block, turn ? guess : GUESS_RIGHT, false, &access, accesses);
        access.address += apart;
    }
    return flow_cycles(&flow, lane) / 2000;
}

static void arithmetic(void)
{
    struct decoded chain[6], apart[6];
    for (int k = 0; k < 6; k++) {
        chain[k] = operation(k < 3 ? OP_INTEGER : OP_MULTIPLY, 1, 1);
        apart[k] = operation(OP_MOVE, 2, 3 + k);
    }
    struct access none = {0};
    printf("%.2f %.2f ", turns(chain, 6, none, 0, GUESS_RIGHT, LANE_ALL), turns(chain, 6, none, 0, GUESS_RIGHT, LANE_IDEAL));
    printf("%.2f ", turns(apart, 6, none, 0, GUESS_RIGHT, LANE_ALL));
}

static void loads(void)
{
    struct decoded chase = loading(1, 1), gather = loading(2, 1);
    struct access hit = {.address = 4096}, missed = {.address = 4096, .level = 3}, stream = {.address = 4096, .level = 3, .is_streamed = STREAM_LINES};
    printf("%.1f ", turns(&chase, 1, hit, 0, GUESS_RIGHT, LANE_ALL));
    printf("%.1f ", turns(&chase, 1, missed, 4096, GUESS_RIGHT, LANE_ALL));
    printf("%llu ", (unsigned long long)(flow.kinds[2][KIND_DEPENDENT] * 100 / 2000));
    printf("%.1f ", turns(&gather, 1, missed, 4096, GUESS_RIGHT, LANE_ALL));
    printf("%llu ", (unsigned long long)(flow.kinds[2][KIND_INDEPENDENT] * 100 / 2000));
    printf("%.1f ", turns(&gather, 1, stream, 64, GUESS_RIGHT, LANE_ALL));
    struct access strided = stream;
    strided.is_streamed = STREAM_STRIDE, strided.stride = 1;
    printf("%.1f ", turns(&gather, 1, strided, 128, GUESS_RIGHT, LANE_ALL));
    printf("%.1f ", turns(&gather, 1, strided, 128, GUESS_RIGHT, LANE_WITHOUT + CAUSE_BANDWIDTH));
    strided.stride = 6;
    printf("%.1f ", turns(&gather, 1, strided, 4096, GUESS_RIGHT, LANE_WITHOUT + CAUSE_BANDWIDTH));
    printf("%.1f ", turns(&gather, 1, strided, 4096, GUESS_RIGHT, LANE_WITHOUT + CAUSE_CACHE));
    printf("%.1f ", turns(&chase, 1, missed, 4096, GUESS_RIGHT, LANE_WITHOUT + CAUSE_CACHE));
}

/* A list's node of which first a field is read, then the way to the next: the second load waits for the line of the first. */
static void same_line(void)
{
    struct decoded field = loading(1, 5), next = loading(1, 1), both[2] = {field, next};
    struct block block = {.address = CODE, .after = CODE + 8, .count = 2, .instructions = both};
    memset(&flow, 0, sizeof flow);
    flow_reset(&flow);
    for (uint64_t turn = 0; turn < 2000; turn++) {
        struct access pair[2] = {{.address = 4096 * turn + 8, .level = 3}, {.address = 4096 * turn, .index = 1}};
        flow_block(&flow, &prices, &block, GUESS_RIGHT, false, pair, 2);
    }
    printf("%.1f %llu ", flow_cycles(&flow, LANE_ALL) / 2000, (unsigned long long)(flow.kinds[2][KIND_DEPENDENT] * 100 / 2000));
}

static void stores(void)
{
    struct decoded add = operation(OP_INTEGER, 1, 1), write = loading(2, 1), read = loading(2, 1), other = loading(3, 1);
    struct decoded through_one[3] = {read, add, write}, through_two[3] = {other, add, write};
    struct access pair[2] = {{.address = 4096}, {.address = 4096, .index = 2, .is_store = true}};
    write = operation(OP_MOVE, 1, 1);
    write.targets = 0;
    write.addresses = 1;
    write.address[0] = 2;
    write.stores = 1;
    write.access_bytes = 8;
    through_one[2] = through_two[2] = write;
    struct block blocks[2] = {{CODE_OF_12, .count = 3, .instructions = through_one}, {CODE_OF_12, .count = 3, .instructions = through_two}};
    for (int k = 0; k < 2; k++) {
        memset(&flow, 0, sizeof flow);
        flow_reset(&flow);
        for (int turn = 0; turn < 2000; turn++)
            flow_block(&flow, &prices, &blocks[k], GUESS_RIGHT, false, pair, 2);
        printf("%.1f ", flow_cycles(&flow, LANE_ALL) / 2000);
    }
}

/* A chase beside a store whose address looks like the one that is read, and like another. */
static void aliased(void)
{
    struct decoded write = loading(2, 1), chase = loading(1, 1), both[2];
    write.loads = write.targets = 0;
    write.stores = 1;
    both[0] = write;
    both[1] = chase;
    struct block block = {.address = CODE, .after = CODE + 8, .count = 2, .instructions = both};
    for (uint64_t away = 4096; away <= 4096 + 512; away += 512) {
        struct access pair[2] = {{.address = 65536 + away, .is_store = true}, {.address = 65536, .index = 1}};
        memset(&flow, 0, sizeof flow);
        flow_reset(&flow);
        for (int turn = 0; turn < 2000; turn++)
            flow_block(&flow, &prices, &block, GUESS_RIGHT, false, pair, 2);
        printf("%.1f ", flow_cycles(&flow, LANE_ALL) / 2000);
    }
}

/* A chase from the second level: lines in a row are in the first already, those of a stride are not. */
static void near_lines(void)
{
    struct decoded chase = loading(1, 1), gather = loading(2, 1);
    struct access lines = {.address = 4096, .level = 1, .is_streamed = STREAM_LINES}, stride = lines, translated = {.address = 4096, .tlb = 1};
    stride.is_streamed = STREAM_STRIDE;
    printf("%.1f %.1f ", turns(&chase, 1, lines, 64, GUESS_RIGHT, LANE_ALL), turns(&chase, 1, stride, 4096, GUESS_RIGHT, LANE_ALL));
    printf("%.1f ", turns(&chase, 1, translated, 4096, GUESS_RIGHT, LANE_ALL));
    printf("%.2f ", turns(&gather, 1, stride, 4096, GUESS_RIGHT, LANE_ALL));
}

/* Many additions that wait for a miss fill the scheduler, or take up the registers, long before the window is full. */
static double beside_misses(int additions, int from)
{
    static struct decoded all[40];
    struct access missed = {.address = 4096, .level = 3};
    all[0] = loading(2, 1);
    for (int k = 1; k <= additions; k++) {
        all[k] = operation(OP_INTEGER, from, 5);
        all[k].integers = 1;
    }
    return turns(all, (unsigned)additions + 1, missed, 4096, GUESS_RIGHT, LANE_ALL);
}

static void scheduled(void)
{
    printf("%.1f %.1f %.1f ", beside_misses(7, 3), beside_misses(7, 1), beside_misses(14, 3));
}

static void guesses(void)
{
    struct decoded test = operation(OP_INTEGER, 2, 3);
    struct access none = {0};
    printf("%.1f ", turns(&test, 1, none, 0, GUESS_WRONG_DIRECTION, LANE_ALL));
    printf("%.1f ", turns(&test, 1, none, 0, GUESS_WRONG_TARGET, LANE_ALL));
    printf("%.1f ", turns(&test, 1, none, 0, GUESS_WRONG_TARGET, LANE_WITHOUT + CAUSE_DISPATCH));
}

/* Cycles a turn of a block of one instruction between two addresses that comes again in some way. */
static double fetched(uint64_t from, uint64_t to, enum way way, int lane)
{
    struct decoded one = operation(OP_MOVE, 2, 3);
    struct block block = {.address = from, .after = to, .count = 1, .instructions = &one};
    memset(&flow, 0, sizeof flow);
    flow_reset(&flow);
    for (int turn = 0; turn < 2000; turn++)
        flow_block(&flow, &prices, &block, GUESS_RIGHT, way, NULL, 0);
    return flow_cycles(&flow, lane) / 2000;
}

static void ask(uint64_t page)
{
    printf("%d ", fresh_first(page));
}

static void fresh(void)
{
    const uint64_t far = UINT64_C(1) << 34;
    fresh_begin(false);
    ask(far + 7), ask(far + 7), ask(far + 8);
    fresh_unmapped(far, far + (UINT64_C(1) << 16)); /* two whole stretches */
    ask(far + 7), ask(far + 8);
    fresh_unmapped(far + 8, far + 9);
    ask(far + 7), ask(far + 8);
    fresh_begin(true);
    ask(2 * far);
    fresh_unmapped(2 * far, 2 * far + 1);
    ask(2 * far);
}

static void code(void)
{
    printf("%.2f %.2f ", fetched(CODE, CODE + 64, WAY_ON, LANE_ALL), fetched(CODE, CODE + 64, WAY_TAKEN, LANE_ALL));
    printf("%.2f %.2f ", fetched(CODE + 60, CODE + 68, WAY_TAKEN, LANE_ALL), fetched(CODE, CODE + 64, WAY_BACK, LANE_ALL));
    printf("%.2f %.2f ", fetched(CODE, CODE + 64, WAY_CALLEE, LANE_ALL), fetched(CODE, CODE + 64, WAY_CALLEE, LANE_WITHOUT + CAUSE_DISPATCH));
}

/* Runs so long that the times are counted anew from time to time. */
static void long_run(void)
{
    struct decoded chase = loading(1, 1);
    struct block block = {CODE_OF_12, .count = 1, .instructions = &chase};
    memset(&flow, 0, sizeof flow);
    flow_reset(&flow);
    for (uint64_t turn = 0; turn < 100000; turn++) {
        struct access access = {.address = turn * 4096, .level = 3};
        flow_block(&flow, &prices, &block, GUESS_RIGHT, false, &access, 1);
    }
    printf("%.1f ", flow_cycles(&flow, LANE_ALL) / 100000);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*tell)(void);
    } facts[] = {{"order", order},           {"conflict", conflict}, {"tlb", tlb},         {"odd_sets", odd_sets}, {"paged", paged}, {"streaming", streaming},
                 {"directions", directions}, {"targets", targets},   {"returns", returns}, {"arithmetic", arithmetic}, {"loads", loads},
                 {"same_line", same_line},   {"stores", stores},     {"guesses", guesses}, {"long_run", long_run},
                 {"aliased", aliased},       {"near_lines", near_lines}, {"scheduled", scheduled}, {"code", code}, {"fresh", fresh}};
    char *const told[] = {"width=4",        "window=64",  "latency=12:40:300", "parallel=5:10:10", "read_bandwidth=32:16:4", "taken_cycles=1",
                          "mispredict=20",  "op_integer=1:0.25", "op_multiply=3:1", "l1_latency=4", "forward=6",       "renamed=1",
                          "indirect_mispredict=30", "load_throughput=2", "alias=9", "streamed=4.5:5:20", "strided=1:2.5", "tlb_miss=7", "scheduler=8",
                          "integer_registers=48", "return_cycles=3", "callee_cycles=2"};
    if (argc < 2 || !options_read((int)(sizeof told / sizeof *told), (char **)told))
        return 2;
    flow_prices_make(&prices, &options);
    for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
        if (strcmp(argv[1], facts[k].name) == 0) {
            facts[k].tell();
            return 0;
        }
    return 2;
}
