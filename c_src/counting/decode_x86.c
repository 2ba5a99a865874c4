#include "decode_x86.h"

#include <string.h>

uint8_t next_byte(struct instruction *i) {
    if (i->at >= i->size) {
        i->is_past_end = true;
        return 0;
    }
    return i->bytes[i->at++];
}

void access_memory(struct instruction *i, unsigned loads, unsigned stores, unsigned bytes) {
    struct decoded *out = i->out;
    if (i->base != NO_REGISTER) addressed_by(out, i->base);
    if (i->index != NO_REGISTER) addressed_by(out, i->index);
    out->loads = (uint8_t)(out->loads + loads);
    out->stores = (uint8_t)(out->stores + stores);
    out->access_bytes = (uint8_t)(bytes > 255 ? 255 : bytes);
}

void access_through(struct instruction *i, unsigned base, unsigned loads, unsigned stores, unsigned bytes) {
    addressed_by(i->out, base);
    i->out->loads = (uint8_t)(i->out->loads + loads);
    i->out->stores = (uint8_t)(i->out->stores + stores);
    i->out->access_bytes = (uint8_t)bytes;
}

void write_general(struct instruction *i, unsigned number, unsigned bytes) {
    unsigned target = general(i, number, bytes);
    if (bytes < 4) reads(i->out, target);
    writes(i->out, target);
}

void read_operand(struct instruction *i, unsigned bytes) {
    if (i->is_memory) {
        access_memory(i, 1, 0, bytes);
    } else {
        reads(i->out, general(i, i->rm, bytes));
    }
}

void write_operand(struct instruction *i, unsigned bytes) {
    if (i->is_memory) {
        access_memory(i, 0, 1, bytes);
    } else {
        write_general(i, i->rm, bytes);
    }
}

void modify_operand(struct instruction *i, unsigned bytes) {
    if (i->is_memory) {
        access_memory(i, 1, 1, bytes);
    } else {
        reads(i->out, general(i, i->rm, bytes));
        write_general(i, i->rm, bytes);
    }
}

void set_class(struct instruction *i, enum op_class op, unsigned uops) {
    i->out->op = (uint8_t)op;
    i->out->uops = (uint8_t)uops;
}

/* Read the prefixes that may stand before an opcode, in any order, and REX, which must stand last. */
static uint8_t legacy_prefixes(struct instruction *i) {
    for (;;) {
        uint8_t byte = next_byte(i);
        switch (byte) {
        case 0x66: i->has_66 = true; break;
        case 0xf2: i->has_f2 = true, i->has_f3 = false; break;
        case 0xf3: i->has_f3 = true, i->has_f2 = false; break;
        case 0xf0: i->has_lock = true; break;
        case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0x67: break;
        default: return byte;
        }
        if (i->is_past_end) return 0;
    }
}

static uint8_t rex(struct instruction *i, uint8_t byte) {
    while ((byte & 0xf0) == 0x40 && !i->is_past_end) { /* of several, the last counts */
        i->has_rex = true;
        i->wide = byte & 8;
        i->extend_reg = (byte & 4) ? 8 : 0;
        i->extend_index = (byte & 2) ? 8 : 0;
        i->extend_base = (byte & 1) ? 8 : 0;
        byte = next_byte(i);
    }
    return byte;
}

/* The bits that VEX and EVEX have in common: R, X and B of the first byte, then W, vvvv and pp; all but W, pp inverted. */
static void extensions(struct instruction *i, uint8_t first, uint8_t second) {
    i->has_rex = true;
    i->extend_reg = (first & 0x80) ? 0 : 8;
    i->extend_index = (first & 0x40) ? 0 : 8;
    i->extend_base = (first & 0x20) ? 0 : 8;
    i->wide = second & 0x80;
    i->extra = (~second >> 3) & 15;
    i->prefix = second & 3;
}

static void vex(struct instruction *i, uint8_t byte) {
    i->encoding = VEX;
    if (byte == 0xc5) {
        uint8_t second = next_byte(i);
        extensions(i, second | 0x60, second & 0x7f);
        i->length = (second >> 2) & 1;
        i->map = MAP_0F;
    } else {
        uint8_t first = next_byte(i), second = next_byte(i);
        extensions(i, first, second);
        i->length = (second >> 2) & 1;
        i->map = first & 31;
    }
    i->opcode = next_byte(i);
}

static void evex(struct instruction *i) {
    i->encoding = EVEX;
    uint8_t first = next_byte(i), second = next_byte(i), third = next_byte(i);
    extensions(i, first, second);
    i->extend_reg |= (first & 0x10) ? 0 : 16;
    i->extra |= (third & 8) ? 0 : 16;
    i->map = first & 7;
    i->zeroes = third & 0x80;
    i->broadcasts = third & 0x10;
    i->length = (third >> 5) & 3;
    i->mask = third & 7;
    i->opcode = next_byte(i);
}

static void legacy_opcode(struct instruction *i, uint8_t byte) {
    i->prefix = i->has_f2 ? PREFIX_F2 : i->has_f3 ? PREFIX_F3 : i->has_66 ? PREFIX_66 : NO_PREFIX;
    if (byte != 0x0f) {
        i->opcode = byte;
        return;
    }
    i->map = MAP_0F;
    i->opcode = next_byte(i);
    if (i->opcode == 0x38 || i->opcode == 0x3a) {
        i->map = i->opcode == 0x38 ? MAP_0F38 : MAP_0F3A;
        i->opcode = next_byte(i);
    }
}

/* Whether a ModRM byte follows; what the one-byte map does without is told by a bit for each opcode. */
static bool has_modrm(const struct instruction *i) {
    static const uint16_t one_byte[16] = {0x0f0f, 0x0f0f, 0x0f0f, 0x0f0f, 0, 0, 0x0a08, 0,
                                          0xffff, 0, 0, 0, 0x00c3, 0xff0f, 0, 0xc0c0};
    if (i->map == MAP_ONE_BYTE) return one_byte[i->opcode >> 4] >> (i->opcode & 15) & 1;
    if (i->map != MAP_0F) return true;
    switch (i->opcode) {
    case 0x05 ... 0x0c: case 0x0e: case 0x30 ... 0x37: case 0x80 ... 0x8f: case 0xa0 ... 0xa2: case 0xa8 ... 0xaa:
    case 0xc8 ... 0xcf: return false;
    case 0x77: return false;
    default: return true;
    }
}

static void modrm(struct instruction *i) {
    uint8_t byte = next_byte(i);
    i->mod = byte >> 6;
    i->reg = ((byte >> 3) & 7) + i->extend_reg;
    i->rm = byte & 7;
    i->is_memory = i->mod != 3;
    if (!i->is_memory) {
        i->rm += i->extend_base;
        if (i->encoding == EVEX && i->extend_index) i->rm += 16;
        return;
    }
    if (i->rm == 4) {
        uint8_t sib = next_byte(i), index = (uint8_t)(((sib >> 3) & 7) + i->extend_index);
        if (index != RSP) i->index = index;
        if ((sib & 7) != RBP || i->mod != 0) i->base = (uint8_t)((sib & 7) + i->extend_base);
    } else if (i->rm != RBP || i->mod != 0) {
        i->base = i->rm + i->extend_base;
    }
}

static bool decode_opcode(struct instruction *i) {
    if (i->encoding == LEGACY) {
        if (i->map == MAP_ONE_BYTE) return decode_general(i);
        if (decode_extended(i)) return true;
    } else if (decode_bit_manipulation(i) || decode_mask_operation(i)) {
        return true;
    }
    return decode_vector(i);
}

/* What holds of every instruction, once its operands are known. */
static void finish(struct instruction *i) {
    struct decoded *out = i->out;
    if (i->has_lock && out->loads && out->stores) {
        out->op = OP_ATOMIC; /* whose measured price holds all that it does beyond a load and a store */
    }
    if (out->loads && out->stores && out->uops < 2) out->uops = 2;
    out->known = true;
}

void decode_x86(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out) {
    struct instruction i = {.bytes = bytes, .size = size, .out = out, .base = NO_REGISTER, .index = NO_REGISTER};
    (void)address;
    decode_nothing(out);
    uint8_t byte = rex(&i, legacy_prefixes(&i));
    if ((byte == 0xc4 || byte == 0xc5) && !i.has_rex) {
        vex(&i, byte);
    } else if (byte == 0x62 && !i.has_rex) {
        evex(&i);
    } else {
        legacy_opcode(&i, byte);
    }
    if (i.encoding != LEGACY && (i.map < MAP_0F || i.map > MAP_0F3A)) return;
    if (has_modrm(&i)) modrm(&i);
    bool is_known = !i.is_past_end;
    if (is_known) {
        set_class(&i, OP_INTEGER, 1);
        is_known = decode_opcode(&i) && !i.is_past_end;
    }
    if (is_known) {
        finish(&i);
    } else {
        decode_nothing(out);
    }
}
