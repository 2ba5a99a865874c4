/* An AArch64 instruction under way, shared by the files that decode its groups.
 *
 * decode_aarch64.c knows integers, branches and the system; decode_aarch64_memory.c loads and stores,
 * decode_aarch64_vector.c floating point and SIMD, decode_aarch64_scalable.c the little of SVE that is known.
 * Source: Arm Architecture Reference Manual for A-profile, chapter C4 (A64 instruction set encoding).
 */
#ifndef HWBENCH_COUNTING_DECODE_AARCH64_H
#define HWBENCH_COUNTING_DECODE_AARCH64_H

#include "decode_parts.h"

enum { LINK = 30, STACK_POINTER = 31, V0 = 32 };

static inline unsigned bits(uint32_t word, unsigned high, unsigned low) {
    return (word >> low) & ((1u << (high - low + 1)) - 1);
}

static inline bool bit(uint32_t word, unsigned number) { return (word >> number) & 1; }

/* Where 31 means zero, it is no register; elsewhere it is the stack pointer. */
static inline unsigned or_zero(unsigned number) { return number == 31 ? (unsigned)NO_REGISTER : number; }

static inline unsigned vector(unsigned number) { return V0 + (number & 31); }

/* The usual fields of operands. */
static inline unsigned rd(uint32_t word) { return bits(word, 4, 0); }
static inline unsigned rn(uint32_t word) { return bits(word, 9, 5); }
static inline unsigned ra(uint32_t word) { return bits(word, 14, 10); }
static inline unsigned rm(uint32_t word) { return bits(word, 20, 16); }

static inline void set_class(struct decoded *out, enum op_class op, unsigned uops) {
    out->op = (uint8_t)op;
    out->uops = (uint8_t)uops;
}

/* Each returns whether it knows the instruction. */
bool decode_aarch64_memory(uint32_t word, struct decoded *out);
bool decode_aarch64_vector(uint32_t word, struct decoded *out);
bool decode_aarch64_scalable(uint32_t word, struct decoded *out);

#endif
