#include "cpu.h"

#include "vector.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

static int supports_v3(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}
static int supports_v4(void) {
    return supports_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
}
int64_t cpu_vector_bits(void) {
    __builtin_cpu_init();
    return supports_v4() ? 512 : supports_v3() ? 256 : 128;
}
/* A hypervisor's leaves lie outside the ranges that __get_cpuid_count checks; the bit that says there is one guards them. */
static int hypervisor_leaf(unsigned leaf, unsigned subleaf, unsigned *a, unsigned *b, unsigned *c, unsigned *d) {
    unsigned highest;
    if (!__get_cpuid(1, a, b, c, d) || !(*c >> 31 & 1)) return 0;
    __cpuid(0x40000000u, highest, *b, *c, *d);
    if (leaf != 0x40000000u && leaf > highest) return 0;
    __cpuid_count(leaf, subleaf, *a, *b, *c, *d);
    return 1;
}
int64_t cpu_cpuid(int64_t leaf, int64_t subleaf, int64_t *out) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    int known = leaf >> 8 == 0x400000 ? hypervisor_leaf((unsigned)leaf, (unsigned)subleaf, &a, &b, &c, &d)
                                      : __get_cpuid_count((unsigned)leaf, (unsigned)subleaf, &a, &b, &c, &d);
    if (!known) a = b = c = d = 0;
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
    return known ? 1 : 0;
}
int64_t cpu_timestamp(void) {
    unsigned core;
    return (int64_t)__rdtscp(&core);
}
int64_t cpu_timestamp_hertz(void) { return 0; }

#elif defined(__aarch64__)
int64_t cpu_vector_bits(void) { return 128; }
int64_t cpu_cpuid(int64_t leaf, int64_t subleaf, int64_t *out) {
    (void)leaf, (void)subleaf;
    out[0] = out[1] = out[2] = out[3] = 0;
    return 0;
}
int64_t cpu_timestamp(void) {
    int64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
}
int64_t cpu_timestamp_hertz(void) {
    int64_t hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    return hertz;
}

#else
int64_t cpu_vector_bits(void) { return 64; }
int64_t cpu_cpuid(int64_t leaf, int64_t subleaf, int64_t *out) {
    (void)leaf, (void)subleaf;
    out[0] = out[1] = out[2] = out[3] = 0;
    return 0;
}
int64_t cpu_timestamp(void) { return 0; }
int64_t cpu_timestamp_hertz(void) { return 0; }
#endif

int64_t cpu_variant_bytes(void) { return VECTOR_BYTES; }
int64_t cpu_has_streaming_store(void) { return HAS_STREAMING_STORE; }
