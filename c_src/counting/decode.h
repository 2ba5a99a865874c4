/* What the timing model must know of one machine instruction: the registers that it reads and writes, the kind of
 * work it is, and its memory accesses. The length is known already (the emulator tells it), so only prefixes, opcode
 * and operands are decoded; the guest's instruction set is the host's.
 *
 * What it simplifies: the flags are one register, the x87 stack is one register (with all of MMX beside the low vector
 * registers), a push, pop, call or return leaves the stack pointer unwaited-for (hardware keeps it in a stack engine).
 */
#ifndef HWBENCH_COUNTING_DECODE_H
#define HWBENCH_COUNTING_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op_class {
    OP_NOP,
    OP_INTEGER,
    OP_MULTIPLY,
    OP_DIVIDE_32,
    OP_DIVIDE_64,
    OP_FLOAT_ADD,
    OP_FLOAT_MULTIPLY,
    OP_FLOAT_FMA,
    OP_FLOAT_DIVIDE_32,
    OP_FLOAT_DIVIDE_64,
    OP_FLOAT_ROOT_32,
    OP_FLOAT_ROOT_64,
    OP_FLOAT_OTHER, /* compare, convert, minimum and maximum, x87 */
    OP_VECTOR_INTEGER,
    OP_VECTOR_MULTIPLY,
    OP_VECTOR_MOVE, /* shuffle, blend, logic, moves that merge vector registers */
    OP_TRANSFER,    /* between integer and vector registers */
    OP_MOVE,        /* register to register, eliminated; a pure load or store of any kind: no work beside it */
    OP_BRANCH,
    OP_ATOMIC,
    OP_FENCE,
    OP_STRING, /* rep movs, rep stos and the like */
    OP_SYSTEM,
    OP_OTHER, /* microcoded, unknown */
    OP_CLASSES
};

enum flow_kind {
    FLOW_NONE,
    FLOW_CONDITIONAL,
    FLOW_JUMP,
    FLOW_CALL,
    FLOW_RETURN,
    FLOW_INDIRECT_JUMP,
    FLOW_INDIRECT_CALL
};

/* x86: 0-15 general, 16-47 vector, 48-55 mask. AArch64: 0-30 x, 31 sp, 32-63 v. */
#if defined(__x86_64__)
enum { GENERAL_REGISTERS = 16 };
#else
enum { GENERAL_REGISTERS = 32 };
#endif
enum { REGISTERS = 72, REGISTER_FLAGS = 64, REGISTER_X87 = 65, NO_REGISTER = 255 };

struct decoded {
    uint8_t op, flow;
    uint8_t source[6], sources;          /* registers read as data */
    uint8_t address[3], addresses;       /* registers that form the address of the memory operand */
    uint8_t target[3], targets;          /* registers written */
    uint8_t loads, stores;               /* expected memory accesses: 0, 1, 2 */
    uint8_t access_bytes;                /* of one access */
    uint8_t element_bytes, vector_bytes; /* of SIMD and float arithmetic: a scalar float's are equal; 0 otherwise */
    uint8_t uops;               /* rough number of micro-operations to dispatch, at least 1: a load and its use are one,
                                   and an eliminated move takes its place too */
    bool breaks_dependence;     /* xor r,r and the like: sources are not waited for */
    bool is_conditional_access; /* may not happen, or a variable number of times (rep, gather, masked) */
    bool known;                 /* decoded fully */
    uint8_t integers;           /* general registers written: set when the block is finished */
};

void decode(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out);

#endif
