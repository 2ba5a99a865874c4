#include "decode_x86.h"

/* Sizes of the opcodes whose lowest bit tells a byte operand from a full one. */
static unsigned bytes_of(const struct instruction *i) { return (i->opcode & 1) ? operand_bytes(i) : 1; }

static bool is_repeated(const struct instruction *i) { return i->has_f3 || i->has_f2; }

static void flow(struct instruction *i, enum flow_kind kind, unsigned uops) {
    set_class(i, OP_BRANCH, uops);
    i->out->flow = (uint8_t)kind;
}

static void push(struct instruction *i) { access_through(i, RSP, 0, 1, i->has_66 ? 2 : 8); }

static void pop(struct instruction *i) { access_through(i, RSP, 1, 0, i->has_66 ? 2 : 8); }

enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

/* Flags of the eight operations that the opcode numbers: add, or, adc, sbb, and, sub, xor, cmp. */
static void arithmetic_flags(struct instruction *i, unsigned operation) {
    if (operation == ADC || operation == SBB) read_flags(i->out);
    write_flags(i->out);
}

static bool arithmetic(struct instruction *i) {
    unsigned operation = (i->opcode >> 3) & 7, form = i->opcode & 7, bytes = bytes_of(i);
    if (form > 5) return false;
    if (form >= 4) {
        reads(i->out, RAX);
        if (operation != CMP) write_general(i, RAX, bytes);
    } else if (form < 2) {
        reads(i->out, general(i, i->reg, bytes));
        operation == CMP ? read_operand(i, bytes) : modify_operand(i, bytes);
    } else {
        reads(i->out, general(i, i->reg, bytes));
        read_operand(i, bytes);
        if (operation != CMP) write_general(i, i->reg, bytes);
    }
    arithmetic_flags(i, operation);
    bool is_same = form < 4 && !i->is_memory && i->reg == i->rm && bytes >= 4;
    i->out->breaks_dependence = is_same && (operation == XOR || operation == SUB);
    return true;
}

static bool immediate_arithmetic(struct instruction *i) {
    unsigned operation = i->reg & 7, bytes = bytes_of(i);
    if (i->opcode == 0x82) return false;
    operation == CMP ? read_operand(i, bytes) : modify_operand(i, bytes);
    arithmetic_flags(i, operation);
    return true;
}

static void exchange(struct instruction *i, unsigned bytes) {
    unsigned other = general(i, i->reg, bytes);
    reads(i->out, other);
    writes(i->out, other);
    modify_operand(i, bytes);
    set_class(i, i->is_memory ? OP_ATOMIC : OP_INTEGER, i->is_memory ? 8 : 2);
}

/* Moves to and from memory and between registers; of a part of a register only a merge is left. */
static void move(struct instruction *i, bool is_store, unsigned bytes) {
    if (is_store) {
        reads(i->out, general(i, i->reg, bytes));
        write_operand(i, bytes);
    } else {
        read_operand(i, bytes);
        write_general(i, i->reg, bytes);
    }
    bool merges = bytes < 4 && !(is_store && i->is_memory);
    set_class(i, merges ? OP_INTEGER : OP_MOVE, 1);
}

static void shift(struct instruction *i) {
    unsigned operation = i->reg & 7;
    modify_operand(i, bytes_of(i));
    if (i->opcode >= 0xd2) reads(i->out, RCX);
    if (operation == 2 || operation == 3) { /* rotate through carry */
        read_flags(i->out);
        set_class(i, OP_INTEGER, i->opcode == 0xd0 || i->opcode == 0xd1 ? 3 : 8);
    }
    write_flags(i->out);
}

static void string_operation(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned kind = i->opcode & ~1u, bytes = bytes_of(i);
    bool has_source = kind == 0xa4 || kind == 0xa6 || kind == 0xac || kind == 0x6e;
    bool has_destination = kind == 0xa4 || kind == 0xa6 || kind == 0xaa || kind == 0xae || kind == 0x6c;
    bool stores = kind == 0xa4 || kind == 0xaa || kind == 0x6c;
    if (is_repeated(i)) reads(out, RCX), writes(out, RCX);
    if (has_source) {
        access_through(i, RSI, 1, 0, bytes);
        writes(out, RSI);
    }
    if (has_destination) {
        access_through(i, RDI, !stores, stores, bytes);
        writes(out, RDI);
    }
    if (kind == 0xaa || kind == 0xae) reads(out, RAX);
    if (kind == 0xac) write_general(i, RAX, bytes);
    if (kind == 0xa6 || kind == 0xae) write_flags(out);
    set_class(i, is_repeated(i) ? OP_STRING : OP_INTEGER, is_repeated(i) ? 8 : 3);
    out->is_conditional_access = is_repeated(i);
}

/* Group 3: test, not, neg, mul, imul, div, idiv. */
static void group_3(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned operation = i->reg & 7, bytes = bytes_of(i);
    if (operation <= 1) {
        read_operand(i, bytes);
        write_flags(out);
        return;
    }
    if (operation <= 3) {
        modify_operand(i, bytes);
        if (operation == 3) write_flags(out);
        return;
    }
    read_operand(i, bytes);
    reads(out, RAX);
    if (operation >= 6 && bytes > 1) reads(out, RDX);
    write_general(i, RAX, bytes);
    if (bytes > 1) write_general(i, RDX, bytes);
    write_flags(out);
    if (operation < 6) {
        set_class(i, OP_MULTIPLY, 2);
    } else {
        set_class(i, bytes == 8 ? OP_DIVIDE_64 : OP_DIVIDE_32, 4);
    }
}

/* Groups 4 and 5: inc, dec, call, jmp, push. */
static bool group_5(struct instruction *i) {
    unsigned operation = i->reg & 7, bytes = bytes_of(i);
    if (operation <= 1) {
        modify_operand(i, bytes);
        write_flags(i->out);
        return true;
    }
    if (bytes == 1 || operation == 3 || operation == 5 || operation == 7) return false; /* far ones are for systems */
    read_operand(i, 8);
    if (operation == 2) {
        flow(i, FLOW_INDIRECT_CALL, 2);
        push(i);
    } else if (operation == 4) {
        flow(i, FLOW_INDIRECT_JUMP, 1);
    } else {
        push(i);
        set_class(i, OP_MOVE, i->is_memory ? 2 : 1);
    }
    return true;
}

static bool row_5(struct instruction *i) {
    unsigned number = (i->opcode & 7) + i->extend_base;
    if (i->opcode < 0x58) {
        reads(i->out, number);
        push(i);
    } else {
        pop(i);
        writes(i->out, number);
    }
    set_class(i, OP_MOVE, 1);
    return true;
}

static bool row_6(struct instruction *i) {
    unsigned bytes = operand_bytes(i);
    switch (i->opcode) {
    case 0x63: /* movsxd */
        read_operand(i, 4);
        write_general(i, i->reg, bytes);
        if (i->is_memory) set_class(i, OP_MOVE, 1);
        return true;
    case 0x68: case 0x6a:
        push(i);
        set_class(i, OP_MOVE, 1);
        return true;
    case 0x69: case 0x6b:
        read_operand(i, bytes);
        write_general(i, i->reg, bytes);
        write_flags(i->out);
        set_class(i, OP_MULTIPLY, 1);
        return true;
    case 0x6c ... 0x6f:
        string_operation(i);
        set_class(i, OP_SYSTEM, 1);
        return true;
    default: return false;
    }
}

static bool row_8(struct instruction *i) {
    unsigned bytes = bytes_of(i);
    switch (i->opcode) {
    case 0x80 ... 0x83: return immediate_arithmetic(i);
    case 0x84: case 0x85:
        reads(i->out, general(i, i->reg, bytes));
        read_operand(i, bytes);
        write_flags(i->out);
        return true;
    case 0x86: case 0x87: exchange(i, bytes); return true;
    case 0x88: case 0x89: move(i, true, bytes); return true;
    case 0x8a: case 0x8b: move(i, false, bytes); return true;
    case 0x8c: /* from a segment register */
        write_operand(i, i->is_memory ? 2 : operand_bytes(i));
        set_class(i, OP_OTHER, 2);
        return true;
    case 0x8d: /* lea: the address itself is the result */
        if (!i->is_memory) return false;
        reads(i->out, i->base);
        reads(i->out, i->index);
        write_general(i, i->reg, operand_bytes(i));
        return true;
    case 0x8e:
        read_operand(i, 2);
        set_class(i, OP_OTHER, 8);
        return true;
    default: /* 8f: pop to memory or a register */
        if (i->reg & 7) return false;
        pop(i);
        write_operand(i, i->has_66 ? 2 : 8);
        set_class(i, OP_MOVE, i->is_memory ? 2 : 1);
        return true;
    }
}

static bool row_9(struct instruction *i) {
    struct decoded *out = i->out;
    switch (i->opcode) {
    case 0x90 ... 0x97: {
        unsigned number = (i->opcode & 7) + i->extend_base;
        if (number == RAX) {
            set_class(i, i->has_f3 ? OP_OTHER : OP_NOP, 1); /* pause waits on purpose */
            return true;
        }
        i->rm = (uint8_t)number;
        i->reg = RAX;
        exchange(i, operand_bytes(i));
        return true;
    }
    case 0x98: /* cbw, cwde, cdqe */
        reads(out, RAX);
        write_general(i, RAX, operand_bytes(i));
        return true;
    case 0x99: /* cwd, cdq, cqo */
        reads(out, RAX);
        write_general(i, RDX, operand_bytes(i));
        return true;
    case 0x9b: set_class(i, OP_FLOAT_OTHER, 1); return true;
    case 0x9c: case 0x9d:
        i->opcode == 0x9c ? push(i) : pop(i);
        i->opcode == 0x9c ? read_flags(out) : write_flags(out);
        set_class(i, OP_OTHER, 3);
        return true;
    case 0x9e: case 0x9f:
        i->opcode == 0x9e ? reads(out, RAX) : read_flags(out);
        i->opcode == 0x9e ? write_flags(out) : write_general(i, RAX, 1);
        return true;
    default: return false;
    }
}

static bool row_a(struct instruction *i) {
    unsigned bytes = bytes_of(i);
    switch (i->opcode) {
    case 0xa0: case 0xa1: /* moves between the accumulator and an absolute address */
        access_memory(i, 1, 0, bytes);
        write_general(i, RAX, bytes);
        set_class(i, OP_MOVE, 1);
        return true;
    case 0xa2: case 0xa3:
        reads(i->out, RAX);
        access_memory(i, 0, 1, bytes);
        set_class(i, OP_MOVE, 1);
        return true;
    case 0xa8: case 0xa9:
        reads(i->out, RAX);
        write_flags(i->out);
        return true;
    default: string_operation(i); return true;
    }
}

static bool row_c(struct instruction *i) {
    switch (i->opcode) {
    case 0xc0: case 0xc1: shift(i); return true;
    case 0xc2: case 0xc3:
        flow(i, FLOW_RETURN, 1);
        access_through(i, RSP, 1, 0, 8);
        return true;
    case 0xc6: case 0xc7:
        if (i->reg & 7) { /* xabort, xbegin */
            set_class(i, OP_OTHER, 8);
            return !i->is_memory;
        }
        write_operand(i, bytes_of(i));
        if (i->is_memory) set_class(i, OP_MOVE, 1);
        return true;
    case 0xc9: /* leave: the stack pointer comes from rbp, not from the stack engine */
        access_through(i, RBP, 1, 0, 8);
        reads(i->out, RBP);
        writes(i->out, RBP);
        writes(i->out, RSP);
        set_class(i, OP_INTEGER, 2);
        return true;
    case 0xc8: /* enter */
        push(i);
        reads(i->out, RBP);
        writes(i->out, RBP);
        writes(i->out, RSP);
        set_class(i, OP_OTHER, 8);
        return true;
    case 0xcc: case 0xcd: case 0xcf: set_class(i, OP_SYSTEM, 8); return true;
    default: return false;
    }
}

static bool row_e(struct instruction *i) {
    switch (i->opcode) {
    case 0xe0 ... 0xe3: /* loop and jrcxz */
        flow(i, FLOW_CONDITIONAL, i->opcode == 0xe3 ? 2 : 4);
        reads(i->out, RCX);
        if (i->opcode < 0xe2) read_flags(i->out);
        if (i->opcode < 0xe3) writes(i->out, RCX);
        return true;
    case 0xe8:
        flow(i, FLOW_CALL, 2);
        access_through(i, RSP, 0, 1, 8);
        return true;
    case 0xe9: case 0xeb: flow(i, FLOW_JUMP, 1); return true;
    case 0xe4 ... 0xe7: case 0xec ... 0xef: set_class(i, OP_SYSTEM, 8); return true;
    default: return false;
    }
}

static bool row_f(struct instruction *i) {
    switch (i->opcode) {
    case 0xf1: case 0xf4: case 0xfa: case 0xfb: set_class(i, OP_SYSTEM, 8); return true;
    case 0xf5: read_flags(i->out); write_flags(i->out); return true;
    case 0xf6: case 0xf7: group_3(i); return true;
    case 0xf8: case 0xf9: write_flags(i->out); return true;
    case 0xfc: case 0xfd: set_class(i, OP_OTHER, 3); return true; /* the direction flag is none of ours */
    case 0xfe: case 0xff: return group_5(i);
    default: return false;
    }
}

bool decode_general(struct instruction *i) {
    switch (i->opcode >> 4) {
    case 0x0 ... 0x3: return arithmetic(i);
    case 0x5: return row_5(i);
    case 0x6: return row_6(i);
    case 0x7:
        read_flags(i->out);
        flow(i, FLOW_CONDITIONAL, 1);
        return true;
    case 0x8: return row_8(i);
    case 0x9: return row_9(i);
    case 0xa: return row_a(i);
    case 0xb:
        write_general(i, (i->opcode & 7) + i->extend_base, i->opcode < 0xb8 ? 1 : operand_bytes(i));
        return true;
    case 0xc: return row_c(i);
    case 0xd:
        if (i->opcode >= 0xd8) return decode_x87(i);
        if (i->opcode == 0xd7) { /* xlat */
            i->index = RAX;
            access_through(i, RBX, 1, 0, 1);
            addressed_by(i->out, RAX);
            write_general(i, RAX, 1);
            return true;
        }
        if (i->opcode >= 0xd4) return false;
        shift(i);
        return true;
    case 0xe: return row_e(i);
    case 0xf: return row_f(i);
    default: return false;
    }
}
