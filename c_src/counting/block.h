/* A translation block: the straight run of instructions that the emulator executes at once, decoded when it is met first.
 *
 * The first cache line of the record holds what every execution touches. Blocks live until the program ends: the log
 * names them by their address. A block that is translated again (the emulator's code buffer was full) is found again.
 */
#ifndef HWBENCH_COUNTING_BLOCK_H
#define HWBENCH_COUNTING_BLOCK_H

#include "decode.h"

enum block_mark { MARK_NONE, MARK_BEGIN, MARK_END };
enum branch_bias { BIAS_UNSEEN, BIAS_TAKEN, BIAS_NOT_TAKEN, BIAS_MIXED };

/* What the predictors remember of the branch that ends the block. */
struct branch_memory {
    uint64_t last_target;
    uint8_t bias;   /* enum branch_bias; of an indirect branch: unseen, taken (one target only), mixed */
    int8_t counter; /* bimodal, negative: not taken */
};

struct block {
    uint64_t executions; /* those that count */
    uint64_t address, after;
    uint64_t first_tag; /* the tag of the first access, where its callback also marks the block */
    struct branch_memory branch;
    uint16_t count; /* instructions */
    uint8_t flow, mark;
    bool begins_with_string, ends_with_string;
    bool is_plain; /* every execution makes the same accesses, none wider than a word: they are counted with the executions */
    bool has_atomics;
    struct decoded *instructions;
    uint64_t last_address; /* of the last instruction */
    uint16_t loads, stores; /* of a plain block */
    uint64_t repeats;      /* executions whose first instruction only went on with the string operation before */
    uint64_t sampled;      /* executions that went through the flow model, and their cycles in its units */
    uint64_t sampled_cycles;
    struct block *next, *same_slot;
    uint32_t identity; /* of the bytes */
} __attribute__((aligned(64)));

extern struct block *all_blocks;

/* Finds the block of these bytes at this address, or makes one whose instructions the caller decodes (`is_new`). */
struct block *block_at(uint64_t address, size_t count, uint32_t identity, bool *is_new);
void block_finish(struct block *block);

#endif
