/* One row an opcode of the vector maps: how its operands are used, its class, its element and its memory operand. */
#ifndef HWBENCH_COUNTING_DECODE_X86_ROWS_H
#define HWBENCH_COUNTING_DECODE_X86_ROWS_H

#include "decode_x86.h"

/* V is the register that ModRM.reg names, W the operand that ModRM.rm names, E the same as a general register, G is
 * ModRM.reg as a general register, H is VEX.vvvv (without VEX: V itself).
 */
enum form {
    UNKNOWN,
    BINARY,          /* V from H and W */
    UNARY,           /* V from W */
    UNARY_OR_MERGE,  /* as UNARY, but a scalar keeps the upper part of H */
    IMMEDIATE_SHIFT, /* H (without VEX: W) from W */
    TERNARY,         /* V from V, H and W */
    MOVE_LOAD,       /* V from W and nothing but that; between registers a scalar is merged */
    MOVE_STORE,      /* W from V, likewise */
    LOAD_PART,       /* V from H and W, or with F2 or F3 from W alone */
    EXTRACT_PART,    /* W from V, with work besides the store */
    DUPLICATE,       /* V from W; from memory only a load */
    FROM_GENERAL,    /* V from E */
    INSERT,          /* V from H and E */
    TO_GENERAL,      /* G from W */
    TO_OPERAND,      /* E from V */
    MOVQ_OR_OPERAND, /* 7E: E from V, or with F3 V from W */
    CONVERT_FROM,    /* 2A: V from H and E, or MMX */
    CONVERT_TO,      /* 2C, 2D: G from W, or MMX */
    COMPARE,         /* flags from V and W */
    BLEND,           /* V from H, W and XMM0, or with VEX the register in the last byte */
    MASKED_LOAD,     /* V from memory where H says so */
    MASKED_STORE,    /* memory from V where H says so */
    GATHERS,
    SCATTERS,
    STRINGS,    /* pcmpestrm and its like */
    MASK_STORE, /* maskmovdqu */
    TO_MASK,    /* mask register from H and W */
    TO_MASK_ALONE, /* mask register from W */
    FROM_MASK,  /* V from the mask register W */
    NOTHING_READ
};

/* Elements that are not a number of bytes. */
enum { BY_PREFIX = 0, BY_WIDE = 32 };
/* Sizes of the memory operand that are not a number of bytes. */
enum { FULL = 0, HALF = 201, QUARTER, EIGHTH, ONE_ELEMENT, BY_OPERAND, HALF_UNLESS_66, HALF_IF_F3, EIGHT_IF_F2 };
/* Floating-point rows are scalar with F3 and F2, unless they are packed; integer rows without a prefix are MMX. */
enum { FLOATS, PACKED, SCALAR, INTEGERS };

struct row {
    uint8_t form, op, element, memory, kind, uops; /* uops: 0 means one */
};

/* Return the row of the instruction's map and opcode; its form is UNKNOWN where there is none. */
struct row vector_row(const struct instruction *i);
/* The same for what EVEX has of its own. */
struct row masked_row(const struct instruction *i);

#endif
