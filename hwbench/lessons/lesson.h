/* What the C of a lesson is written with. KEEP(x) adds no instruction: it hides from the compiler what an integer or a
 * pointer holds, so that it can neither foresee it nor leave out the work that made it; KEEP_FLOAT does the same for a
 * double. EVERYTHING_MAY_HAVE_CHANGED makes it read memory again. */
#ifndef HWBENCH_LESSON_H
#define HWBENCH_LESSON_H

#include <stdint.h>

#define LESSON __attribute__((visibility("default"), noinline))
#define KEEP(x) __asm__ volatile("" : "+r"(x))
#define EVERYTHING_MAY_HAVE_CHANGED __asm__ volatile("" ::: "memory")

#if defined(__x86_64__)
#define KEEP_FLOAT(x) __asm__ volatile("" : "+x"(x))
#elif defined(__aarch64__)
#define KEEP_FLOAT(x) __asm__ volatile("" : "+w"(x))
#else
#define KEEP_FLOAT(x) __asm__ volatile("" : "+m"(x))
#endif

#endif
