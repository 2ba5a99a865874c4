#include "decode_x86.h"

enum { LOADS, STORES, STATE_LOADS, STATE_STORES, NOTHING };

struct access {
    uint8_t kind, bytes;
};

/* The memory operand of an x87 instruction, by its first byte and the middle field of ModRM. */
static struct access memory_operand(unsigned opcode, unsigned operation) {
    static const struct access odd[4][8] = {
        /* d9 */ {{LOADS, 4}, {NOTHING, 0}, {STORES, 4}, {STORES, 4},
                  {STATE_LOADS, 28}, {LOADS, 2}, {STATE_STORES, 28}, {STORES, 2}},
        /* db */ {{LOADS, 4}, {STORES, 4}, {STORES, 4}, {STORES, 4}, {NOTHING, 0}, {LOADS, 10}, {NOTHING, 0}, {STORES, 10}},
        /* dd */ {{LOADS, 8}, {STORES, 8}, {STORES, 8}, {STORES, 8},
                  {STATE_LOADS, 108}, {NOTHING, 0}, {STATE_STORES, 108}, {STORES, 2}},
        /* df */ {{LOADS, 2}, {STORES, 2}, {STORES, 2}, {STORES, 2}, {LOADS, 10}, {LOADS, 8}, {STORES, 10}, {STORES, 8}},
    };
    static const uint8_t even[4] = {4, 4, 8, 2}; /* d8, da, dc, de: arithmetic with memory */
    unsigned row = (opcode - 0xd8) / 2;
    if (opcode & 1) return odd[row][operation];
    return (struct access){LOADS, even[row]};
}

static void register_form(struct instruction *i) {
    struct decoded *out = i->out;
    unsigned operation = i->reg & 7, low = i->rm & 7;
    bool is_compare = (i->opcode == 0xdb || i->opcode == 0xdf) && (operation == 5 || operation == 6);
    bool is_conditional_move = (i->opcode == 0xda || i->opcode == 0xdb) && operation < 4;
    if (is_compare) write_flags(out);
    if (is_conditional_move) read_flags(out);
    if (i->opcode == 0xdf && operation == 4 && low == 0) write_general(i, RAX, 2); /* fnstsw ax */
}

bool decode_x87(struct instruction *i) {
    struct decoded *out = i->out;
    bool is_arithmetic = !(i->opcode & 1);
    set_class(i, OP_FLOAT_OTHER, 1);
    reads(out, REGISTER_X87);
    writes(out, REGISTER_X87);
    if (is_arithmetic) out->element_bytes = out->vector_bytes = 10;
    if (!i->is_memory) {
        register_form(i);
        return true;
    }
    struct access access = memory_operand(i->opcode, i->reg & 7);
    bool is_state = access.kind == STATE_LOADS || access.kind == STATE_STORES;
    bool is_load = access.kind == LOADS || access.kind == STATE_LOADS;
    if (access.kind == NOTHING) return false;
    access_memory(i, is_load, !is_load, access.bytes);
    if (is_state) set_class(i, OP_OTHER, 32);
    out->is_conditional_access = is_state;
    return true;
}
