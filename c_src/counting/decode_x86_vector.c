#include "decode_x86_rows.h"

static unsigned vector(unsigned number) { return XMM0 + (number & 31); }

static unsigned mask_register(unsigned number) { return MASK0 + (number & 7); }

static bool is_scalar(const struct instruction *i, const struct row *row) {
    return row->kind == SCALAR || (row->kind == FLOATS && i->prefix >= PREFIX_F3);
}

static unsigned element_bytes(const struct instruction *i, const struct row *row) {
    bool is_wider = i->encoding == EVEX && row->element == 4 && row->op >= OP_VECTOR_INTEGER; /* vpmaxsq and the like */
    if (row->element == BY_WIDE || is_wider) return i->wide ? 8 : 4;
    if (row->element != BY_PREFIX) return row->element;
    bool is_packed_f2 = row->kind == PACKED && i->prefix == PREFIX_F2; /* haddps and addsubps */
    return (i->prefix == PREFIX_66 || i->prefix == PREFIX_F2) && !is_packed_f2 ? 8 : 4;
}

static unsigned vector_bytes(const struct instruction *i, const struct row *row) {
    if (i->encoding == LEGACY) return row->kind == INTEGERS && i->prefix == NO_PREFIX ? 8 : 16;
    bool rounds = i->encoding == EVEX && i->broadcasts && !i->is_memory; /* the length's bits say how */
    return i->length >= 2 || rounds ? 64 : 16u << i->length;
}

static unsigned memory_bytes(const struct instruction *i, const struct row *row) {
    unsigned element = element_bytes(i, row), whole = is_scalar(i, row) ? element : vector_bytes(i, row);
    if (i->encoding == EVEX && i->broadcasts && i->is_memory) return element;
    switch (row->memory) {
    case FULL: return whole;
    case HALF: return whole / 2;
    case QUARTER: return whole / 4;
    case EIGHTH: return whole / 8;
    case ONE_ELEMENT: return element;
    case BY_OPERAND: return i->wide ? 8 : 4;
    case HALF_UNLESS_66: return i->prefix == NO_PREFIX ? whole / 2 : whole;
    case HALF_IF_F3: return i->prefix == PREFIX_F3 ? whole / 2 : whole;
    case EIGHT_IF_F2: /* movddup loads half of 16 bytes but all of more; movlps and the like always load 8 */
        return i->prefix == PREFIX_F3 || (i->prefix == PREFIX_F2 && i->length) ? whole : 8;
    default: return row->memory;
    }
}

static void read_w(struct instruction *i, const struct row *row) {
    if (i->is_memory) {
        access_memory(i, 1, 0, memory_bytes(i, row));
    } else {
        reads(i->out, vector(i->rm));
    }
}

/* The other source: VEX.vvvv, or the target itself where there is no VEX. */
static void read_h(struct instruction *i) { reads(i->out, vector(i->encoding == LEGACY ? i->reg : i->extra)); }

static void write_v(struct instruction *i) { writes(i->out, vector(i->reg)); }

static void read_v(struct instruction *i) { reads(i->out, vector(i->reg)); }

/* W as a target: a store, or a register. */
static void write_w(struct instruction *i, const struct row *row) {
    if (i->is_memory) {
        access_memory(i, 0, 1, memory_bytes(i, row));
    } else {
        writes(i->out, vector(i->rm));
    }
}

/* E: a general register or memory. */
static void read_e(struct instruction *i, const struct row *row) {
    if (i->is_memory) {
        access_memory(i, 1, 0, memory_bytes(i, row));
    } else {
        reads(i->out, i->rm & 15);
    }
}

static void write_g(struct instruction *i) { writes(i->out, i->reg & 15); }

static void move_vector(struct instruction *i, const struct row *row, bool is_store) {
    bool merges = is_scalar(i, row) && !i->is_memory;
    if (merges) reads(i->out, vector(i->encoding != LEGACY ? i->extra : is_store ? i->rm : i->reg));
    if (is_store) {
        read_v(i);
        write_w(i, row);
    } else {
        read_w(i, row);
        write_v(i);
    }
    set_class(i, merges ? OP_VECTOR_MOVE : OP_MOVE, 1);
}

/* Whether the result does not depend on an operand that both sources are: zero, or all ones. */
static bool is_constant_of_same(const struct instruction *i) {
    unsigned other = i->encoding == LEGACY ? i->reg : i->extra;
    if (i->is_memory || other != i->rm || i->mask) return false;
    if (i->map == MAP_0F38) return i->opcode == 0x29 || i->opcode == 0x37;
    if (i->map != MAP_0F) return false;
    switch (i->opcode) {
    case 0x55: case 0x57: case 0x64 ... 0x66: case 0x74 ... 0x76: case 0xd8: case 0xd9: case 0xdf: case 0xe8: case 0xe9:
    case 0xef: case 0xf8 ... 0xfb: return true;
    default: return false;
    }
}

/* Gathers and scatters: as many accesses as the mask says, at addresses that a vector of indices gives. */
static void gather(struct instruction *i, const struct row *row, bool is_store) {
    struct decoded *out = i->out;
    unsigned element = element_bytes(i, row), index = i->index == NO_REGISTER ? RSP : i->index;
    unsigned selects = i->encoding == EVEX ? mask_register(i->mask) : vector(i->extra);
    if (i->encoding == EVEX) index |= i->extra & 16;
    i->index = (uint8_t)vector(index);
    access_memory(i, is_store ? 0 : 2, is_store ? 2 : 0, element);
    out->is_conditional_access = true;
    reads(out, selects);
    read_v(i);
    if (!is_store) write_v(i);
    writes(out, selects);
    out->uops = (uint8_t)(2 * vector_bytes(i, row) / element + 2);
}

static void masked_move(struct instruction *i, const struct row *row, bool is_store) {
    reads(i->out, vector(i->extra));
    if (is_store) read_v(i);
    access_memory(i, !is_store, is_store, memory_bytes(i, row));
    if (!is_store) write_v(i);
    i->out->is_conditional_access = true;
}

/* pcmpestrm, pcmpestri, pcmpistrm, pcmpistri. */
static void compare_strings(struct instruction *i, const struct row *row) {
    read_v(i);
    read_w(i, row);
    if (i->opcode < 0x62) reads(i->out, RAX), reads(i->out, RDX);
    writes(i->out, (i->opcode & 1) ? (unsigned)RCX : (unsigned)XMM0);
    write_flags(i->out);
}

static void blend(struct instruction *i, const struct row *row) {
    read_h(i);
    read_w(i, row);
    reads(i->out, i->encoding == LEGACY ? (unsigned)XMM0 : vector(i->bytes[i->size - 1] >> 4));
    write_v(i);
}

/* Conversions between a scalar float and a general register; with neither F3 nor F2 the other side is MMX. */
static void convert(struct instruction *i, const struct row *row) {
    bool is_from = row->form == CONVERT_FROM, is_mmx = i->prefix < PREFIX_F3;
    if (is_from) {
        if (i->encoding != EVEX) read_h(i);
        if (i->encoding == EVEX) reads(i->out, vector(i->extra));
        is_mmx ? read_w(i, row) : read_e(i, row);
        write_v(i);
    } else {
        read_w(i, row);
        is_mmx ? write_v(i) : write_g(i);
    }
    if (is_mmx && i->is_memory) i->out->access_bytes = !is_from && i->prefix == PREFIX_66 ? 16 : 8;
}

static void transfer(struct instruction *i, const struct row *row) {
    switch (row->form) {
    case INSERT:
        read_h(i);
        read_e(i, row);
        write_v(i);
        if (i->is_memory) set_class(i, OP_VECTOR_MOVE, 2);
        break;
    case FROM_GENERAL:
        read_e(i, row);
        write_v(i);
        if (i->is_memory) set_class(i, OP_MOVE, 1);
        break;
    case TO_GENERAL:
        read_w(i, row);
        write_g(i);
        break;
    default:
        read_v(i);
        if (i->is_memory) {
            access_memory(i, 0, 1, memory_bytes(i, row));
        } else {
            writes(i->out, i->rm & 15);
        }
        if (i->is_memory) set_class(i, row->uops == 1 ? OP_MOVE : OP_VECTOR_MOVE, row->uops);
        break;
    }
}

static void compute(struct instruction *i, const struct row *row) {
    switch (row->form) {
    case BINARY: read_h(i), read_w(i, row), write_v(i); break;
    case UNARY: read_w(i, row), write_v(i); break;
    case UNARY_OR_MERGE:
        if (is_scalar(i, row)) read_h(i);
        read_w(i, row), write_v(i);
        break;
    case IMMEDIATE_SHIFT:
        read_w(i, row);
        writes(i->out, vector(i->encoding == LEGACY ? i->rm : i->extra));
        break;
    case TERNARY: read_v(i), read_h(i), read_w(i, row), write_v(i); break;
    case COMPARE: read_v(i), read_w(i, row), write_flags(i->out); break;
    case LOAD_PART:
        if (i->prefix < PREFIX_F3) read_h(i);
        read_w(i, row), write_v(i);
        if (i->is_memory && i->prefix >= PREFIX_F3) set_class(i, OP_MOVE, 1);
        break;
    case EXTRACT_PART: read_v(i), write_w(i, row); break;
    case DUPLICATE:
        read_w(i, row), write_v(i);
        if (i->is_memory) set_class(i, OP_MOVE, 1);
        break;
    default: break;
    }
    i->out->breaks_dependence = row->form == BINARY && is_constant_of_same(i);
}

static void use_operands(struct instruction *i, const struct row *row) {
    struct row movq = {MOVE_LOAD, OP_VECTOR_MOVE, 8, 8, PACKED, 1};
    bool is_movq2dq = i->map == MAP_0F && i->opcode == 0xd6 && i->prefix >= PREFIX_F3; /* and movdq2q: the other way */
    switch (row->form) {
    case MOVE_LOAD: move_vector(i, row, false); break;
    case MOVE_STORE: move_vector(i, row, !is_movq2dq); break;
    case FROM_GENERAL: case INSERT: case TO_GENERAL: case TO_OPERAND: transfer(i, row); break;
    case MOVQ_OR_OPERAND: i->prefix == PREFIX_F3 ? move_vector(i, &movq, false) : transfer(i, row); break;
    case CONVERT_FROM: case CONVERT_TO: convert(i, row); break;
    case BLEND: blend(i, row); break;
    case MASKED_LOAD: masked_move(i, row, false); break;
    case MASKED_STORE: masked_move(i, row, true); break;
    case GATHERS: gather(i, row, false); break;
    case SCATTERS: gather(i, row, true); break;
    case STRINGS: compare_strings(i, row); break;
    case MASK_STORE:
        read_v(i), reads(i->out, vector(i->rm));
        access_through(i, RDI, 0, 1, vector_bytes(i, row));
        i->out->is_conditional_access = true;
        break;
    case TO_MASK: read_h(i), read_w(i, row), writes(i->out, mask_register(i->reg)); break;
    case TO_MASK_ALONE: read_w(i, row), writes(i->out, mask_register(i->reg)); break;
    case FROM_MASK: reads(i->out, mask_register(i->rm)), write_v(i); break;
    case NOTHING_READ: break;
    default: compute(i, row); break;
    }
}

/* Divisions and roots have a class for each size of element; elements are told of arithmetic only. */
static void tell_elements(struct instruction *i, const struct row *row) {
    struct decoded *out = i->out;
    unsigned element = element_bytes(i, row);
    if (element == 8 && (out->op == OP_FLOAT_DIVIDE_32 || out->op == OP_FLOAT_ROOT_32)) out->op++;
    if (out->op < OP_FLOAT_ADD || out->op > OP_VECTOR_MULTIPLY) return;
    bool is_scalar_conversion = (row->form == CONVERT_FROM || row->form == CONVERT_TO) && i->prefix >= PREFIX_F3;
    out->element_bytes = (uint8_t)element;
    out->vector_bytes = (uint8_t)(is_scalar(i, row) || is_scalar_conversion ? element : vector_bytes(i, row));
}

/* An EVEX mask selects elements: it is read, what it leaves stays, and memory may not be touched at all. */
static void apply_mask(struct instruction *i, const struct row *row) {
    if (i->encoding != EVEX || !i->mask || row->form == GATHERS || row->form == SCATTERS) return;
    reads(i->out, mask_register(i->mask));
    bool is_blend = i->map == MAP_0F38 && i->opcode >= 0x64 && i->opcode <= 0x66; /* the mask selects between sources */
    if (!i->zeroes && i->out->targets && !is_blend && row->form != TO_MASK && row->form != TO_MASK_ALONE) {
        reads(i->out, i->out->target[0]);
    }
    if (i->is_memory) i->out->is_conditional_access = true;
    if (i->out->op == OP_MOVE) i->out->op = OP_VECTOR_MOVE;
}

bool decode_vector(struct instruction *i) {
    struct row row = vector_row(i);
    if (row.form == UNKNOWN) return false;
    set_class(i, row.op, row.uops);
    use_operands(i, &row);
    tell_elements(i, &row);
    apply_mask(i, &row);
    return true;
}
