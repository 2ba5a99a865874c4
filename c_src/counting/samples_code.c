#include "samples_code.h"

#include <string.h>

#if defined(__x86_64__)
#define LENGTH samples_length_x86

static bool is_pause(const uint8_t *bytes, size_t size) { return size == 2 && bytes[0] == 0xf3 && bytes[1] == 0x90; }

/* How far from its start a direct jump goes: its last one or four bytes tell it, counted from its end. */
static int64_t distance(const uint8_t *bytes, size_t size) {
    if (size < 5) return (int64_t)size + (int8_t)bytes[size - 1];
    int32_t far;
    memcpy(&far, bytes + size - 4, 4);
    return (int64_t)size + far;
}
#else
#define LENGTH samples_length_aarch64

static uint32_t word_of(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

/* yield, wfe, and isb, which spinning loops use for the same. */
static bool is_pause(const uint8_t *bytes, size_t size) {
    uint32_t word = size == 4 ? word_of(bytes) : 0;
    return word == 0xd503203f || word == 0xd503205f || (word & 0xfffff0ff) == 0xd50330df;
}

static int64_t signed_field(uint32_t word, unsigned low, unsigned bits) {
    return (int64_t)((uint64_t)word << (64 - low - bits)) >> (64 - bits);
}

/* How far from its start a direct jump goes: b and bl, tbz and tbnz, else b.cond, cbz and cbnz. */
static int64_t distance(const uint8_t *bytes, size_t size) {
    uint32_t word = word_of(bytes);
    (void)size;
    if ((word & 0x7c000000) == 0x14000000) return 4 * signed_field(word, 0, 26);
    return 4 * ((word & 0x7e000000) == 0x36000000 ? signed_field(word, 5, 14) : signed_field(word, 5, 19));
}
#endif

static void copy(struct samples_instruction *to, const struct decoded *from) {
    to->op = from->op;
    to->flow = from->flow;
    to->loads = from->loads;
    to->stores = from->stores;
    to->access_bytes = from->access_bytes;
    to->element_bytes = from->element_bytes;
    to->vector_bytes = from->vector_bytes;
    memcpy(to->source, from->source, sizeof to->source);
    memcpy(to->address, from->address, sizeof to->address);
    memcpy(to->target_register, from->target, sizeof to->target_register);
    to->sources = from->sources;
    to->addresses = from->addresses;
    to->targets = from->targets;
}

static size_t take_one(const uint8_t *bytes, size_t size, struct samples_instruction *out) {
    struct decoded decoded;
    size_t length = LENGTH(bytes, size, &out->operand);
    size_t whole = length ? length : 1;
    decode(bytes, length, 0, &decoded);
    copy(out, &decoded);
    out->length = (uint8_t)whole;
    if (length && decoded.known) out->marks |= SAMPLES_KNOWN;
    if (decoded.breaks_dependence) out->marks |= SAMPLES_BREAKS;
    if (is_pause(bytes, length)) out->marks |= SAMPLES_PAUSE;
    return whole;
}

/* The number of the instruction at an offset, or -1. */
static int32_t at_offset(const struct samples_instruction *all, size_t count, int64_t offset) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (all[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && all[low].offset == offset ? (int32_t)low : -1;
}

static bool is_direct_jump(const struct samples_instruction *one) {
    return one->flow == FLOW_CONDITIONAL || one->flow == FLOW_JUMP;
}

static void link_jumps(const uint8_t *bytes, struct samples_instruction *all, size_t count) {
    for (size_t k = 0; k < count; k++) {
        struct samples_instruction *one = all + k;
        if (!(one->marks & SAMPLES_KNOWN) || !is_direct_jump(one)) continue;
        one->target = at_offset(all, count, one->offset + distance(bytes + one->offset, one->length));
        if (one->target < 0) continue;
        all[one->target].jumped_from = (int32_t)k;
        if (one->flow == FLOW_CONDITIONAL) all[one->target].marks |= SAMPLES_BRANCH_TARGET;
    }
}

static bool ends_a_block(const struct samples_instruction *one) {
    return one->flow == FLOW_JUMP || one->flow == FLOW_INDIRECT_JUMP || one->flow == FLOW_RETURN;
}

/* After a jump or a return, padding is skipped; what comes then and no direct jump goes to is reached indirectly. */
static void mark_indirect(struct samples_instruction *all, size_t count) {
    bool is_reached = true;
    for (size_t k = 0; k < count; k++) {
        if (!is_reached && all[k].op == OP_NOP) continue;
        if (!is_reached && all[k].jumped_from < 0) all[k].marks |= SAMPLES_INDIRECT_ONLY;
        is_reached = !ends_a_block(all + k);
    }
}

size_t samples_take_apart(const uint8_t *bytes, size_t size, struct samples_instruction *out, size_t room) {
    size_t count = 0;
    for (size_t at = 0; at < size && count < room; count++) {
        out[count] = (struct samples_instruction){.offset = (uint32_t)at, .target = -1, .jumped_from = -1};
        at += take_one(bytes + at, size - at, out + count);
    }
    link_jumps(bytes, out, count);
    mark_indirect(out, count);
    return count;
}
