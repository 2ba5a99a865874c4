#include "decode_aarch64.h"

/* One vector instruction's shape: what tells of elements needs it. */
struct shape {
    bool is_scalar;
    uint8_t bytes;
};

static struct shape shape_of(uint32_t word) {
    return (struct shape){.is_scalar = bit(word, 28), .bytes = bit(word, 30) ? 16 : 8};
}

static void tell(struct decoded *out, struct shape shape, enum op_class op, unsigned element) {
    set_class(out, op, 1);
    if (op < OP_FLOAT_ADD || op > OP_VECTOR_MULTIPLY) return;
    out->element_bytes = (uint8_t)element;
    out->vector_bytes = (uint8_t)(shape.is_scalar ? element : shape.bytes);
}

static void read_both(uint32_t word, struct decoded *out) {
    reads(out, vector(rn(word)));
    reads(out, vector(rm(word)));
}

static void write_vector(uint32_t word, struct decoded *out) { writes(out, vector(rd(word))); }

static void read_target(uint32_t word, struct decoded *out) { reads(out, vector(rd(word))); }

static enum op_class divide(unsigned element) { return element == 8 ? OP_FLOAT_DIVIDE_64 : OP_FLOAT_DIVIDE_32; }

static enum op_class root(unsigned element) { return element == 8 ? OP_FLOAT_ROOT_64 : OP_FLOAT_ROOT_32; }

/* Size of a scalar float by its type field: single, double, and half. */
static unsigned float_bytes(uint32_t word) {
    static const uint8_t sizes[4] = {4, 8, 16, 2};
    return sizes[bits(word, 23, 22)];
}

/* Conversions and moves between floats and integer registers; fixed-point conversions use the same fields. */
static bool between_registers(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 18, 16);
    bool is_move = operation >= 6 && bits(word, 20, 19) != 3; /* with 3 it is fjcvtzs */
    bool to_float = operation == 2 || operation == 3 || operation == 7;
    bool to_upper = operation == 7 && bits(word, 20, 19) == 1; /* fmov v.d[1], x */
    tell(out, shape, is_move ? OP_TRANSFER : OP_FLOAT_OTHER, float_bytes(word));
    if (to_float) {
        if (to_upper) read_target(word, out);
        reads(out, or_zero(rn(word)));
        write_vector(word, out);
    } else {
        reads(out, vector(rn(word)));
        writes(out, or_zero(rd(word)));
    }
    return true;
}

static bool float_one_source(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 20, 15), element = float_bytes(word);
    reads(out, vector(rn(word)));
    write_vector(word, out);
    if (operation == 0) {
        set_class(out, OP_MOVE, 1);
    } else if (operation <= 2) {
        set_class(out, OP_VECTOR_MOVE, 1);
    } else {
        tell(out, shape, operation == 3 ? root(element) : OP_FLOAT_OTHER, element);
    }
    return true;
}

static bool float_two_sources(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 15, 12), element = float_bytes(word);
    enum op_class op = OP_FLOAT_OTHER;
    if (operation == 0 || operation == 8) op = OP_FLOAT_MULTIPLY;
    if (operation == 1) op = divide(element);
    if (operation == 2 || operation == 3) op = OP_FLOAT_ADD;
    read_both(word, out);
    write_vector(word, out);
    tell(out, shape, op, element);
    return operation <= 8;
}

static bool scalar_float(uint32_t word, struct decoded *out) {
    struct shape shape = {.is_scalar = true};
    unsigned low = bits(word, 15, 10);
    if (bit(word, 24)) { /* fmadd and its like */
        read_both(word, out);
        reads(out, vector(ra(word)));
        write_vector(word, out);
        tell(out, shape, OP_FLOAT_FMA, float_bytes(word));
        return true;
    }
    if (!bit(word, 21) || low == 0) return between_registers(word, out, shape);
    if ((low & 31) == 16) return float_one_source(word, out, shape);
    if ((low & 15) == 8) { /* fcmp */
        reads(out, vector(rn(word)));
        if (!bit(word, 3)) reads(out, vector(rm(word)));
        write_flags(out);
        tell(out, shape, OP_FLOAT_OTHER, float_bytes(word));
        return true;
    }
    if ((low & 7) == 4) { /* fmov of an immediate */
        write_vector(word, out);
        set_class(out, OP_VECTOR_MOVE, 1);
        return true;
    }
    if ((low & 3) == 2) return float_two_sources(word, out, shape);
    read_both(word, out); /* fccmp, fcsel */
    read_flags(out);
    if ((low & 3) == 1) {
        write_flags(out);
        tell(out, shape, OP_FLOAT_OTHER, float_bytes(word));
    } else {
        write_vector(word, out);
        set_class(out, OP_VECTOR_MOVE, 1);
    }
    return true;
}

static bool same_float(uint32_t word, struct decoded *out, struct shape shape, unsigned operation, unsigned element) {
    bool is_unsigned = bit(word, 29), is_second = bit(word, 23);
    enum op_class op = OP_FLOAT_OTHER;
    if (operation == 2) op = OP_FLOAT_ADD;
    if (operation == 3) op = OP_FLOAT_MULTIPLY;
    if ((operation == 1 || operation == 5) && !is_unsigned) op = OP_FLOAT_FMA;
    if (operation == 7) op = is_unsigned && !is_second ? divide(element) : OP_FLOAT_FMA;
    if (operation == 1) read_target(word, out), op = OP_FLOAT_FMA;
    tell(out, shape, op, element);
    return true;
}

/* Three registers of the same kind. */
static bool three_same(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 15, 11), element = 1u << bits(word, 23, 22);
    bool is_unsigned = bit(word, 29);
    read_both(word, out);
    write_vector(word, out);
    if (operation >= 24) return same_float(word, out, shape, operation & 7, bit(word, 22) ? 8 : 4);
    if (operation == 3) { /* logic; bsl, bit and bif select into the target; orr of one register moves it */
        bool is_move = !is_unsigned && bits(word, 23, 22) == 2 && rn(word) == rm(word);
        if (is_unsigned && bits(word, 23, 22)) read_target(word, out);
        set_class(out, is_move ? OP_MOVE : OP_VECTOR_MOVE, 1);
        out->breaks_dependence = is_unsigned && !bits(word, 23, 22) && rn(word) == rm(word);
        return true;
    }
    bool accumulates = operation == 15 || operation == 18;
    bool multiplies = operation == 18 || operation == 19 || operation == 22;
    if (accumulates) read_target(word, out);
    tell(out, shape, multiplies ? OP_VECTOR_MULTIPLY : OP_VECTOR_INTEGER, element);
    return true;
}

static bool three_same_half(uint32_t word, struct decoded *out, struct shape shape) {
    read_both(word, out);
    write_vector(word, out);
    return same_float(word, out, shape, bits(word, 13, 11), 2);
}

/* Dot products, complex multiplications, rounding multiply-adds: all but fcadd accumulate. */
static bool three_same_extra(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 14, 11);
    bool is_float = operation >= 8 && bit(word, 29);
    read_both(word, out);
    read_target(word, out);
    write_vector(word, out);
    tell(out, shape, is_float ? OP_FLOAT_FMA : OP_VECTOR_MULTIPLY, 1u << bits(word, 23, 22));
    return true;
}

static bool three_different(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 15, 12);
    bool accumulates = operation == 5 || (operation >= 8 && operation <= 11);
    bool narrows_upper = (operation == 4 || operation == 6) && bit(word, 30);
    if (accumulates || narrows_upper) read_target(word, out);
    read_both(word, out);
    write_vector(word, out);
    tell(out, shape, operation >= 8 ? OP_VECTOR_MULTIPLY : OP_VECTOR_INTEGER, 1u << bits(word, 23, 22));
    return operation != 15;
}

static bool misc_float(uint32_t word, struct decoded *out, struct shape shape, unsigned operation) {
    unsigned element = bit(word, 22) ? 8 : 4;
    bool is_sign = operation == 15, narrows_upper = operation == 22 && bit(word, 30);
    if (narrows_upper) read_target(word, out);
    if (is_sign) {
        set_class(out, OP_VECTOR_MOVE, 1);
    } else {
        bool is_root = operation == 31 && bit(word, 29);
        tell(out, shape, is_root ? root(element) : OP_FLOAT_OTHER, element);
    }
    return true;
}

/* Two registers, of many kinds. */
static bool two_misc(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 16, 12);
    reads(out, vector(rn(word)));
    write_vector(word, out);
    if (operation >= 22 || (operation >= 12 && operation <= 15)) return misc_float(word, out, shape, operation);
    bool accumulates = operation == 3 || operation == 6;
    bool narrows_upper = (operation == 18 || operation == 20) && bit(word, 30);
    bool moves = operation <= 1 || operation == 18 || operation == 19;
    if (accumulates || narrows_upper) read_target(word, out);
    tell(out, shape, moves ? OP_VECTOR_MOVE : OP_VECTOR_INTEGER, 1u << bits(word, 23, 22));
    return true;
}

static bool across_lanes(uint32_t word, struct decoded *out, struct shape shape) {
    bool is_float = bits(word, 16, 12) >= 12 && bits(word, 16, 12) <= 15;
    reads(out, vector(rn(word)));
    write_vector(word, out);
    tell(out, shape, is_float ? OP_FLOAT_OTHER : OP_VECTOR_INTEGER, is_float ? 4 : 1u << bits(word, 23, 22));
    out->uops = 2;
    return true;
}

/* dup, ins, smov, umov. */
static bool copy(uint32_t word, struct decoded *out) {
    unsigned operation = bits(word, 14, 11);
    bool inserts_element = bit(word, 29);
    if (inserts_element || operation == 0) { /* from an element */
        if (inserts_element) read_target(word, out);
        reads(out, vector(rn(word)));
        write_vector(word, out);
        set_class(out, OP_VECTOR_MOVE, 1);
    } else if (operation == 1 || operation == 3) { /* from an integer register; ins keeps the rest */
        if (operation == 3) read_target(word, out);
        reads(out, or_zero(rn(word)));
        write_vector(word, out);
        set_class(out, OP_TRANSFER, 1);
    } else {
        reads(out, vector(rn(word)));
        writes(out, or_zero(rd(word)));
        set_class(out, OP_TRANSFER, 1);
        return operation == 5 || operation == 7;
    }
    return true;
}

static bool table_lookup(uint32_t word, struct decoded *out) {
    unsigned count = bits(word, 14, 13) + 1;
    for (unsigned k = 0; k < count; k++) reads(out, vector(rn(word) + k));
    reads(out, vector(rm(word)));
    if (bit(word, 12)) read_target(word, out);
    write_vector(word, out);
    set_class(out, OP_VECTOR_MOVE, count);
    return true;
}

static bool permute(uint32_t word, struct decoded *out) {
    read_both(word, out);
    write_vector(word, out);
    set_class(out, OP_VECTOR_MOVE, 1);
    return true;
}

/* AES and SHA: the target is a source of all but the simplest. */
static bool cryptography(uint32_t word, struct decoded *out) {
    read_target(word, out);
    read_both(word, out);
    write_vector(word, out);
    tell(out, (struct shape){.bytes = 16}, OP_VECTOR_MULTIPLY, 4);
    return true;
}

static bool without_bit_21(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned low = bits(word, 11, 10);
    if (bit(word, 15) && (low & 1)) return three_same_extra(word, out, shape);
    if (bit(word, 22) && bits(word, 15, 14) == 0 && (low & 1)) return three_same_half(word, out, shape);
    if (shape.is_scalar && !bit(word, 29) && low == 0) return cryptography(word, out); /* sha1c, sha256h */
    if (low & 1) return copy(word, out);
    if (bit(word, 29) || low == 2) return permute(word, out); /* ext; zip, uzp, trn */
    return table_lookup(word, out);
}

static bool with_bit_21(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned low = bits(word, 11, 10), group = bits(word, 20, 17);
    if (low & 1) return three_same(word, out, shape);
    if (low == 0) return three_different(word, out, shape);
    if (group == 0 || group == 12) return two_misc(word, out, shape); /* 12: of half floats */
    if (group == 8) return across_lanes(word, out, shape);
    if (group != 4) return false;
    reads(out, vector(rn(word))); /* aes, sha1h and their like: rm is no operand */
    if (shape.is_scalar || !bit(word, 13)) read_target(word, out);
    write_vector(word, out);
    tell(out, (struct shape){.bytes = 16}, OP_VECTOR_MULTIPLY, shape.is_scalar ? 4 : 1);
    return true;
}

/* A vector by one element of another. */
static bool by_element(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 15, 12), size = bits(word, 23, 22);
    bool is_unsigned = bit(word, 29);
    bool is_float = !is_unsigned ? operation == 1 || operation == 5 || operation == 9
                                 : operation == 1 || operation == 3 || operation == 5 || operation == 7 || operation == 9;
    bool is_plain = operation >= 8 && operation != 14 && !(is_unsigned && (operation == 13 || operation == 15));
    unsigned second = size == 1 || (size == 0 && !is_float) ? rm(word) & 15 : rm(word);
    if (is_float) second = size == 0 ? rm(word) & 15 : rm(word);
    if (!is_plain) read_target(word, out);
    reads(out, vector(rn(word)));
    reads(out, vector(second));
    write_vector(word, out);
    if (is_float) {
        tell(out, shape, operation == 9 ? OP_FLOAT_MULTIPLY : OP_FLOAT_FMA, size == 0 ? 2 : size == 3 ? 8 : 4);
    } else {
        tell(out, shape, OP_VECTOR_MULTIPLY, 1u << size);
    }
    return true;
}

/* movi, mvni, fmov write; orr and bic change what is there. */
static bool modified_immediate(uint32_t word, struct decoded *out) {
    bool keeps = bit(word, 12) && bits(word, 15, 12) < 12;
    if (keeps) read_target(word, out);
    write_vector(word, out);
    set_class(out, OP_VECTOR_MOVE, 1);
    return true;
}

static bool shift_immediate(uint32_t word, struct decoded *out, struct shape shape) {
    unsigned operation = bits(word, 15, 11), high = bits(word, 22, 19);
    unsigned element = high & 8 ? 8 : high & 4 ? 4 : high & 2 ? 2 : 1;
    bool inserts = bit(word, 29) && (operation == 8 || operation == 10), accumulates = operation == 2 || operation == 6;
    bool narrows_upper = operation >= 16 && operation < 20 && bit(word, 30) && !shape.is_scalar;
    if (inserts || accumulates || narrows_upper) read_target(word, out);
    reads(out, vector(rn(word)));
    write_vector(word, out);
    tell(out, shape, operation >= 28 ? OP_FLOAT_OTHER : OP_VECTOR_INTEGER, element);
    return true;
}

bool decode_aarch64_vector(uint32_t word, struct decoded *out) {
    struct shape shape = shape_of(word);
    bool is_float = bit(word, 28) && !bit(word, 30) && !bit(word, 29);
    if (is_float) return scalar_float(word, out);
    if (bit(word, 31)) { /* SHA-3, SHA-512, SM3, SM4 */
        reads(out, vector(ra(word)));
        return bits(word, 31, 24) == 0xce && cryptography(word, out);
    }
    if (bit(word, 28) && !bit(word, 30)) return false;
    if (!bit(word, 24)) return bit(word, 21) ? with_bit_21(word, out, shape) : without_bit_21(word, out, shape);
    if (!bit(word, 10)) return by_element(word, out, shape);
    if (bits(word, 22, 19) == 0 && !bit(word, 23)) return !shape.is_scalar && modified_immediate(word, out);
    return !bit(word, 23) && shift_immediate(word, out, shape);
}
