/* What the CPU says of itself, and its time-stamp counter. Nothing here is timed. */
#ifndef HWBENCH_CPU_H
#define HWBENCH_CPU_H
#include <stdint.h>

/* Bits of the widest SIMD registers whose build variant this CPU and OS can run: 512, 256, 128, or 64 if none. */
int64_t cpu_vector_bits(void);

/* CPUID of a leaf and subleaf into out[4] = eax, ebx, ecx, edx; returns 1, or 0 where there is no such instruction or leaf. */
int64_t cpu_cpuid(int64_t leaf, int64_t subleaf, int64_t *out);

/* The time-stamp counter (x86) or the virtual counter (AArch64), ordered after all that came before; 0 where there is none. */
int64_t cpu_timestamp(void);

/* Ticks per second of cpu_timestamp as the hardware states it (AArch64); 0 where it does not say. */
int64_t cpu_timestamp_hertz(void);

/* Bytes of a vector in this build variant. */
int64_t cpu_variant_bytes(void);

/* 1 if this variant has stores that go around the caches. */
int64_t cpu_has_streaming_store(void);
#endif
