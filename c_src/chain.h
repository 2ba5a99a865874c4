/* Arithmetic by operation and type: one dependent chain (latency), or independent chains (throughput), and the FLOP roof.
 *
 * Every chain takes operands[3] = {x, y, z}. A latency kernel does 64 dependent operations a repeat and returns the last value.
 * A throughput kernel does 120 a repeat, on as many independent chains as fit the registers (12 of floating point, 10 of
 * integers), and returns the sum of the chains. The operations:
 *   add x = x + y · multiply x = x * y · fused_multiply_add x = x * y + z (rounded once) · divide x = y / x ·
 *   square_root: in the latency kernel x = sqrt(x) * y, so that x does not settle at 1 (the multiplication's latency must be
 *   taken off); in the throughput kernel x = sqrt(y).
 * Integers wrap. Without barriers a compiler would fold all of it. */
#ifndef HWBENCH_CHAIN_H
#define HWBENCH_CHAIN_H
#include <stdint.h>

int64_t chain_add_latency_i64(const int64_t *operands, int64_t repeats);
int64_t chain_multiply_latency_i64(const int64_t *operands, int64_t repeats);
int64_t chain_divide_latency_i64(const int64_t *operands, int64_t repeats);
int64_t chain_add_latency_i32(const int32_t *operands, int64_t repeats);
int64_t chain_multiply_latency_i32(const int32_t *operands, int64_t repeats);
int64_t chain_divide_latency_i32(const int32_t *operands, int64_t repeats);
double chain_add_latency_f64(const double *operands, int64_t repeats);
double chain_multiply_latency_f64(const double *operands, int64_t repeats);
double chain_fused_multiply_add_latency_f64(const double *operands, int64_t repeats);
double chain_divide_latency_f64(const double *operands, int64_t repeats);
double chain_square_root_latency_f64(const double *operands, int64_t repeats);
double chain_add_latency_f32(const float *operands, int64_t repeats);
double chain_multiply_latency_f32(const float *operands, int64_t repeats);
double chain_fused_multiply_add_latency_f32(const float *operands, int64_t repeats);
double chain_divide_latency_f32(const float *operands, int64_t repeats);
double chain_square_root_latency_f32(const float *operands, int64_t repeats);

int64_t chain_add_throughput_i64(const int64_t *operands, int64_t repeats);
int64_t chain_multiply_throughput_i64(const int64_t *operands, int64_t repeats);
int64_t chain_divide_throughput_i64(const int64_t *operands, int64_t repeats);
int64_t chain_add_throughput_i32(const int32_t *operands, int64_t repeats);
int64_t chain_multiply_throughput_i32(const int32_t *operands, int64_t repeats);
int64_t chain_divide_throughput_i32(const int32_t *operands, int64_t repeats);
double chain_add_throughput_f64(const double *operands, int64_t repeats);
double chain_multiply_throughput_f64(const double *operands, int64_t repeats);
double chain_fused_multiply_add_throughput_f64(const double *operands, int64_t repeats);
double chain_divide_throughput_f64(const double *operands, int64_t repeats);
double chain_square_root_throughput_f64(const double *operands, int64_t repeats);
double chain_add_throughput_f32(const float *operands, int64_t repeats);
double chain_multiply_throughput_f32(const float *operands, int64_t repeats);
double chain_fused_multiply_add_throughput_f32(const float *operands, int64_t repeats);
double chain_divide_throughput_f32(const float *operands, int64_t repeats);
double chain_square_root_throughput_f32(const float *operands, int64_t repeats);

/* Fused multiply-adds x = x + y * z at this build's vector width, on as many accumulators as there are registers: 768
 * elements of double, or 1536 of float, a repeat, whatever the width. Returns the sum over all elements: with y * z = 1 and
 * x = 0 that is how many multiply-adds were done. A CPU without the instruction multiplies, then adds. */
double chain_peak_f64(const double *operands, int64_t repeats);
double chain_peak_f32(const float *operands, int64_t repeats);

/* 1 if this CPU has a fused multiply-add instruction; 0 if its kernels call the C library's function instead. */
int64_t chain_has_fused_multiply_add(void);
#endif
