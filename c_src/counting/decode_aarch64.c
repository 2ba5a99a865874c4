#include "decode_aarch64.h"

static bool add_immediate(uint32_t word, struct decoded *out) {
    bool sets_flags = bit(word, 29);
    reads(out, rn(word));
    writes(out, sets_flags ? or_zero(rd(word)) : rd(word));
    if (sets_flags) write_flags(out);
    return true;
}

static bool logical_immediate(uint32_t word, struct decoded *out) {
    bool sets_flags = bits(word, 30, 29) == 3;
    reads(out, or_zero(rn(word)));
    writes(out, sets_flags ? or_zero(rd(word)) : rd(word));
    if (sets_flags) write_flags(out);
    return true;
}

static bool data_immediate(uint32_t word, struct decoded *out) {
    switch (bits(word, 25, 23)) {
    case 2: return add_immediate(word, out);
    case 3: /* with tags */
        reads(out, rn(word));
        writes(out, rd(word));
        return true;
    case 4: return logical_immediate(word, out);
    case 5: /* movk keeps the rest of its target */
        if (bits(word, 30, 29) == 3) reads(out, or_zero(rd(word)));
        writes(out, or_zero(rd(word)));
        return bits(word, 30, 29) != 1;
    case 6: /* bfm keeps the rest of its target */
        if (bits(word, 30, 29) == 1) reads(out, or_zero(rd(word)));
        reads(out, or_zero(rn(word)));
        writes(out, or_zero(rd(word)));
        return bits(word, 30, 29) != 3;
    case 7:
        reads(out, or_zero(rn(word)));
        reads(out, or_zero(rm(word)));
        writes(out, or_zero(rd(word)));
        return true;
    default: /* adr, adrp */
        writes(out, or_zero(rd(word)));
        return true;
    }
}

static void flow(struct decoded *out, enum flow_kind kind) {
    set_class(out, OP_BRANCH, 1);
    out->flow = (uint8_t)kind;
}

/* br, blr, ret and their authenticating forms. */
static bool branch_to_register(uint32_t word, struct decoded *out) {
    switch (bits(word, 24, 21) & 7) {
    case 0: flow(out, FLOW_INDIRECT_JUMP); break;
    case 1:
        flow(out, FLOW_INDIRECT_CALL);
        writes(out, LINK);
        break;
    case 2: flow(out, FLOW_RETURN); break;
    default: set_class(out, OP_SYSTEM, 8); return bits(word, 24, 21) <= 5;
    }
    reads(out, or_zero(rn(word)));
    if (bit(word, 24)) reads(out, rd(word));                                        /* braa, blraa: a modifier */
    if (bit(word, 11) && rn(word) == 31) reads(out, LINK), reads(out, STACK_POINTER); /* retaa */
    return true;
}

/* Hints do nothing here, but for those that sign or check the return address. */
static bool hint(uint32_t word, struct decoded *out) {
    unsigned number = bits(word, 11, 5);
    bool waits = number >= 1 && number <= 5, signs = number >= 24 && number <= 31;
    set_class(out, waits ? OP_OTHER : OP_NOP, 1);
    if (signs) {
        set_class(out, OP_INTEGER, 1);
        reads(out, LINK);
        if (number & 1) reads(out, STACK_POINTER);
        writes(out, LINK);
    }
    return true;
}

static bool system_register(uint32_t word, struct decoded *out) {
    bool is_read = bit(word, 21), is_flags = bits(word, 20, 5) == 0xda10; /* NZCV */
    bool is_thread_pointer = bits(word, 20, 5) == 0xde82;                 /* TPIDR_EL0, as quick to read as a register */
    set_class(out, is_read && is_thread_pointer ? OP_INTEGER : OP_OTHER, 1);
    if (is_read) {
        if (is_flags) read_flags(out);
        writes(out, or_zero(rd(word)));
    } else {
        reads(out, or_zero(rd(word)));
        if (is_flags) write_flags(out);
    }
    return true;
}

static bool system_instruction(uint32_t word, struct decoded *out) {
    if (bits(word, 31, 12) == 0xd5032) return hint(word, out);
    if (bits(word, 31, 12) == 0xd5033) {
        set_class(out, OP_FENCE, 1);
        return true;
    }
    if (bit(word, 20)) return system_register(word, out);
    set_class(out, OP_OTHER, 4);
    if (bits(word, 31, 5) == 0xd50b7420 >> 5) { /* dc zva clears a block of memory */
        addressed_by(out, or_zero(rd(word)));
        out->stores = 1;
        out->access_bytes = 64;
        out->is_conditional_access = true;
    } else if (bits(word, 20, 19) == 1) { /* cache maintenance and the like */
        reads(out, or_zero(rd(word)));
    }
    return true;
}

static bool branch(uint32_t word, struct decoded *out) {
    unsigned group = bits(word, 31, 29);
    if ((group & 3) == 0) {
        flow(out, bit(word, 31) ? FLOW_CALL : FLOW_JUMP);
        if (bit(word, 31)) writes(out, LINK);
        return true;
    }
    if ((group & 3) == 1) { /* cbz, tbz */
        flow(out, FLOW_CONDITIONAL);
        reads(out, or_zero(rd(word)));
        return true;
    }
    if (group == 2) {
        flow(out, FLOW_CONDITIONAL);
        read_flags(out);
        return bits(word, 25, 24) == 0;
    }
    if (group != 6) return false;
    if (bit(word, 25)) return branch_to_register(word, out);
    if (bits(word, 31, 22) == 0x354) return system_instruction(word, out);
    set_class(out, OP_SYSTEM, 8);
    if (bits(word, 31, 21) == 0x6a0 && bits(word, 1, 0) == 1) { /* svc */
        for (unsigned k = 0; k < 3; k++) reads(out, k);
        reads(out, 8);
        writes(out, 0);
    }
    return bits(word, 31, 24) == 0xd4;
}

static bool logical_register(uint32_t word, struct decoded *out) {
    unsigned operation = bits(word, 30, 29);
    bool is_inverted = bit(word, 21), is_plain = bits(word, 15, 10) == 0 && bits(word, 23, 22) == 0;
    reads(out, or_zero(rn(word)));
    reads(out, or_zero(rm(word)));
    writes(out, or_zero(rd(word)));
    if (operation == 3) write_flags(out);
    if (operation == 1 && !is_inverted && is_plain && rn(word) == 31) set_class(out, OP_MOVE, 1);
    return true;
}

static bool add_register(uint32_t word, struct decoded *out) {
    bool is_extended = bit(word, 21), sets_flags = bit(word, 29);
    reads(out, is_extended ? rn(word) : or_zero(rn(word)));
    reads(out, or_zero(rm(word)));
    writes(out, is_extended && !sets_flags ? rd(word) : or_zero(rd(word)));
    if (sets_flags) write_flags(out);
    return true;
}

static bool with_carry(uint32_t word, struct decoded *out) {
    reads(out, or_zero(rn(word)));
    if (bits(word, 14, 10) == 0 && !bit(word, 15)) { /* adc, sbc */
        reads(out, or_zero(rm(word)));
        read_flags(out);
        writes(out, or_zero(rd(word)));
        if (bit(word, 29)) write_flags(out);
    } else { /* rmif, setf */
        read_flags(out);
        write_flags(out);
    }
    return true;
}

static bool two_sources(uint32_t word, struct decoded *out) {
    unsigned operation = bits(word, 15, 10);
    reads(out, or_zero(rn(word)));
    reads(out, or_zero(rm(word)));
    writes(out, or_zero(rd(word)));
    if (operation == 2 || operation == 3) set_class(out, bit(word, 31) ? OP_DIVIDE_64 : OP_DIVIDE_32, 1);
    if (operation >= 16 && operation < 24) set_class(out, OP_MULTIPLY, 1); /* crc32 */
    return true;
}

static bool one_source(uint32_t word, struct decoded *out) {
    bool signs = rm(word) == 1; /* pointer authentication: the target is signed in place */
    if (signs) reads(out, or_zero(rd(word)));
    reads(out, or_zero(rn(word)));
    writes(out, or_zero(rd(word)));
    return true;
}

static bool three_sources(uint32_t word, struct decoded *out) {
    reads(out, or_zero(rn(word)));
    reads(out, or_zero(rm(word)));
    reads(out, or_zero(ra(word)));
    writes(out, or_zero(rd(word)));
    set_class(out, OP_MULTIPLY, 1);
    return true;
}

static bool data_register(uint32_t word, struct decoded *out) {
    if (!bit(word, 28)) return bit(word, 24) ? add_register(word, out) : logical_register(word, out);
    if (bit(word, 24)) return three_sources(word, out);
    switch (bits(word, 23, 21)) {
    case 0: return with_carry(word, out);
    case 2: /* ccmp, ccmn */
        reads(out, or_zero(rn(word)));
        if (!bit(word, 11)) reads(out, or_zero(rm(word)));
        read_flags(out);
        write_flags(out);
        return true;
    case 4: /* csel and its like */
        reads(out, or_zero(rn(word)));
        reads(out, or_zero(rm(word)));
        read_flags(out);
        writes(out, or_zero(rd(word)));
        return true;
    case 6: return bit(word, 30) ? one_source(word, out) : two_sources(word, out);
    default: return false;
    }
}

static bool decode_group(uint32_t word, struct decoded *out) {
    switch (bits(word, 28, 25)) {
    case 8: case 9: return data_immediate(word, out);
    case 10: case 11: return branch(word, out);
    case 4: case 6: case 12: case 14: return decode_aarch64_memory(word, out);
    case 5: case 13: return data_register(word, out);
    case 7: case 15: return decode_aarch64_vector(word, out);
    case 2: return decode_aarch64_scalable(word, out);
    default: /* udf; SME */
        set_class(out, OP_SYSTEM, 8);
        return bits(word, 31, 16) == 0;
    }
}

void decode_aarch64(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out) {
    (void)address;
    decode_nothing(out);
    if (size < 4) return;
    uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    set_class(out, OP_INTEGER, 1);
    if (decode_group(word, out)) {
        out->known = true;
    } else {
        decode_nothing(out);
    }
}
