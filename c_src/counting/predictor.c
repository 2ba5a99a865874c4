#include "predictor.h"

#include <math.h>
#include <string.h>

enum { TAG_BITS = 15, SHORTEST = 4, SURE = 3, DECAY = 1 << 18 };

static uint32_t clamp(double value, double low, double high)
{
    return (uint32_t)(value < low ? low : value > high ? high : value);
}

void predictor_make(struct predictor *p, double pattern, double longest_history, double targets, double returns)
{
    memset(p, 0, sizeof *p);
    /* Of a random period of sixteen outcomes for each entry of a table, half are learned: tried with the tables below. */
    p->bits = clamp(floor(log2(pattern < 2 ? 2 : pattern / 16) + 0.5), 6, MOST_BITS);
    p->target_bits = clamp(floor(log2(targets < 2 ? 2 : targets) + 0.5), 1, TARGET_BITS); /* likewise, of targets */
    p->depth = clamp(returns, 1, RETURNS_MOST);
    double longest = clamp(longest_history, 2 * SHORTEST, HISTORY - 1);
    for (int k = 0; k < TABLES; k++) {
        p->length[k] = (uint32_t)(SHORTEST * pow(longest / SHORTEST, k / (double)(TABLES - 1)) + 0.5);
        p->index_out[k] = p->length[k] % p->bits;
        p->index_back[k] = p->bits - p->index_out[k];
        p->tag_out[k] = p->length[k] % TAG_BITS;
        p->tag_back[k] = TAG_BITS - p->tag_out[k];
    }
}

void predictor_history(struct predictor *p, bool by_target, bool by_callee)
{
    p->by_target = by_target;
    p->by_callee = by_callee;
}

/* The folds are the history, each outcome turned by its age: a new one comes in, the oldest of each length leaves. */
static void remember(struct predictor *p, uint32_t outcome)
{
    unsigned_eight oldest;
    uint32_t index_mask = (1u << p->bits) - 1, tag_mask = (1u << TAG_BITS) - 1, bits = p->bits;
    p->head = (p->head + 1) % HISTORY;
    for (int k = 0; k < TABLES; k++)
        oldest[k] = p->history[(p->head - p->length[k]) % HISTORY];
    p->history[p->head] = (uint8_t)outcome;
    unsigned_eight index = p->index_fold, tag = p->tag_fold;
    index = (index << 1 | index >> (bits - 1)) ^ outcome ^ oldest << p->index_out ^ oldest >> p->index_back;
    tag = (tag << 1 | tag >> (TAG_BITS - 1)) ^ outcome ^ oldest << p->tag_out ^ oldest >> p->tag_back;
    p->index_fold = index & index_mask;
    p->tag_fold = tag & tag_mask;
}

static int8_t nudge(int8_t counter, bool up, int8_t most)
{
    if (up)
        return counter < most - 1 ? (int8_t)(counter + 1) : counter;
    return counter > -most ? (int8_t)(counter - 1) : counter;
}

static uint32_t dice(struct predictor *p)
{
    p->random = p->random * 1664525u + 1013904223u;
    return p->random >> 16;
}

struct match {
    struct direction_entry *longest, *next;
    int table; /* of the longest, or -1 */
    struct direction_entry *at[TABLES];
    unsigned_eight tag;
};

static void look_up(struct predictor *p, uint64_t address, struct match *match)
{
    uint32_t mask = (1u << p->bits) - 1, place = (uint32_t)(address ^ address >> 13), mixed = place * 0x9E37u;
    unsigned_eight turned = {1, 2, 3, 4, 5, 6, 7, 8};
    unsigned_eight index = (p->index_fold ^ place ^ place >> turned) & mask;
    match->tag = ((p->tag_fold ^ p->index_fold << 1 ^ mixed) & ((1u << TAG_BITS) - 1)) + 1;
    match->longest = match->next = NULL;
    match->table = -1;
    for (int k = 0; k < TABLES; k++) {
        struct direction_entry *entry = match->at[k] = &p->entries[k][index[k]];
        if (entry->tag == match->tag[k]) {
            match->next = match->longest;
            match->longest = entry;
            match->table = k;
        }
    }
}

/* A wrong guess takes an entry in a table of longer history, sometimes skipping one. */
static void allocate(struct predictor *p, struct match *match, bool is_taken)
{
    int from = match->table + 1;
    if (from < TABLES - 1 && (dice(p) & 3) == 0)
        from++;
    for (int k = from; k < TABLES; k++) {
        struct direction_entry *entry = match->at[k];
        if (entry->useful == 0) {
            *entry = (struct direction_entry){(uint16_t)match->tag[k], is_taken ? 0 : -1, 0};
            return;
        }
        entry->useful--;
    }
}

static void decay(struct predictor *p)
{
    if (++p->misses % DECAY)
        return;
    for (int k = 0; k < TABLES; k++)
        for (uint32_t at = 0; at < 1u << p->bits; at++)
            p->entries[k][at].useful >>= 1;
}

static bool predict_mixed(struct predictor *p, struct branch_memory *memory, uint64_t address, bool is_taken)
{
    struct match match;
    look_up(p, address, &match);
    bool base = memory->counter >= 0;
    bool shorter = match.next ? match.next->counter >= 0 : base, guess = shorter;
    if (match.longest) {
        struct direction_entry *entry = match.longest;
        bool longest = entry->counter >= 0, is_new = (entry->counter == 0 || entry->counter == -1) && entry->useful == 0;
        guess = is_new && p->trust_new < 0 ? shorter : longest;
        if (longest != shorter) {
            if (is_new)
                p->trust_new += longest == is_taken ? p->trust_new < 7 : -(p->trust_new > -8);
            if (longest == is_taken)
                entry->useful += entry->useful < SURE;
            else
                entry->useful -= entry->useful > 0;
        }
        entry->counter = nudge(entry->counter, is_taken, 4);
        if (entry->useful == 0 && !match.next)
            memory->counter = nudge(memory->counter, is_taken, 2);
    } else {
        memory->counter = nudge(memory->counter, is_taken, 2);
    }
    if (guess != is_taken) {
        allocate(p, &match, is_taken);
        decay(p);
    }
    remember(p, is_taken);
    return guess == is_taken;
}

bool predict_varying(struct predictor *p, struct branch_memory *memory, uint64_t address, bool is_taken, bool is_backward)
{
    if (memory->bias == BIAS_MIXED)
        return predict_mixed(p, memory, address, is_taken);
    uint8_t now = is_taken ? BIAS_TAKEN : BIAS_NOT_TAKEN;
    if (memory->bias == BIAS_UNSEEN) {
        memory->bias = now;
        return is_taken == is_backward;
    }
    memory->counter = memory->bias == BIAS_TAKEN ? 1 : -2;
    memory->bias = BIAS_MIXED;
    remember(p, is_taken);
    return false;
}

static uint32_t hash_of(uint64_t value)
{
    return (uint32_t)((value * UINT64_C(0x9E3779B97F4A7C15)) >> 40);
}

static bool predict_polymorphic(struct predictor *p, struct branch_memory *memory, uint64_t address, uint64_t target)
{
    uint32_t mask = (1u << p->target_bits) - 1, place = hash_of(address);
    struct target_entry *at[TARGET_TABLES], *longest = NULL;
    uint32_t tag[TARGET_TABLES];
    int found = -1;
    for (int k = 0; k < TARGET_TABLES; k++) { /* the tables' histories are those of the first tables of directions */
        uint32_t mixed = ((p->index_fold[k] | p->tag_fold[k] << MOST_BITS) ^ place) * 0x9E3779B1u;
        at[k] = &p->targets[k][(mixed >> (32 - TARGET_BITS)) & mask];
        tag[k] = mixed << 1 | 1;
        if (at[k]->tag == tag[k]) {
            longest = at[k];
            found = k;
        }
    }
    bool is_right = (longest ? longest->target : memory->last_target) == target;
    memory->last_target = target;
    if (longest) {
        if (longest->target == target)
            longest->sure += longest->sure < SURE;
        else if (longest->sure)
            longest->sure--;
        else
            longest->target = target;
    }
    for (int k = found + 1; !is_right && k < TARGET_TABLES; k++) {
        if (at[k]->sure == 0) {
            *at[k] = (struct target_entry){target, tag[k], 0};
            break;
        }
        at[k]->sure--;
    }
    return is_right;
}

bool predict_target(struct predictor *p, struct branch_memory *memory, uint64_t address, uint64_t target, bool is_call)
{
    if (memory->bias == BIAS_MIXED) {
        bool is_right = predict_polymorphic(p, memory, address, target);
        remember(p, hash_of((is_call ? p->by_callee : p->by_target) ? target : address) & 0x3F);
        return is_right;
    }
    bool is_right = memory->bias == BIAS_TAKEN && memory->last_target == target;
    memory->bias = memory->bias == BIAS_UNSEEN || is_right ? BIAS_TAKEN : BIAS_MIXED;
    memory->last_target = target;
    return is_right;
}

bool predict_return(struct predictor *p, uint64_t target)
{
    bool is_right = p->returns[p->top] == target;
    p->top = (p->top + p->depth - 1) % p->depth;
    return is_right;
}
