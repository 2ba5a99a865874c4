#include "decode_x86_rows.h"

#define MOVE OP_VECTOR_MOVE
#define INTEGER OP_VECTOR_INTEGER
#define MULTIPLY OP_VECTOR_MULTIPLY

static unsigned mask_register(unsigned number) { return MASK0 + (number & 7); }

/* Moves of a mask register: from a mask or memory, to memory, from and to a general register. */
static void move_mask(struct instruction *i) {
    unsigned half = i->prefix == PREFIX_66, bytes = i->wide ? (half ? 4 : 8) : (half ? 1 : 2);
    struct decoded *out = i->out;
    switch (i->opcode) {
    case 0x90:
        if (i->is_memory) access_memory(i, 1, 0, bytes);
        if (!i->is_memory) reads(out, mask_register(i->rm));
        writes(out, mask_register(i->reg));
        set_class(i, i->is_memory ? OP_MOVE : OP_VECTOR_MOVE, 1);
        break;
    case 0x91:
        reads(out, mask_register(i->reg));
        access_memory(i, 0, 1, bytes);
        set_class(i, OP_MOVE, 1);
        break;
    case 0x92:
        reads(out, i->rm & 15);
        writes(out, mask_register(i->reg));
        set_class(i, OP_TRANSFER, 1);
        break;
    default:
        reads(out, mask_register(i->rm));
        writes(out, i->reg & 15);
        set_class(i, OP_TRANSFER, 1);
        break;
    }
}

static bool is_mask_logic(const struct instruction *i) {
    if (i->map == MAP_0F3A) return i->opcode >= 0x30 && i->opcode <= 0x33; /* shifts */
    return i->map == MAP_0F && i->opcode >= 0x41 && i->opcode <= 0x4b;
}

bool decode_mask_operation(struct instruction *i) {
    struct decoded *out = i->out;
    if (i->encoding != VEX) return false;
    if (is_mask_logic(i)) {
        if (i->is_memory) return false;
        reads(out, mask_register(i->rm));
        if (i->map == MAP_0F && i->opcode != 0x44) reads(out, mask_register(i->extra));
        writes(out, mask_register(i->reg));
        out->breaks_dependence = i->map == MAP_0F && (i->opcode == 0x46 || i->opcode == 0x47) && i->extra == i->rm;
        set_class(i, OP_VECTOR_MOVE, 1);
        return true;
    }
    if (i->map != MAP_0F) return false;
    if (i->opcode >= 0x90 && i->opcode <= 0x93) {
        move_mask(i);
        return true;
    }
    if (i->opcode != 0x98 && i->opcode != 0x99) return false;
    reads(out, mask_register(i->reg));
    reads(out, mask_register(i->rm));
    write_flags(out);
    set_class(i, OP_TRANSFER, 1);
    return !i->is_memory;
}

/* Moves that narrow: by opcode's low digit, how much smaller memory is than the register. */
static struct row narrowing_row(unsigned opcode) {
    static const uint8_t sizes[6] = {HALF, QUARTER, EIGHTH, HALF, QUARTER, HALF};
    return (struct row){EXTRACT_PART, MOVE, 1, sizes[opcode & 15], PACKED, 2};
}

static struct row row_0f(const struct instruction *i) {
    bool is_scalar = i->prefix >= PREFIX_F3;
    switch (i->opcode) {
    case 0x64: case 0x74: return (struct row){TO_MASK, INTEGER, 1, FULL, PACKED, 1};
    case 0x65: case 0x75: return (struct row){TO_MASK, INTEGER, 2, FULL, PACKED, 1};
    case 0x66: case 0x76: return (struct row){TO_MASK, INTEGER, 4, FULL, PACKED, 1};
    case 0x78: case 0x79:
        return (struct row){is_scalar ? CONVERT_TO : UNARY, OP_FLOAT_OTHER, BY_PREFIX, FULL, FLOATS, 2};
    case 0x7a: return (struct row){UNARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 2};
    case 0x7b: return (struct row){is_scalar ? CONVERT_FROM : UNARY, OP_FLOAT_OTHER, BY_PREFIX, BY_OPERAND, FLOATS, 2};
    case 0xc2: return (struct row){TO_MASK, OP_FLOAT_OTHER, BY_PREFIX, FULL, FLOATS, 1};
    case 0xdb: case 0xdf: case 0xeb: case 0xef: return (struct row){BINARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    default: return (struct row){.form = UNKNOWN};
    }
}

static struct row row_0f38_f3(const struct instruction *i) {
    unsigned high = i->opcode >> 4, low = i->opcode & 15;
    if (high >= 1 && high <= 3 && low <= 5) return narrowing_row(i->opcode);
    switch (i->opcode) {
    case 0x26: case 0x27: return (struct row){TO_MASK, INTEGER, 1, FULL, PACKED, 1};
    case 0x28: case 0x38: case 0x2a: case 0x3a: return (struct row){FROM_MASK, OP_TRANSFER, 1, FULL, PACKED, 1};
    case 0x29: case 0x39: return (struct row){TO_MASK_ALONE, OP_TRANSFER, 1, FULL, PACKED, 1};
    default: return (struct row){.form = UNKNOWN};
    }
}

static struct row row_0f38(const struct instruction *i) {
    if (i->prefix == PREFIX_F3) {
        struct row row = row_0f38_f3(i);
        if (row.form != UNKNOWN) return row;
    }
    switch (i->opcode) {
    case 0x10 ... 0x12: return (struct row){BINARY, INTEGER, 2, FULL, PACKED, 1};
    case 0x14: case 0x15: return (struct row){BINARY, INTEGER, BY_WIDE, FULL, PACKED, 1};
    case 0x26: case 0x27: return (struct row){TO_MASK, INTEGER, BY_WIDE, FULL, PACKED, 1};
    case 0x29: case 0x37: return (struct row){TO_MASK, INTEGER, 8, FULL, PACKED, 1};
    case 0x2c: return (struct row){BINARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 2};
    case 0x2d: return (struct row){BINARY, OP_FLOAT_OTHER, BY_WIDE, FULL, SCALAR, 2};
    case 0x42: case 0x4c: case 0x4e: return (struct row){UNARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 1};
    case 0x43: case 0x4d: case 0x4f: return (struct row){BINARY, OP_FLOAT_OTHER, BY_WIDE, FULL, SCALAR, 1};
    case 0x44: case 0x54: case 0x55: return (struct row){UNARY, INTEGER, BY_WIDE, FULL, PACKED, 1};
    case 0x62: case 0x88: case 0x89: return (struct row){UNARY, MOVE, BY_WIDE, FULL, PACKED, 2};
    case 0x63: case 0x8a: case 0x8b: return (struct row){EXTRACT_PART, MOVE, BY_WIDE, FULL, PACKED, 2};
    case 0x64 ... 0x66: return (struct row){BINARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    case 0x70 ... 0x73: return (struct row){TERNARY, INTEGER, BY_WIDE, FULL, PACKED, 1};
    case 0x75 ... 0x77: case 0x7d ... 0x7f: return (struct row){TERNARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    case 0x7a ... 0x7c: return (struct row){FROM_GENERAL, OP_TRANSFER, BY_WIDE, FULL, PACKED, 1};
    case 0x83: case 0x8d: return (struct row){BINARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    case 0x8f: return (struct row){TO_MASK, INTEGER, 1, FULL, PACKED, 1};
    case 0xa0 ... 0xa3: return (struct row){SCATTERS, OP_OTHER, BY_WIDE, ONE_ELEMENT, PACKED, 1};
    case 0xb4: case 0xb5: return (struct row){TERNARY, MULTIPLY, 8, FULL, PACKED, 1};
    case 0xc4: return (struct row){UNARY, INTEGER, BY_WIDE, FULL, PACKED, 20};
    default: return (struct row){.form = UNKNOWN};
    }
}

static struct row row_0f3a(const struct instruction *i) {
    switch (i->opcode) {
    case 0x03: case 0x23: case 0x43: return (struct row){BINARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    case 0x1e: case 0x1f: return (struct row){TO_MASK, INTEGER, BY_WIDE, FULL, PACKED, 1};
    case 0x3e: case 0x3f: return (struct row){TO_MASK, INTEGER, i->wide ? 2 : 1, FULL, PACKED, 1};
    case 0x25: return (struct row){TERNARY, MOVE, BY_WIDE, FULL, PACKED, 1};
    case 0x26: case 0x56: return (struct row){UNARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 1};
    case 0x27: case 0x51: case 0x57: return (struct row){BINARY, OP_FLOAT_OTHER, BY_WIDE, FULL, SCALAR, 1};
    case 0x50: return (struct row){BINARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 1};
    case 0x54: return (struct row){TERNARY, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 1};
    case 0x55: return (struct row){TERNARY, OP_FLOAT_OTHER, BY_WIDE, FULL, SCALAR, 1};
    case 0x66: return (struct row){TO_MASK_ALONE, OP_FLOAT_OTHER, BY_WIDE, FULL, PACKED, 1};
    case 0x67: return (struct row){TO_MASK_ALONE, OP_FLOAT_OTHER, BY_WIDE, FULL, SCALAR, 1};
    case 0x70 ... 0x73: return (struct row){BINARY, INTEGER, BY_WIDE, FULL, PACKED, 1};
    default: return (struct row){.form = UNKNOWN};
    }
}

struct row masked_row(const struct instruction *i) {
    if (i->map == MAP_0F) return row_0f(i);
    return i->map == MAP_0F38 ? row_0f38(i) : row_0f3a(i);
}
