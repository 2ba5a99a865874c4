/* Branches whose direction or target comes from an array, and calls. The work in every arm is one addition that no compiler
 * may merge, vectorise or turn into a conditional move.
 * `position` is where in the array the last call ended: the next goes on from there, so that a long sequence is not re-learned. */
#ifndef HWBENCH_BRANCH_H
#define HWBENCH_BRANCH_H
#include <stdint.h>

/* Take one conditional branch a repeat, taken or not as outcomes[p] says, p going round `count` bytes; returns
 * 3 * (non-zero outcomes) + 1 * (zero outcomes), or -1 if there are no outcomes. */
int64_t branch_conditional(const uint8_t *outcomes, int64_t *position, int64_t count, int64_t repeats);

/* Take one indirect jump a repeat to one of 64 targets, targets[p] modulo 64; returns the sum of (target + 1), or -1 if there
 * are no targets. */
int64_t branch_indirect(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats);

/* The same with 16 targets (targets[p] modulo 16), each of which ends with a jump of its own to the next, as the handlers of an
 * interpreter do. Written in assembly, since compilers merge such jumps; returns -1 on an instruction set not written here. */
int64_t branch_threaded(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats);

/* Call one of 16 functions a repeat, targets[p] modulo 16, from one place; each adds (target + 1), and the sum is returned. */
int64_t branch_call_table(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats);

/* Add `step` 16 times a repeat: in place, in a function that is called, in a function that is called through a pointer.
 * Return 16 * step * repeats. */
int64_t branch_call_none(int64_t step, int64_t repeats);
int64_t branch_call_direct(int64_t step, int64_t repeats);
int64_t branch_call_indirect(int64_t step, int64_t repeats);
#endif
