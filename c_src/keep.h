/* Barriers that keep a value in a register and unknown to the optimiser, and add no instruction.
 * They stop constant folding, vectorisation and the turning of branches into conditional moves. */
#ifndef HWBENCH_KEEP_H
#define HWBENCH_KEEP_H

/* The register class of a scalar or vector float; on a machine not named here the value goes through memory, which is slower. */
#if defined(__AVX512F__)
#define FLOAT_REGISTER "v"
#elif defined(__x86_64__)
#define FLOAT_REGISTER "x"
#elif defined(__aarch64__)
#define FLOAT_REGISTER "w"
#elif defined(__riscv)
#define FLOAT_REGISTER "f"
#else
#define FLOAT_REGISTER "m"
#endif

/* An integer or a pointer. */
#define KEEP_WORD(x) __asm__ volatile("" : "+r"(x))
/* A float or double, or a vector of them. */
#define KEEP_FLOAT(x) __asm__ volatile("" : "+" FLOAT_REGISTER(x))
/* The same with a text of its own, so that two arms of a branch that differ in nothing else are not merged. */
#define KEEP_WORD_AS(text, x) __asm__ volatile("/* " text " */" : "+r"(x))

#define NOT_INLINED __attribute__((noinline))
#endif
