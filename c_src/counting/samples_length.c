/* How long an instruction is. x86-64: prefixes, the opcode's map, whether a ModRM byte follows, and the bytes of immediate;
 * and which address its memory operand has. AArch64: four bytes; addresses are not told.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 and appendix A; AMD64
 * Architecture Programmer's Manual, volume 3, appendix A (XOP, 3DNow!, SSE4a).
 */
#include "samples_code.h"

enum map { ONE_BYTE, MAP_0F, MAP_38, MAP_3A, MAP_XOP_8 = 8, MAP_XOP_9, MAP_XOP_A };

/* What an opcode is followed by. V: two or four bytes by the operand's size; W: eight with REX.W; J: four always;
 * G: an immediate only for /0 and /1 of the group; O: an absolute address; E: three bytes (enter). */
enum { N = 0, M = 1, B1 = 2, B2 = 4, V = 8, W = 16, J = 32, G = 64, O = 128, E = B1 | B2, X = 255 };

/* X is no instruction of the 64-bit mode, or a prefix, which is dealt with before. */
static const uint8_t one_byte[256] = {
    M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, /* 00 */
    M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, M, M, M, M, B1, V, X, X, /* 20 */
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,     /* 40 */
    X, X, X, M, X, X, X, X, V, M | V, B1, M | B1, N, N, N, N,                                           /* 60 */
    B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1, B1,                                     /* 70 */
    M | B1, M | V, X, M | B1, M, M, M, M, M, M, M, M, M, M, M, M,                                       /* 80 */
    N, N, N, N, N, N, N, N, N, N, X, N, N, N, N, N, O, O, O, O, N, N, N, N, B1, V, N, N, N, N, N, N,    /* 90 */
    B1, B1, B1, B1, B1, B1, B1, B1, W, W, W, W, W, W, W, W,                                             /* b0 */
    M | B1, M | B1, B2, N, X, X, M | B1, M | V, E, N, B2, N, N, B1, X, N,                               /* c0 */
    M, M, M, M, X, X, X, N, M, M, M, M, M, M, M, M,                                                     /* d0 */
    B1, B1, B1, B1, B1, B1, B1, B1, J, J, X, B1, N, N, N, N,                                            /* e0 */
    X, N, X, X, N, N, M | B1 | G, M | V | G, N, N, N, N, N, N, M, M,                                    /* f0 */
};

struct reader {
    const uint8_t *bytes;
    size_t size, at;
    bool has_66, has_67, has_f2, wide, has_segment, is_gathering;
    uint8_t modrm, high;  /* high: bits 0 and 1 of REX, which extend base and index */
    uint8_t vector_bytes; /* by which EVEX multiplies a displacement of one byte; 0 for others */
    uint8_t plain;        /* the opcode, of the map of one byte; else a nop's */
    struct samples_operand operand;
};

/* Beyond the end all bytes are 0: the length that comes out is too long, which is seen at the end. */
static uint8_t take(struct reader *r) {
    uint8_t byte = r->at < r->size ? r->bytes[r->at] : 0;
    r->at++;
    return byte;
}

static uint8_t take_prefixes(struct reader *r) {
    for (;;) {
        uint8_t byte = take(r);
        if ((byte & 0xf0) == 0x40) { /* REX, which only counts as the last one */
            r->wide = byte & 8;
            r->high = byte & 3;
            continue;
        }
        switch (byte) {
        case 0x66: r->has_66 = true; break;
        case 0x67: r->has_67 = true; break;
        case 0xf2: r->has_f2 = true; break;
        case 0xf0: case 0xf3: case 0x26: case 0x2e: case 0x36: case 0x3e: break;
        case 0x64: case 0x65: r->has_segment = true; break;
        default: return byte;
        }
        if (r->at > r->size) return byte;
        r->wide = false;
        r->high = 0;
    }
}

/* What an opcode of the 0F map is followed by; VEX and EVEX use the same numbers. */
static uint8_t second_map(const struct reader *r, uint8_t opcode) {
    switch (opcode) {
    case 0x05 ... 0x09: case 0x0b: case 0x0e: case 0x30 ... 0x37: case 0x77: case 0xa0 ... 0xa2: case 0xa8 ... 0xaa:
    case 0xc8 ... 0xcf: return N;
    case 0x04: case 0x0a: case 0x0c: case 0x24 ... 0x27: case 0xa6: case 0xa7: return X;
    case 0x80 ... 0x8f: return J;
    case 0x0f: case 0x70 ... 0x73: case 0xa4: case 0xac: case 0xba: case 0xc2: case 0xc4 ... 0xc6: return M | B1;
    case 0x78: return r->has_66 || r->has_f2 ? M | B2 : M; /* extrq and insertq take two bytes */
    default: return M;
    }
}

static uint8_t of_map(const struct reader *r, unsigned map, uint8_t opcode) {
    switch (map) {
    case ONE_BYTE: return one_byte[opcode];
    case MAP_0F: return second_map(r, opcode);
    case MAP_3A: case MAP_XOP_8: return M | B1;
    case MAP_XOP_A: return M | J;
    case MAP_38: case 5: case 6: case MAP_XOP_9: return M;
    default: return X;
    }
}

/* Read what stands between the prefixes and the ModRM byte; return what follows the opcode. */
static uint8_t take_opcode(struct reader *r, uint8_t byte) {
    uint8_t next = r->at < r->size ? r->bytes[r->at] : 0;
    if (byte == 0xc5) {
        take(r);
        return of_map(r, MAP_0F, take(r));
    }
    if (byte == 0xc4 || byte == 0x62 || (byte == 0x8f && (next & 31) >= MAP_XOP_8)) {
        unsigned first = take(r), map = first & (byte == 0x62 ? 7 : 31);
        r->high = (uint8_t)((~first >> 5 & 1) | (~first >> 5 & 2));
        take(r);
        if (byte == 0x62) r->vector_bytes = (uint8_t)(16 << (take(r) >> 5 & 3));
        uint8_t opcode = take(r);
        r->is_gathering = map == MAP_38 && ((opcode & 0xfc) == 0x90 || (opcode & 0xfc) == 0xa0 || (opcode & 0xfe) == 0xc6);
        return map == ONE_BYTE || (byte != 0x8f && map >= MAP_XOP_8) ? X : of_map(r, map, opcode);
    }
    if (byte != 0x0f) {
        r->plain = byte;
        return one_byte[byte];
    }
    byte = take(r);
    if (byte == 0x38 || byte == 0x3a) {
        take(r);
        return byte == 0x38 ? M : M | B1;
    }
    return second_map(r, byte);
}

/* Only of one or four bytes; longer ones are no steps of an address. */
static int32_t take_immediate(struct reader *r, size_t bytes) {
    uint32_t value = 0;
    for (size_t k = 0; k < bytes; k++) {
        uint32_t byte = take(r);
        if (k < 4) value |= byte << 8 * k;
    }
    return bytes == 1 ? (int8_t)value : bytes == 4 ? (int32_t)value : 0;
}

static int32_t take_displacement(struct reader *r, unsigned bytes) {
    int32_t value = take_immediate(r, bytes);
    return bytes == 1 && r->vector_bytes ? value * r->vector_bytes : value;
}

/* Of two registers the base has no number where mod is 0 and the number is 5; an index of 4 is none. */
static void take_memory_operand(struct reader *r) {
    unsigned mod = r->modrm >> 6, base = r->modrm & 7, scale = 1, index = 4;
    struct samples_operand *to = &r->operand;
    if (mod == 3) return;
    bool has_both = base == 4, is_absolute = mod == 0 && base == 5;
    if (has_both) {
        uint8_t sib = take(r);
        base = sib & 7;
        index = (sib >> 3 & 7) | (r->high & 2) << 2;
        scale = 1u << (sib >> 6);
        is_absolute = mod == 0 && base == 5;
    }
    to->base = is_absolute ? (has_both ? NO_REGISTER : SAMPLES_ITSELF) : (uint8_t)(base | (r->high & 1) << 3);
    to->index = index == 4 ? NO_REGISTER : (uint8_t)index;
    to->displacement = mod == 1 ? take_displacement(r, 1) : mod == 2 || is_absolute ? take_displacement(r, 4) : 0;
    to->scale = r->has_segment || r->is_gathering || r->has_67 ? 0 : (uint8_t)scale;
}

static size_t immediate(const struct reader *r, uint8_t after) {
    if ((after & G) && (r->modrm >> 3 & 7) > 1) return 0;
    size_t bytes = (after & B1 ? 1 : 0) + (after & B2 ? 2 : 0) + (after & J ? 4 : 0);
    if (after & V) bytes += r->has_66 && !r->wide ? 2 : 4;
    if (after & W) bytes += r->wide ? 8 : r->has_66 ? 2 : 4;
    if (after & O) bytes += r->has_67 ? 4 : 8;
    return bytes;
}

/* add, sub, their groups with an immediate, inc and dec, lea. */
static int8_t sign(const struct reader *r) {
    unsigned group = r->modrm >> 3 & 7;
    switch (r->plain) {
    case 0x00 ... 0x05: case 0x8d: return 1;
    case 0x28 ... 0x2d: return -1;
    case 0x80: case 0x81: case 0x83: return group == 0 ? 1 : group == 5 ? -1 : 0;
    case 0xfe: case 0xff: return group == 0 ? 1 : group == 1 ? -1 : 0;
    default: return 0;
    }
}

size_t samples_length_x86(const uint8_t *bytes, size_t size, struct samples_operand *operand) {
    struct reader r = {.bytes = bytes, .size = size, .plain = 0x90};
    uint8_t after = take_opcode(&r, take_prefixes(&r));
    if (after == X) return 0;
    if (after & M) {
        r.modrm = take(&r);
        take_memory_operand(&r);
    }
    r.operand.immediate = take_immediate(&r, immediate(&r, after));
    r.operand.adds = sign(&r);
    if (r.plain >= 0xfe && r.operand.adds) r.operand.immediate = 1;
    *operand = r.operand;
    return r.at <= size && r.at <= 15 ? r.at : 0;
}

size_t samples_length_aarch64(const uint8_t *bytes, size_t size, struct samples_operand *operand) {
    (void)bytes, (void)operand;
    return size >= 4 ? 4 : 0;
}
