#include "decode_x86.h"

static void conditional_branch(struct instruction *i) {
    read_flags(i->out);
    set_class(i, OP_BRANCH, 1);
    i->out->flow = FLOW_CONDITIONAL;
}

/* Moves that widen: a byte or a word into a whole register. */
static void extend(struct instruction *i) {
    read_operand(i, (i->opcode & 1) ? 2 : 1);
    write_general(i, i->reg, operand_bytes(i));
    if (i->is_memory && operand_bytes(i) >= 4) set_class(i, OP_MOVE, 1);
}

/* bt, bts, btr, btc: with a register as the bit's number the address depends on it. */
static bool bit_test(struct instruction *i, unsigned operation, bool has_register) {
    unsigned bytes = operand_bytes(i);
    if (has_register) {
        reads(i->out, general(i, i->reg, bytes));
        if (i->is_memory) addressed_by(i->out, i->reg);
    }
    operation == 4 ? read_operand(i, bytes) : modify_operand(i, bytes);
    write_flags(i->out);
    if (i->is_memory && has_register) set_class(i, OP_INTEGER, 8);
    return operation >= 4;
}

static void compare_exchange(struct instruction *i, unsigned bytes) {
    reads(i->out, RAX);
    reads(i->out, general(i, i->reg, bytes));
    modify_operand(i, bytes);
    writes(i->out, RAX);
    write_flags(i->out);
    set_class(i, OP_INTEGER, 5);
}

static void exchange_add(struct instruction *i, unsigned bytes) {
    unsigned other = general(i, i->reg, bytes);
    reads(i->out, other);
    writes(i->out, other);
    modify_operand(i, bytes);
    write_flags(i->out);
    set_class(i, OP_INTEGER, 3);
}

/* Group 9: cmpxchg8b and cmpxchg16b, saving of state, random numbers. */
static bool group_9(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned operation = i->reg & 7;
    if (!i->is_memory) {
        write_general(i, i->rm, operand_bytes(i));
        write_flags(out);
        set_class(i, OP_OTHER, 8);
        return operation >= 6;
    }
    if (operation == 1) {
        access_memory(i, 1, 1, i->wide ? 16 : 8);
        reads(out, RAX), reads(out, RDX), reads(out, RBX), reads(out, RCX);
        writes(out, RAX), writes(out, RDX), write_flags(out);
        set_class(i, OP_INTEGER, 16);
        return true;
    }
    access_memory(i, operation == 3, operation != 3, 64); /* xrstors, xsavec, xsaves */
    reads(out, RAX), reads(out, RDX);
    set_class(i, OP_OTHER, 32);
    out->is_conditional_access = true;
    return operation >= 3 && operation <= 5;
}

static bool group_15_register(struct instruction *i) {
    unsigned operation = i->reg & 7;
    if (i->prefix == PREFIX_F3) { /* the bases of fs and gs; the shadow stack */
        set_class(i, OP_OTHER, 2);
        if (operation < 2) write_general(i, i->rm, operand_bytes(i));
        if (operation >= 2) read_operand(i, operand_bytes(i));
        return operation <= 6;
    }
    set_class(i, OP_FENCE, operation == 6 ? 3 : 2);
    return operation >= 5;
}

/* Group 15: saving of state, the control word of SSE, flushes of a line, fences. */
static bool group_15(struct instruction *i) {
    unsigned operation = i->reg & 7;
    if (!i->is_memory) return group_15_register(i);
    if (operation == 2 || operation == 3) {
        access_memory(i, operation == 2, operation == 3, 4);
        set_class(i, OP_OTHER, 3);
    } else if (operation == 7 || (operation == 6 && i->prefix == PREFIX_66)) {
        set_class(i, OP_OTHER, 2); /* clflush, clflushopt, clwb: no access of the program's */
    } else {
        bool is_load = operation == 1 || operation == 5;
        access_memory(i, is_load, !is_load, 64);
        if (operation >= 4) reads(i->out, RAX), reads(i->out, RDX);
        set_class(i, OP_OTHER, 32);
        i->out->is_conditional_access = true;
    }
    return true;
}

/* Group 7: system tables in memory; among its register forms xgetbv and rdtscp, which programs use. */
static bool group_7(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned operation = i->reg & 7;
    set_class(i, OP_OTHER, 8);
    if (i->is_memory) {
        set_class(i, OP_SYSTEM, 8);
        if (operation != 7) access_memory(i, operation == 2 || operation == 3 || operation == 6, operation <= 1, 10);
        out->is_conditional_access = true;
        return operation != 5;
    }
    switch (operation << 4 | (i->rm & 7)) {
    case 0x20: reads(out, RCX), writes(out, RAX), writes(out, RDX); break;                  /* xgetbv */
    case 0x71: writes(out, RAX), writes(out, RDX), writes(out, RCX); break;                 /* rdtscp */
    case 0x26: write_flags(out); break;                                                     /* xtest */
    default: break;
    }
    return true;
}

static bool system_row(struct instruction *i) {
    struct decoded *out = i->out;
    set_class(i, OP_SYSTEM, 8);
    switch (i->opcode) {
    case 0x00: /* selectors */
        if (i->is_memory) access_memory(i, (i->reg & 7) >= 2, (i->reg & 7) < 2, 2);
        out->is_conditional_access = true;
        return true;
    case 0x01: return group_7(i);
    case 0x02: case 0x03:
        read_operand(i, 2);
        write_general(i, i->reg, operand_bytes(i));
        write_flags(out);
        return true;
    case 0x05:
        reads(out, RAX), reads(out, RDI), reads(out, RSI), reads(out, RDX);
        writes(out, RAX), writes(out, RCX), writes(out, R11);
        return true;
    case 0x06: case 0x07: case 0x08: case 0x09: case 0x0b: return true;
    case 0x0d: set_class(i, OP_NOP, 1); return true; /* prefetchw */
    case 0x0e: set_class(i, OP_OTHER, 3); return true;
    default: return false;
    }
}

static bool row_3(struct instruction *i) {
    struct decoded *out = i->out;
    set_class(i, OP_SYSTEM, 8);
    switch (i->opcode) {
    case 0x31: case 0x33: /* rdtsc, rdpmc */
        writes(out, RAX), writes(out, RDX);
        set_class(i, OP_OTHER, 16);
        return true;
    default: return i->opcode < 0x38;
    }
}

static bool row_a(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned bytes = operand_bytes(i);
    switch (i->opcode) {
    case 0xa0: case 0xa8: access_through(i, RSP, 0, 1, 8); set_class(i, OP_OTHER, 2); return true;
    case 0xa1: case 0xa9: access_through(i, RSP, 1, 0, 8); set_class(i, OP_OTHER, 8); return true;
    case 0xa2: /* cpuid, which writes rbx too: there is room for three */
        reads(out, RAX), reads(out, RCX);
        writes(out, RAX), writes(out, RCX), writes(out, RDX);
        set_class(i, OP_OTHER, 32);
        return true;
    case 0xa3: return bit_test(i, 4, true);
    case 0xab: return bit_test(i, 5, true);
    case 0xa4: case 0xa5: case 0xac: case 0xad: /* shld, shrd */
        reads(out, i->reg);
        modify_operand(i, bytes);
        if (i->opcode & 1) reads(out, RCX);
        write_flags(out);
        set_class(i, OP_INTEGER, 3);
        return true;
    case 0xae: return group_15(i);
    case 0xaf:
        reads(out, i->reg);
        read_operand(i, bytes);
        write_general(i, i->reg, bytes);
        write_flags(out);
        set_class(i, OP_MULTIPLY, 1);
        return true;
    default: return false;
    }
}

/* Counts of bits: popcnt, tzcnt, lzcnt; bsf and bsr keep the target where the source is zero. */
static void count_bits(struct instruction *i) {
    unsigned bytes = operand_bytes(i);
    if (i->prefix != PREFIX_F3) reads(i->out, i->reg);
    read_operand(i, bytes);
    write_general(i, i->reg, bytes);
    write_flags(i->out);
}

static bool row_b(struct instruction *i) {
    switch (i->opcode) {
    case 0xb0: compare_exchange(i, 1); return true;
    case 0xb1: compare_exchange(i, operand_bytes(i)); return true;
    case 0xb3: return bit_test(i, 6, true);
    case 0xbb: return bit_test(i, 7, true);
    case 0xba: return bit_test(i, i->reg & 7, false);
    case 0xb6: case 0xb7: case 0xbe: case 0xbf: extend(i); return true;
    case 0xb8: count_bits(i); return i->prefix == PREFIX_F3;
    case 0xb9: set_class(i, OP_SYSTEM, 8); return true; /* ud1 */
    case 0xbc: case 0xbd: count_bits(i); return true;
    default: return false;
    }
}

static bool extended_0f(struct instruction *i) {
    struct decoded *out = i->out;
    switch (i->opcode) {
    case 0x00 ... 0x0e: return system_row(i);
    case 0x18 ... 0x1f: /* prefetches, endbr64 and other hints */
        set_class(i, OP_NOP, 1);
        return true;
    case 0x20 ... 0x23: set_class(i, OP_SYSTEM, 8); return true;
    case 0x30 ... 0x37: return row_3(i);
    case 0x40 ... 0x4f: /* cmov loads, whatever the condition */
        reads(out, i->reg);
        read_operand(i, operand_bytes(i));
        write_general(i, i->reg, operand_bytes(i));
        read_flags(out);
        return true;
    case 0x80 ... 0x8f: conditional_branch(i); return true;
    case 0x90 ... 0x9f:
        write_operand(i, 1);
        read_flags(out);
        return true;
    case 0xa0 ... 0xaf: return row_a(i);
    case 0xb0 ... 0xbf: return row_b(i);
    case 0xc0: exchange_add(i, 1); return true;
    case 0xc1: exchange_add(i, operand_bytes(i)); return true;
    case 0xc3: /* movnti */
        reads(out, i->reg);
        write_operand(i, operand_bytes(i));
        set_class(i, OP_MOVE, 1);
        return i->is_memory;
    case 0xc7: return group_9(i);
    case 0xc8 ... 0xcf: { /* bswap */
        unsigned number = (i->opcode & 7) + i->extend_base;
        reads(out, number);
        write_general(i, number, operand_bytes(i));
        return true;
    }
    case 0xff: set_class(i, OP_SYSTEM, 8); return true; /* ud0 */
    default: return false;
    }
}

/* movbe and crc32, which share opcodes, and adcx and adox. */
static bool extended_0f38(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned bytes = operand_bytes(i);
    switch (i->opcode) {
    case 0xf0: case 0xf1:
        if (i->prefix == PREFIX_F2) { /* crc32 */
            unsigned size = i->opcode == 0xf0 ? 1 : bytes;
            reads(out, i->reg);
            read_operand(i, size);
            write_general(i, i->reg, 4);
            set_class(i, OP_MULTIPLY, 1);
        } else if (i->opcode == 0xf0) {
            read_operand(i, bytes);
            write_general(i, i->reg, bytes);
        } else {
            reads(out, i->reg);
            write_operand(i, bytes);
        }
        return true;
    case 0xf6:
        if (i->prefix != PREFIX_66 && i->prefix != PREFIX_F3) return false;
        reads(out, i->reg);
        read_operand(i, i->wide ? 8 : 4);
        read_flags(out);
        write_general(i, i->reg, 8);
        write_flags(out);
        return true;
    default: return false;
    }
}

bool decode_extended(struct instruction *i) {
    if (i->map == MAP_0F) return extended_0f(i);
    return i->map == MAP_0F38 && extended_0f38(i);
}

/* The general-purpose instructions that VEX encodes: BMI1 and BMI2, and the control word of SSE. */
bool decode_bit_manipulation(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned bytes = i->wide ? 8 : 4;
    if (i->encoding != VEX) return false;
    if (i->map == MAP_0F && i->opcode == 0xae) return i->is_memory && group_15(i); /* vldmxcsr, vstmxcsr */
    if (i->map == MAP_0F3A && i->opcode == 0xf0) { /* rorx */
        read_operand(i, bytes);
        write_general(i, i->reg, 8);
        return true;
    }
    if (i->map != MAP_0F38 || i->opcode < 0xf2 || i->opcode > 0xf7 || i->opcode == 0xf4) return false;
    read_operand(i, bytes);
    if (i->opcode == 0xf3) { /* blsr, blsmsk, blsi: vvvv is the target */
        write_general(i, i->extra, 8);
        write_flags(out);
        return true;
    }
    bool is_mulx = i->opcode == 0xf6;
    reads(out, is_mulx ? RDX : i->extra);
    write_general(i, i->reg, 8);
    if (is_mulx) writes(out, i->extra);
    bool is_deposit = i->opcode == 0xf5 && i->prefix >= PREFIX_F3; /* pdep, pext */
    if (is_mulx || is_deposit) set_class(i, OP_MULTIPLY, is_mulx ? 2 : 1);
    bool writes_flags = i->opcode == 0xf2 || (i->opcode == 0xf5 && !is_deposit) ||
                        (i->opcode == 0xf7 && i->prefix == NO_PREFIX);
    if (writes_flags) write_flags(out);
    return true;
}
