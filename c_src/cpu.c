#include "cpu.h"

#include "vector.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

/* Asked of CPUID and XCR0 themselves: compilers' __builtin_cpu_supports is a run-time library's, and Zig's says no to all.
 * Source: Intel SDM vol. 2, CPUID; vol. 1, 13.3; the levels of the x86-64 psABI. */
static int all_set(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }
static int os_saves(unsigned state) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return all_set(low, state);
}
static int supports_v3(void) {
    unsigned a, b1, c1, d, b7, c7, cx, b;
    if (!__get_cpuid_count(1, 0, &a, &b1, &c1, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d)) return 0;
    if (!__get_cpuid_count(0x80000001u, 0, &a, &b, &cx, &d)) return 0;
    unsigned fma = 1u << 12, movbe = 1u << 22, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
    unsigned bmi1 = 1u << 3, avx2 = 1u << 5, bmi2 = 1u << 8, lzcnt = 1u << 5;
    return all_set(c1, fma | movbe | osxsave | avx | f16c) && all_set(b7, bmi1 | avx2 | bmi2) && all_set(cx, lzcnt) &&
           os_saves(0x6);
}
static int supports_v4(void) {
    unsigned a, b7, c, d, f = 1u << 16, dq = 1u << 17, cd = 1u << 28, bw = 1u << 30, vl = 1u << 31;
    return supports_v3() && __get_cpuid_count(7, 0, &a, &b7, &c, &d) && all_set(b7, f | dq | cd | bw | vl) && os_saves(0xe6);
}
int64_t cpu_vector_bits(void) {
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
