#include "block.h"

#include "aligned.h"

#include <stdlib.h>

enum { SLOTS = 1 << 16, ARENA_BLOCKS = 1024, ARENA_INSTRUCTIONS = 8192 };

struct block *all_blocks;
static struct block *slots[SLOTS];

static struct block *fresh_block(void)
{
    static struct block *arena;
    static size_t left;
    if (left == 0) {
        arena = aligned_filled(ARENA_BLOCKS * sizeof *arena, 0);
        left = ARENA_BLOCKS;
    }
    left--;
    return arena++;
}

static struct decoded *fresh_instructions(size_t count)
{
    static struct decoded *arena;
    static size_t left;
    if (left < count) {
        left = count > ARENA_INSTRUCTIONS ? count : ARENA_INSTRUCTIONS;
        arena = calloc(left, sizeof *arena);
        if (!arena)
            abort();
    }
    left -= count;
    arena += count;
    return arena - count;
}

struct block *block_at(uint64_t address, size_t count, uint32_t identity, bool *is_new)
{
    struct block **slot = &slots[(address ^ address >> 16) % SLOTS];
    for (struct block *block = *slot; block; block = block->same_slot)
        if (block->address == address && block->count == count && block->identity == identity) {
            *is_new = false;
            return block;
        }
    struct block *block = fresh_block();
    block->address = address;
    block->count = (uint16_t)count;
    block->identity = identity;
    block->instructions = fresh_instructions(count);
    block->same_slot = *slot;
    *slot = block;
    *is_new = true;
    return block;
}

static bool is_plain(const struct decoded *it)
{
    return it->known && !it->is_conditional_access && it->access_bytes <= 8 && it->op != OP_STRING && it->op != OP_ATOMIC &&
           it->op != OP_SYSTEM && it->op != OP_OTHER;
}

/* Moves between registers and known zeros are done by renaming. */
static bool takes_register(const struct decoded *it)
{
    return !it->breaks_dependence && (it->op != OP_MOVE || it->loads);
}

void block_finish(struct block *block)
{
    const struct decoded *last = &block->instructions[block->count - 1];
    block->flow = last->flow;
    block->begins_with_string = block->instructions[0].op == OP_STRING;
    block->ends_with_string = last->op == OP_STRING;
    block->is_plain = true;
    for (unsigned k = 0; k < block->count; k++) {
        struct decoded *it = &block->instructions[k];
        for (unsigned target = 0; target < it->targets && takes_register(it); target++)
            it->integers += it->target[target] < GENERAL_REGISTERS;
        block->has_atomics |= it->op == OP_ATOMIC;
        block->is_plain &= is_plain(it);
        block->loads += it->loads;
        block->stores += it->stores;
    }
    block->next = all_blocks;
    all_blocks = block;
}
