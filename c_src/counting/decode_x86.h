/* An x86-64 instruction under way, shared by the files that decode its opcode maps.
 *
 * decode_x86.c takes prefixes and ModRM apart; decode_x86_general.c knows the one-byte map, decode_x86_extended.c the
 * general-purpose part of the 0F maps and the x87, decode_x86_vector.c what a row of decode_x86_rows.c means,
 * decode_x86_masks.c mask registers and what only EVEX has.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, appendix A and B (opcode maps).
 */
#ifndef HWBENCH_COUNTING_DECODE_X86_H
#define HWBENCH_COUNTING_DECODE_X86_H

#include "decode_parts.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R11 = 11, XMM0 = 16, MASK0 = 48 };
enum encoding { LEGACY, VEX, EVEX };
enum opcode_map { MAP_ONE_BYTE, MAP_0F, MAP_0F38, MAP_0F3A };
/* The mandatory prefix, numbered as VEX numbers it. */
enum mandatory { NO_PREFIX, PREFIX_66, PREFIX_F3, PREFIX_F2 };

struct instruction {
    const uint8_t *bytes;
    size_t size, at;
    struct decoded *out;
    enum encoding encoding;
    uint8_t map, opcode, prefix;
    bool has_66, has_f3, has_f2, has_lock, has_rex, is_past_end;
    bool wide;                         /* REX.W and its like */
    uint8_t extend_reg, extend_index, extend_base; /* what is added to a register's three bits */
    uint8_t extra;                     /* VEX.vvvv */
    uint8_t length, mask;              /* 0, 1, 2 are 16, 32, 64 bytes; number of the EVEX mask */
    bool zeroes, broadcasts;
    uint8_t mod, reg, rm;              /* reg and rm extended */
    bool is_memory;
    uint8_t base, index;               /* of the memory operand, or NO_REGISTER */
};

uint8_t next_byte(struct instruction *i);

static inline unsigned operand_bytes(const struct instruction *i) { return i->wide ? 8 : i->has_66 ? 2 : 4; }

/* The register that an 8-bit operand's number means: without REX, 4 to 7 are the second bytes of the first four. */
static inline unsigned low_register(const struct instruction *i, unsigned number) {
    return i->has_rex || number < 4 || number > 7 ? number : number - 4;
}

static inline unsigned general(const struct instruction *i, unsigned number, unsigned bytes) {
    return (bytes == 1 ? low_register(i, number) : number) & 15;
}

/* Tell of an access at the memory operand. */
void access_memory(struct instruction *i, unsigned loads, unsigned stores, unsigned bytes);
/* Tell of an access through one register. */
void access_through(struct instruction *i, unsigned base, unsigned loads, unsigned stores, unsigned bytes);
/* Write a general register; a part of it keeps the rest, so the old value is waited for. */
void write_general(struct instruction *i, unsigned number, unsigned bytes);
void read_operand(struct instruction *i, unsigned bytes);
void write_operand(struct instruction *i, unsigned bytes);
void modify_operand(struct instruction *i, unsigned bytes);
void set_class(struct instruction *i, enum op_class op, unsigned uops);

/* Each returns whether it knows the opcode. */
bool decode_general(struct instruction *i);
bool decode_extended(struct instruction *i);
bool decode_bit_manipulation(struct instruction *i);
bool decode_mask_operation(struct instruction *i);
bool decode_x87(struct instruction *i);
bool decode_vector(struct instruction *i);

#endif
