#include "layout.h"

#include "vector.h"

#define LAYOUT_BLOCK 8 /* words of one field side by side: a line of 64 bytes, a vector of any width */

/* The place of a field, layout by layout. */
static inline int64_t in_structures(int64_t record, int64_t field, int64_t count, int64_t fields) {
    (void)count;
    return record * fields + field;
}
static inline int64_t in_arrays(int64_t record, int64_t field, int64_t count, int64_t fields) {
    (void)fields;
    return field * count + record;
}
static inline int64_t in_blocks(int64_t record, int64_t field, int64_t count, int64_t fields) {
    (void)count;
    return (record / LAYOUT_BLOCK * fields + field) * LAYOUT_BLOCK + record % LAYOUT_BLOCK;
}

int64_t layout_one_of_structures(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < count; i++) sum += words[in_structures(i, field, count, fields)];
        COMPILER_BARRIER();
    }
    return sum;
}

int64_t layout_one_of_arrays(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        const int64_t *column = words + in_arrays(0, field, count, fields);
        for (int64_t i = 0; i < count; i++) sum += column[i];
        COMPILER_BARRIER();
    }
    return sum;
}

int64_t layout_one_of_blocks(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < count; i += LAYOUT_BLOCK) {
            const int64_t *block = words + in_blocks(i, field, count, fields);
            for (int k = 0; k < LAYOUT_BLOCK; k++) sum += block[k];
        }
        COMPILER_BARRIER();
    }
    return sum;
}

#define ALL(PLACE)                                                                                                    \
    int64_t sum = 0;                                                                                                  \
    for (int64_t r = 0; r < repeats; r++) {                                                                           \
        for (int64_t i = 0; i < picks; i++) {                                                                         \
            for (int64_t field = 0; field < fields; field++) sum += words[PLACE(index[i], field, count, fields)];     \
        }                                                                                                             \
        COMPILER_BARRIER();                                                                                           \
    }                                                                                                                 \
    return sum;

int64_t layout_all_of_structures(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                                 int64_t repeats) {
    ALL(in_structures)
}
int64_t layout_all_of_arrays(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                             int64_t repeats) {
    ALL(in_arrays)
}
int64_t layout_all_of_blocks(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                             int64_t repeats) {
    ALL(in_blocks)
}

int64_t layout_records(const uint8_t *records, int64_t count, int64_t record_bytes, int64_t repeats) {
    int64_t sum = 0;
    for (int64_t r = 0; r < repeats; r++) {
        const uint8_t *p = records;
        for (int64_t i = 0; i < count; i++, p += record_bytes) {
            int64_t value;
            __builtin_memcpy(&value, p, 8);
            sum += value + p[8];
        }
        COMPILER_BARRIER();
    }
    return sum;
}
