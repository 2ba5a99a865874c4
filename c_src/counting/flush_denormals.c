/* Put ahead of a program's own library (LD_PRELOAD): numbers too small for the usual form count as zero, so that the time
 * saved is what the slow way through them costs. Threads inherit the setting. The results may differ in their last digits.
 * Not caught: statically linked programs, those that set the mode themselves, and x87 arithmetic. */
#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>

enum { FLUSH_RESULTS = 0x8000, READ_AS_ZERO = 0x0040 };

__attribute__((constructor)) static void flush_denormals(void) { _mm_setcsr(_mm_getcsr() | FLUSH_RESULTS | READ_AS_ZERO); }
#elif defined(__aarch64__)
__attribute__((constructor)) static void flush_denormals(void) {
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | 1ul << 24)); /* FZ */
}
#else
#error "how numbers too small are flushed is not known for this processor"
#endif
