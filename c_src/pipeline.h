/* How many simple instructions the core does in a cycle, and how many it looks ahead. Written in assembly: which
 * instructions stand there, and how many, is what is measured. On an instruction set not written here every kernel
 * returns -1 and does nothing. */
#ifndef HWBENCH_PIPELINE_H
#define HWBENCH_PIPELINE_H
#include <stdint.h>

/* Independent integer additions of 1 (192 a repeat), alone or mixed with loads that hit, stores, and vector additions:
 * 3 additions to 2 loads and a store (192), 4 to 2 loads (180), 5 to 2 loads and a store (192), 4 to 2 loads and 2 vector
 * additions (192). `words` has 16 words. Return the number of integer additions done, counted by themselves. */
int64_t pipeline_adds(int64_t *words, int64_t repeats);
int64_t pipeline_adds_3_loads_2_stores_1(int64_t *words, int64_t repeats);
int64_t pipeline_adds_4_loads_2(int64_t *words, int64_t repeats);
int64_t pipeline_adds_5_loads_2_stores_1(int64_t *words, int64_t repeats);
int64_t pipeline_adds_4_loads_2_vectors_2(int64_t *words, int64_t repeats);

/* 96 loads of the 16 words a repeat: returns the sum of words 8 to 15. 96 stores of the number of repeats that are left: returns
 * the sum of words 8 to 15. */
int64_t pipeline_loads(int64_t *words, int64_t repeats);
int64_t pipeline_stores(int64_t *words, int64_t repeats);

/* 64 conditional branches a repeat, none of them taken, or all of them (each to the next 16 bytes); return `repeats`. */
int64_t pipeline_untaken(int64_t repeats);
int64_t pipeline_taken(int64_t repeats);

/* Follow two pointers of a ring (see chase.h) in turn, with `fillers` (0 to 1023) independent instructions after each: integer
 * additions, integer and vector additions by turns, loads that hit, stores, additions that wait for the pointer just followed
 * (and for nothing else). Return the sum of the two offsets in bytes and leave in positions[0] and [1] where they ended; -1 for an impossible number of fillers. */
int64_t pipeline_window_adds(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats);
int64_t pipeline_window_mixed(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats);
int64_t pipeline_window_loads(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats);
int64_t pipeline_window_stores(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats);
int64_t pipeline_window_waiting(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats);
#endif
