/* The one place that knows how wide a vector is and how this machine's special memory instructions are spelt.
 * VECTOR_BYTES (8, 16, 32, 64) comes from the build: one variant a width. GCC's vector extension does the rest. */
#ifndef HWBENCH_VECTOR_H
#define HWBENCH_VECTOR_H
#include <stdint.h>
#include <string.h>

#ifndef VECTOR_BYTES
#define VECTOR_BYTES 16
#endif
#define VECTOR_WORDS (VECTOR_BYTES / 8)

#if VECTOR_BYTES == 8
typedef int64_t int_vector;
typedef double float_vector;
#else
typedef int64_t int_vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef double float_vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
#endif

/* Keeps a value alive and unknown to the optimiser, in whichever register it is. */
#if VECTOR_BYTES == 8
#define KEEP_INT(v) __asm__ volatile("" : "+r"(v))
#else
#if defined(__x86_64__)
#define KEEP_INT(v) __asm__ volatile("" : "+x"(v))
#elif defined(__aarch64__)
#define KEEP_INT(v) __asm__ volatile("" : "+w"(v))
#endif
#endif

/* Tells the compiler that memory may have changed: no load or store moves across, none is removed. */
#define COMPILER_BARRIER() __asm__ volatile("" ::: "memory")

#if defined(__x86_64__)
#define HAS_STREAMING_STORE 1
#include <immintrin.h>
static inline void store_around_cache(double *to, float_vector v) {
#if VECTOR_BYTES == 64
    _mm512_stream_pd(to, (__m512d)v);
#elif VECTOR_BYTES == 32
    _mm256_stream_pd(to, (__m256d)v);
#elif VECTOR_BYTES == 16
    _mm_stream_pd(to, (__m128d)v);
#else
    long long bits;
    __builtin_memcpy(&bits, &v, 8); /* -fno-builtin would make a call of plain memcpy */
    KEEP_INT(bits); /* of a double Clang makes an ordinary store */
    _mm_stream_si64((long long *)to, bits);
#endif
}
static inline void drain_stores(void) { _mm_sfence(); }
#elif defined(__aarch64__) && VECTOR_BYTES == 16
#define HAS_STREAMING_STORE 1
static inline void store_around_cache(double *to, float_vector v) {
    double low = v[0], high = v[1];
    __asm__ volatile("stnp %d1, %d2, [%0]" ::"r"(to), "w"(low), "w"(high) : "memory");
}
static inline void drain_stores(void) { __asm__ volatile("dmb ishst" ::: "memory"); }
#else
#define HAS_STREAMING_STORE 0
static inline void store_around_cache(double *to, float_vector v) { __builtin_memcpy(to, &v, sizeof v); }
static inline void drain_stores(void) { COMPILER_BARRIER(); }
#endif
#endif
