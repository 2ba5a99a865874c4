#include "outcomes.h"

#include <string.h>

#include "aligned.h"
#include "options.h"
#include "predictor.h"
#include "trace_log.h"

struct guesser {
    struct wrong_guesses wrong[2]; /* those outside of the region, which nobody asks for, come first */
    struct block *previous;
    struct predictor predictor;
};

static struct guesser *guessers[THREADS_MOST];
static bool is_counting;

void outcomes_begin(void)
{
    is_counting = options.region == 0;
}

static struct guesser *guesser_of(unsigned cpu)
{
    struct guesser *guesser = guessers[cpu % THREADS_MOST];
    if (guesser)
        return guesser;
    guesser = aligned_filled(sizeof *guesser, 0);
    predictor_make(&guesser->predictor, options.pattern, options.history, options.targets, options.return_stack);
    predictor_history(&guesser->predictor, options.by_target != 0, options.by_callee != 0);
    guessers[cpu % THREADS_MOST] = guesser;
    return guesser;
}

static inline enum guess guess_direction(struct guesser *guesser, struct block *before, const struct block *next)
{
    bool is_taken = next->address != before->after, is_backward = next->address <= before->address;
    bool is_right = predict_direction(&guesser->predictor, &before->branch, before->last_address, is_taken, is_backward);
    guesser->wrong[is_counting].direction += !is_right;
    return is_right ? GUESS_RIGHT : GUESS_WRONG_DIRECTION;
}

/* How the branch that ended the block before was guessed. */
static inline enum guess guess(struct guesser *guesser, struct block *before, const struct block *next)
{
    bool is_right = true;
    if (before->flow == FLOW_CONDITIONAL)
        return guess_direction(guesser, before, next);
    if (before->flow == FLOW_NONE || before->flow == FLOW_JUMP)
        return GUESS_RIGHT;
    if (before->flow == FLOW_RETURN) {
        is_right = predict_return(&guesser->predictor, next->address);
        guesser->wrong[is_counting].back += !is_right;
    }
    if (before->flow == FLOW_CALL || before->flow == FLOW_INDIRECT_CALL)
        predictor_call(&guesser->predictor, before->after);
    if (before->flow == FLOW_INDIRECT_CALL || before->flow == FLOW_INDIRECT_JUMP) {
        bool is_call = before->flow == FLOW_INDIRECT_CALL;
        is_right = predict_target(&guesser->predictor, &before->branch, before->last_address, next->address, is_call);
        guesser->wrong[is_counting].target += !is_right;
    }
    return is_right ? GUESS_RIGHT : GUESS_WRONG_TARGET;
}

static inline enum way way_of(const struct block *before, const struct block *next)
{
    if (before->flow == FLOW_NONE || next->address == before->after)
        return WAY_ON;
    if (before->flow == FLOW_RETURN)
        return WAY_BACK;
    return before->flow == FLOW_INDIRECT_CALL && before->branch.bias == BIAS_MIXED ? WAY_CALLEE : WAY_TAKEN;
}

static __attribute__((noinline)) void enter_special(struct block *block, const struct block *before)
{
    if (block->begins_with_string && before && before->ends_with_string && before->last_address == block->address)
        block->repeats += is_counting;
    if (block->mark)
        is_counting = block->mark == MARK_BEGIN || options.region == 0;
}

void outcomes_write(unsigned cpu, uint64_t *word, const uint64_t *end)
{
    struct guesser *guesser = guesser_of(cpu);
    struct block *before = guesser->previous;
    for (; word < end; word++) {
        uint64_t mark = *word;
        if (!(mark & LOG_MARK))
            continue;
        struct block *block = (struct block *)(uintptr_t)(mark & LOG_ADDRESS);
        log_fetch_ahead(word);
        if (before) {
            *word = mark | (uint64_t)(guess(guesser, before, block) | way_of(before, block) << 2) << OUTCOME_SHIFT;
        }
        block->executions += is_counting;
        if (__builtin_expect(block->begins_with_string | block->mark, 0))
            enter_special(block, before);
        before = block;
        word += (mark & LOG_MERGED) != 0;
    }
    guesser->previous = before;
}

struct wrong_guesses outcomes_wrong(void)
{
    struct wrong_guesses sum = {0};
    for (unsigned cpu = 0; cpu < THREADS_MOST; cpu++) {
        if (!guessers[cpu])
            continue;
        sum.direction += guessers[cpu]->wrong[1].direction;
        sum.target += guessers[cpu]->wrong[1].target;
        sum.back += guessers[cpu]->wrong[1].back;
    }
    return sum;
}

void outcomes_forget(void)
{
    for (struct block *block = all_blocks; block; block = block->next)
        block->executions = block->repeats = block->sampled = block->sampled_cycles = 0;
    for (unsigned cpu = 0; cpu < THREADS_MOST; cpu++)
        if (guessers[cpu])
            memset(guessers[cpu]->wrong, 0, sizeof guessers[cpu]->wrong);
}
