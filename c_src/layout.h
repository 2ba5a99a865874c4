/* Layouts: the same records of 64-bit fields kept as an array of structures (field f of record i is word i * fields + f),
 * as a structure of arrays (word f * count + i), or as arrays of LAYOUT_BLOCK (8) words, one a field, record block after
 * record block (word ((i / 8) * fields + f) * 8 + i % 8; `count` is then a multiple of 8). */
#ifndef HWBENCH_LAYOUT_H
#define HWBENCH_LAYOUT_H
#include <stdint.h>

/* Sum one field of all records, `repeats` times; return the sum over all passes (it wraps), as do the following. */
int64_t layout_one_of_structures(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats);
int64_t layout_one_of_arrays(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats);
int64_t layout_one_of_blocks(const int64_t *words, int64_t count, int64_t fields, int64_t field, int64_t repeats);

/* Sum all fields of the records named by index[0..picks-1], in that order. */
int64_t layout_all_of_structures(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                                 int64_t repeats);
int64_t layout_all_of_arrays(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                             int64_t repeats);
int64_t layout_all_of_blocks(const int64_t *words, const int64_t *index, int64_t picks, int64_t count, int64_t fields,
                             int64_t repeats);

/* Records of a 64-bit value and a byte, `record_bytes` apart: 9 packed (values lie across lines), 16 padded as a C compiler
 * does. Sum both fields of all records. */
int64_t layout_records(const uint8_t *records, int64_t count, int64_t record_bytes, int64_t repeats);
#endif
