#include "decode_aarch64.h"

/* Tell of accesses at the address that a base register (31: the stack pointer) gives. */
static void access_at(struct decoded *out, unsigned base, unsigned loads, unsigned stores, unsigned bytes) {
    addressed_by(out, base);
    out->loads = (uint8_t)loads;
    out->stores = (uint8_t)stores;
    out->access_bytes = (uint8_t)bytes;
    set_class(out, OP_MOVE, 1);
}

static void atomic(struct decoded *out, unsigned base, unsigned bytes) {
    access_at(out, base, 1, 1, bytes);
    set_class(out, OP_ATOMIC, 4);
}

/* Transfer a register: the target of a load, the source of a store. */
static void transfer(struct decoded *out, bool is_load, unsigned number) {
    if (is_load) {
        writes(out, number);
    } else {
        reads(out, number);
    }
}

/* The base is written after the access, by an addition beside it. */
static void write_back(struct decoded *out, unsigned base) {
    writes(out, base);
    out->uops = 2;
}

static bool compare_and_swap(uint32_t word, struct decoded *out, unsigned bytes, bool is_pair) {
    unsigned compared = rm(word), stored = rd(word);
    atomic(out, rn(word), is_pair ? 2 * bytes : bytes);
    for (unsigned k = 0; k <= is_pair; k++) {
        reads(out, or_zero(compared + k));
        reads(out, or_zero(stored + k));
        writes(out, or_zero(compared + k));
    }
    return true;
}

/* Exclusive, ordered, and compare-and-swap. */
static bool exclusive(uint32_t word, struct decoded *out) {
    bool is_ordered = bit(word, 23), is_load = bit(word, 22), is_pair = bit(word, 21);
    unsigned bytes = 1u << bits(word, 31, 30);
    if (is_ordered && is_pair) return compare_and_swap(word, out, bytes, false);
    if (is_ordered) {
        access_at(out, rn(word), is_load, !is_load, bytes);
        transfer(out, is_load, or_zero(rd(word)));
        return true;
    }
    if (is_pair && !bit(word, 31)) return compare_and_swap(word, out, bit(word, 30) ? 8 : 4, true);
    access_at(out, rn(word), is_load, !is_load, is_pair ? 2 * bytes : bytes);
    transfer(out, is_load, or_zero(rd(word)));
    if (is_pair) transfer(out, is_load, or_zero(ra(word)));
    if (!is_load) writes(out, or_zero(rm(word)));
    set_class(out, OP_ATOMIC, 2);
    out->is_conditional_access = !is_load;
    return true;
}

static bool literal(uint32_t word, struct decoded *out) {
    unsigned kind = bits(word, 31, 30);
    bool is_vector = bit(word, 26);
    if (kind == 3) { /* prfm */
        set_class(out, OP_NOP, 1);
        return !is_vector;
    }
    out->loads = 1;
    out->access_bytes = (uint8_t)(is_vector ? 4u << kind : kind == 1 ? 8 : 4);
    set_class(out, OP_MOVE, 1);
    writes(out, is_vector ? vector(rd(word)) : or_zero(rd(word)));
    return true;
}

static bool pair(uint32_t word, struct decoded *out) {
    bool is_load = bit(word, 22), is_vector = bit(word, 26);
    unsigned kind = bits(word, 31, 30), mode = bits(word, 24, 23);
    unsigned bytes = is_vector ? 4u << kind : kind == 2 ? 8 : 4;
    if (kind == 3 || (kind == 1 && !is_vector && (!is_load || mode == 0))) return false;
    access_at(out, rn(word), is_load ? 2 : 0, is_load ? 0 : 2, bytes);
    transfer(out, is_load, is_vector ? vector(rd(word)) : or_zero(rd(word)));
    transfer(out, is_load, is_vector ? vector(ra(word)) : or_zero(ra(word)));
    if (mode & 1) write_back(out, rn(word));
    return true;
}

/* LSE: the old value is loaded, and a changed one stored. */
static bool atomic_memory(uint32_t word, struct decoded *out) {
    unsigned bytes = 1u << bits(word, 31, 30), operation = bits(word, 14, 12);
    if (bit(word, 26)) return false;
    if (bit(word, 15) && operation == 4) { /* ldapr */
        access_at(out, rn(word), 1, 0, bytes);
        writes(out, or_zero(rd(word)));
        return true;
    }
    if (bit(word, 15) && operation != 0) return false;
    atomic(out, rn(word), bytes);
    reads(out, or_zero(rm(word)));
    writes(out, or_zero(rd(word)));
    return true;
}

/* ldraa, ldrab: a load through a signed pointer. */
static bool authenticated_load(uint32_t word, struct decoded *out) {
    access_at(out, rn(word), 1, 0, 8);
    writes(out, or_zero(rd(word)));
    if (bit(word, 11)) write_back(out, rn(word));
    return bits(word, 31, 30) == 3 && !bit(word, 26);
}

static bool one_register(uint32_t word, struct decoded *out) {
    bool is_vector = bit(word, 26), has_index = false, writes_base = false;
    unsigned size = bits(word, 31, 30), operation = bits(word, 23, 22), bytes = 1u << size;
    if (!bit(word, 24)) {
        unsigned mode = bits(word, 11, 10);
        if (bit(word, 21) && mode == 0) return atomic_memory(word, out);
        if (bit(word, 21) && (mode & 1)) return authenticated_load(word, out);
        has_index = bit(word, 21);
        writes_base = !has_index && (mode & 1);
    }
    if (is_vector && (operation & 2)) {
        if (size != 0) return false;
        bytes = 16;
    }
    if (!is_vector && size == 3 && operation >= 2) { /* prfm */
        set_class(out, OP_NOP, 1);
        return operation == 2;
    }
    bool is_load = is_vector ? operation & 1 : operation != 0;
    access_at(out, rn(word), is_load, !is_load, bytes);
    if (has_index) addressed_by(out, or_zero(rm(word)));
    transfer(out, is_load, is_vector ? vector(rd(word)) : or_zero(rd(word)));
    if (writes_base) write_back(out, rn(word));
    return true;
}

/* ldapur, stlur and their like. */
static bool ordered_unscaled(uint32_t word, struct decoded *out) {
    bool is_load = bits(word, 23, 22) != 0;
    if (bit(word, 21) || bits(word, 11, 10) != 0 || bit(word, 26)) return false; /* memory tags */
    access_at(out, rn(word), is_load, !is_load, 1u << bits(word, 31, 30));
    transfer(out, is_load, or_zero(rd(word)));
    return true;
}

/* Tell of a list of vector registers, at most three of which find room as targets. */
static void transfer_list(uint32_t word, struct decoded *out, unsigned count, unsigned bytes, bool merges) {
    bool is_load = bit(word, 22), has_write_back = bit(word, 23);
    unsigned accesses = count > 2 ? 2 : count;
    access_at(out, rn(word), is_load ? accesses : 0, is_load ? 0 : accesses, bytes);
    out->uops = (uint8_t)count;
    if (has_write_back) {
        if (rm(word) != 31) reads(out, rm(word));
        writes(out, rn(word));
        out->uops++;
    }
    for (unsigned k = 0; k < count; k++) {
        if (merges) reads(out, vector(rd(word) + k));
        transfer(out, is_load, vector(rd(word) + k));
    }
}

static bool vector_list(uint32_t word, struct decoded *out) {
    static const uint8_t registers[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    unsigned operation = bits(word, 15, 12), count = registers[operation];
    bool is_interleaved = operation == 0 || operation == 4 || operation == 8;
    if (!count || bit(word, 21)) return false;
    transfer_list(word, out, count, bit(word, 30) ? 16 : 8, false);
    if (is_interleaved) set_class(out, OP_VECTOR_MOVE, 2 * count);
    return true;
}

static bool vector_element(uint32_t word, struct decoded *out) {
    unsigned operation = bits(word, 15, 13), count = (((operation & 1) << 1) | bit(word, 21)) + 1;
    bool is_replicated = operation >= 6, is_load = bit(word, 22);
    unsigned bytes = 1u << (operation >> 1);
    if (operation >> 1 == 2 && bit(word, 10)) bytes = 8;
    if (is_replicated) bytes = 1u << bits(word, 11, 10);
    if (is_replicated && !is_load) return false;
    transfer_list(word, out, count, bytes, is_load && !is_replicated);
    set_class(out, OP_VECTOR_MOVE, 2 * count);
    return true;
}

bool decode_aarch64_memory(uint32_t word, struct decoded *out) {
    unsigned group = bits(word, 29, 27);
    bool is_vector = bit(word, 26);
    if (group == 1 && !is_vector && !bit(word, 24) && !bit(word, 25)) return exclusive(word, out);
    if (group == 1 && is_vector && !bit(word, 31) && !bit(word, 25)) {
        return bit(word, 24) ? vector_element(word, out) : vector_list(word, out);
    }
    if (group == 3) return bit(word, 24) ? ordered_unscaled(word, out) : literal(word, out);
    if (group == 5) return pair(word, out);
    return group == 7 && one_register(word, out);
}
