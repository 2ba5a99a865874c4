/* Dependence by value: whether the address of a load was made of what an earlier load returned.
 *
 * Of the last accesses the loads' values are kept. A load depends on one of them where its address is that value plus a
 * small offset (a pointer), or where `address = base + scale * value` has held for this pair of instructions each time
 * before (an index). Base and scale are learned from two executions and believed after they held again. A load passes on
 * the level that the load behind its address missed, so that a chain through fields that hit is still a chain; a hit on a
 * line that a miss among the last accesses is still fetching waits as that miss does.
 * Not found: addresses that were computed otherwise (hashed, masked, shifted down).
 */
#ifndef HWBENCH_COUNTING_TRACE_DEPENDENCE_H
#define HWBENCH_COUNTING_TRACE_DEPENDENCE_H

#include <stdint.h>

enum {
    KEPT = 64,          /* accesses: about what a core's window of instructions holds */
    LARGEST_OFFSET = 512, /* bytes of an object behind a pointer */
    CANDIDATES = 6,     /* instructions that may have loaded the index of one instruction */
    LEARNERS = 4096,
    FETCHED = 256,
    LARGEST_SCALE = 8192
};

/* An instruction that may load the index for another: the last value and address seen together, and what they say. */
struct candidate {
    uint64_t instruction, address;
    int64_t value, scale;
    uint32_t held; /* so many times in a row */
};

struct learner {
    uint64_t instruction;
    struct candidate candidates[CANDIDATES];
};

struct dependence {
    uint64_t next; /* position of the next access; the kept ones lie before it, modulo KEPT */
    uint64_t values[KEPT], instructions[KEPT];
    uint8_t missed[KEPT]; /* how many levels the load, or one that its address was made of, missed */
    struct fetched {
        uint64_t line, position;
        uint8_t missed;
    } fetched[FETCHED]; /* the lines that misses brought last */
    struct learner learners[LEARNERS];
};

/* The most levels that a load behind this address missed. */
unsigned dependence_of(struct dependence *known, uint64_t address, uint64_t instruction);
/* Look for the instruction that loads this one's index; only for loads that miss, since it is slow. */
void dependence_learn(struct dependence *known, uint64_t address, uint64_t instruction);
/* A miss begins to fetch its line; a streamed one is there in time and counts as none (0). */
void dependence_fetch(struct dependence *known, uint64_t line, unsigned missed);
/* How many levels the line missed that is still being fetched; 0 where it is there. */
unsigned dependence_fetching(const struct dependence *known, uint64_t line);
/* Keep what a load returned (a store: 0), and how many levels it, or what is behind it, missed. */
void dependence_keep(struct dependence *known, uint64_t value, uint64_t instruction, unsigned missed);

#endif
