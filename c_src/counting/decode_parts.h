/* What the decoders of all instruction sets share: filling a record without ever leaving it. Both decoders compile on
 * every host, so that each can be tested anywhere.
 */
#ifndef HWBENCH_COUNTING_DECODE_PARTS_H
#define HWBENCH_COUNTING_DECODE_PARTS_H

#include "decode.h"

void decode_x86(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out);
void decode_aarch64(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out);

/* What is told of an instruction that is not known: one slow micro-operation without operands. */
static inline void decode_nothing(struct decoded *out) {
    *out = (struct decoded){.op = OP_OTHER, .uops = 1};
}

static inline void list_register(uint8_t *list, uint8_t *count, size_t room, unsigned number) {
    if (number >= REGISTERS) return;
    for (unsigned k = 0; k < *count; k++) {
        if (list[k] == number) return;
    }
    if (*count < room) list[(*count)++] = (uint8_t)number;
}

static inline void reads(struct decoded *out, unsigned number) {
    list_register(out->source, &out->sources, sizeof out->source, number);
}

static inline void writes(struct decoded *out, unsigned number) {
    list_register(out->target, &out->targets, sizeof out->target, number);
}

static inline void addressed_by(struct decoded *out, unsigned number) {
    list_register(out->address, &out->addresses, sizeof out->address, number);
}

static inline void read_flags(struct decoded *out) { reads(out, REGISTER_FLAGS); }

static inline void write_flags(struct decoded *out) { writes(out, REGISTER_FLAGS); }

#endif
