#include "decode_aarch64.h"

/* Of the scalable vectors only what a C library's copying loops are made of: contiguous loads and stores, predicates,
 * counts of elements. Predicates share the numbers that are left beyond the flags.
 */
enum { PREDICATE0 = 66, PREDICATES = 6, LEAST_VECTOR = 16 };

static unsigned predicate(unsigned number) { return PREDICATE0 + number % PREDICATES; }

/* A load or store of as many bytes as the vector has and the predicate lets through. */
static void access_vector(uint32_t word, struct decoded *out, bool is_load, bool is_masked) {
    addressed_by(out, rn(word));
    out->loads = is_load ? 2 : 0;
    out->stores = is_load ? 0 : 2;
    out->access_bytes = LEAST_VECTOR;
    out->is_conditional_access = true;
    if (is_masked) reads(out, predicate(bits(word, 12, 10)));
    if (is_load) {
        writes(out, vector(rd(word)));
    } else {
        reads(out, vector(rd(word)));
    }
    set_class(out, OP_VECTOR_MOVE, 1);
}

static bool load_or_store(uint32_t word, struct decoded *out) {
    unsigned top = bits(word, 31, 25), form = bits(word, 15, 13);
    bool is_load = top == 0x52;
    bool is_plain_load = bits(word, 31, 22) == 0x216, is_plain_store = bits(word, 31, 22) == 0x396;
    if ((is_plain_load || is_plain_store) && (form == 0 || form == 2)) {
        access_vector(word, out, is_plain_load, false); /* ldr, str */
        return form == 2;
    }
    bool has_index = form == 2, has_immediate = form == (is_load ? 5 : 7);
    if ((top != 0x52 && top != 0x72) || (!has_index && !has_immediate)) return false;
    access_vector(word, out, is_load, true);
    if (has_index) addressed_by(out, or_zero(rm(word)));
    return true;
}

bool decode_aarch64_scalable(uint32_t word, struct decoded *out) {
    if (bits(word, 31, 24) == 0x25 && bit(word, 21) && bits(word, 15, 13) == 0) { /* whilelo and its like */
        reads(out, or_zero(rn(word)));
        reads(out, or_zero(rm(word)));
        writes(out, predicate(bits(word, 3, 0)));
        write_flags(out);
        set_class(out, OP_TRANSFER, 1);
        return true;
    }
    if ((word & 0xff3ffc10) == 0x2518e000) { /* ptrue */
        writes(out, predicate(bits(word, 3, 0)));
        set_class(out, OP_VECTOR_MOVE, 1);
        return true;
    }
    if ((word & 0xff20f800) == 0x0420e000) { /* cntb; incb and its like add to what is there */
        if (bit(word, 20)) reads(out, or_zero(rd(word)));
        writes(out, or_zero(rd(word)));
        return true;
    }
    if ((word & 0xff3ffc00) == 0x05203800) { /* dup from a general register */
        reads(out, rn(word));
        writes(out, vector(rd(word)));
        set_class(out, OP_TRANSFER, 1);
        return true;
    }
    return load_or_store(word, out);
}
