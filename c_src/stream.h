/* Streams: arrays passed through in order, at the vector width of the build variant. A pass is what a program moves:
 * 8 bytes a word read or written. Explicit vectors, so that the width is by construction; arrays need not be aligned.
 * Each returns a checksum that shows how often it ran or what it wrote last; the tests compare whole arrays. */
#ifndef HWBENCH_STREAM_H
#define HWBENCH_STREAM_H
#include <stdint.h>

/* Sum all words, `repeats` times; returns the sum over all passes (it wraps). */
int64_t stream_read(const int64_t *from, int64_t words, int64_t repeats);

/* Set every word to `value` plus the number of the pass, counted from 0; returns the last word written. */
double stream_write(double *to, int64_t words, double value, int64_t repeats);

/* to = from; returns the last word written, as do the following. */
double stream_copy(const double *from, double *to, int64_t words, int64_t repeats);

/* to = factor * from */
double stream_scale(const double *from, double *to, double factor, int64_t words, int64_t repeats);

/* to = first + second */
double stream_add(const double *first, const double *second, double *to, int64_t words, int64_t repeats);

/* to = first + factor * second */
double stream_triad(const double *first, const double *second, double *to, double factor, int64_t words, int64_t repeats);

/* stream_write and stream_copy with stores that go around the caches, where there are such (cpu_has_streaming_store). */
double stream_write_around(double *to, int64_t words, double value, int64_t repeats);
double stream_copy_around(const double *from, double *to, int64_t words, int64_t repeats);
#endif
