/* Branch predictors of today's kind: TAGE for directions, ITTAGE for targets, a stack for returns.
 *
 * A branch that has always gone one way is predicted so and stays out of tables and history, which keeps both for those that
 * need them (and the simulator quick). The others look up tables by ever longer histories of outcomes; the longest match
 * gives the answer. `pattern` scales the tables to the longest random period that this machine was seen to learn.
 * Simplified: a branch's own memory stands in its block, so branches do not share entries of the first table.
 * Source: Seznec and Michaud, A case for (partially) tagged geometric history length branch prediction (2006); Seznec,
 * A 64-Kbytes ITTAGE indirect branch predictor (2011); Gope and Lipasti, Bias-free branch predictor (2014).
 */
#ifndef HWBENCH_COUNTING_PREDICTOR_H
#define HWBENCH_COUNTING_PREDICTOR_H

#include "block.h"
#include "lanes.h"

enum { TABLES = 8, TARGET_TABLES = 5, HISTORY = 4096, MOST_BITS = 13, TARGET_BITS = 11, RETURNS_MOST = 64 };

struct direction_entry {
    uint16_t tag;
    int8_t counter;
    uint8_t useful;
};

struct target_entry {
    uint64_t target;
    uint32_t tag;
    uint8_t sure;
};

struct predictor {
    uint32_t bits, target_bits;
    bool by_target, by_callee;
    uint32_t head; /* of the history, a ring of outcomes and of hashes of targets */
    unsigned_eight index_fold, tag_fold;
    unsigned_eight index_out, index_back, tag_out, tag_back; /* where an outcome leaves the folds */
    uint32_t length[TABLES];
    uint32_t misses, random;
    int32_t trust_new; /* negative: a new entry is worse than the shorter match */
    uint32_t depth, top;
    uint64_t returns[RETURNS_MOST];
    uint8_t history[HISTORY];
    struct direction_entry entries[TABLES][1 << MOST_BITS];
    struct target_entry targets[TARGET_TABLES][1 << TARGET_BITS];
};

void predictor_make(struct predictor *predictor, double pattern, double longest_history, double targets, double returns);
/* `by_target`: what the history keeps of an indirect jump is a hash of its target, else of its own address; `by_callee`: of
 * an indirect call. */
void predictor_history(struct predictor *predictor, bool by_target, bool by_callee);

/* Each: whether the prediction was right; then learns. `address` tells branches apart. */
bool predict_varying(struct predictor *p, struct branch_memory *memory, uint64_t address, bool is_taken, bool is_backward);
bool predict_target(struct predictor *p, struct branch_memory *memory, uint64_t address, uint64_t target, bool is_call);
bool predict_return(struct predictor *p, uint64_t target);

static inline bool predict_direction(struct predictor *p, struct branch_memory *memory, uint64_t address, bool is_taken,
                                     bool is_backward)
{
    if (memory->bias == (is_taken ? BIAS_TAKEN : BIAS_NOT_TAKEN))
        return true;
    return predict_varying(p, memory, address, is_taken, is_backward);
}

static inline void predictor_call(struct predictor *p, uint64_t returns_to)
{
    p->top = (p->top + 1) % p->depth;
    p->returns[p->top] = returns_to;
}

#endif
