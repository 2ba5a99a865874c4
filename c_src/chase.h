/* Dependent loads: a ring of pointers is followed, and nothing else is in the loop.
 * A ring is an array in whose used words stands the address of the next used word. */
#ifndef HWBENCH_CHASE_H
#define HWBENCH_CHASE_H
#include <stdint.h>

/* Follow `repeats` pointers from ring[position[0]] and leave in position[0] where it ended, so that the next call goes on
 * from there instead of meeting lines that it has just brought into the caches; returns that offset in bytes. */
int64_t chase_one(const int64_t *ring, int64_t *position, int64_t repeats);

/* The same with `chains` (1 to 32) rings in one array followed at once, `repeats` pointers each; returns the sum of the
 * offsets in bytes, or -1 for an impossible number of chains. */
int64_t chase_many(const int64_t *ring, int64_t *positions, int64_t chains, int64_t repeats);
#endif
