/* A stretch of machine code taken apart for those who ask where a program waits: every instruction's place, what it reads
 * and writes (decode.h), and how control comes to it. Called by cffi; hwbench/evidence/samples_code.py repeats the types.
 */
#ifndef HWBENCH_COUNTING_SAMPLES_CODE_H
#define HWBENCH_COUNTING_SAMPLES_CODE_H

#include "decode.h"

enum samples_mark {
    SAMPLES_KNOWN = 1,         /* decoded fully */
    SAMPLES_PAUSE = 2,         /* waits on purpose: pause, yield */
    SAMPLES_BRANCH_TARGET = 4, /* a conditional jump of this stretch goes here */
    SAMPLES_INDIRECT_ONLY = 8, /* neither the instruction before nor a direct jump of this stretch leads here */
    SAMPLES_BREAKS = 16,       /* waits for none of what it reads: xor r,r */
};

enum { SAMPLES_ITSELF = 254 }; /* as a base: the address of the next instruction */

/* Where a memory operand lies: base + index × scale + displacement, registers as in decode.h or NO_REGISTER; a scale of 0: not told.
 * `immediate` is 0 where there is none; `adds` is 1 for what adds (an increment, of an immediate of 1; lea too), -1 for what
 * takes away, else 0. */
struct samples_operand {
    int32_t displacement, immediate;
    uint8_t base, index, scale;
    int8_t adds;
};

struct samples_instruction {
    uint32_t offset;     /* from the stretch's start, in bytes */
    int32_t target;      /* of a direct jump within the stretch: the number of the instruction that it goes to; else -1 */
    int32_t jumped_from; /* the last instruction of the stretch that jumps here, or -1 */
    uint8_t length, marks, op, flow, loads, stores, access_bytes, element_bytes, vector_bytes;
    uint8_t source[6], sources, address[3], addresses, target_register[3], targets;
    struct samples_operand operand;
};

/* Take a stretch apart; return how many instructions were found, at most `room`. A byte that begins none is one, unknown. */
size_t samples_take_apart(const uint8_t *bytes, size_t size, struct samples_instruction *out, size_t room);

/* The length of the instruction at the start of `bytes`, of any machine's; 0 for what is none, or is cut short. */
size_t samples_length_x86(const uint8_t *bytes, size_t size, struct samples_operand *operand);
size_t samples_length_aarch64(const uint8_t *bytes, size_t size, struct samples_operand *operand);

#endif
