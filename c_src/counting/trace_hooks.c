/* The functions that -fsanitize=thread calls, by their names in GCC and Clang; each names an access that is about to be.
 *
 * Atomic operations are carried out here, as the compiler leaves that to the runtime, and in the strongest order. memcpy and
 * its like are wrapped by the linker (--wrap), since GCC leaves them to the library.
 */
#include <stdint.h>
#include <string.h>

#include "trace_runtime.h"

#define HERE __builtin_return_address(0)

#define ACCESS(name, bytes, is_store) \
    EXPORTED void __tsan_##name(const void *at); \
    EXPORTED void __tsan_##name(const void *at) { trace_access(at, bytes, is_store, HERE); }
#define ACCESSES(bytes) \
    ACCESS(read##bytes, bytes, false) ACCESS(write##bytes, bytes, true) \
    ACCESS(unaligned_read##bytes, bytes, false) ACCESS(unaligned_write##bytes, bytes, true) \
    ACCESS(volatile_read##bytes, bytes, false) ACCESS(volatile_write##bytes, bytes, true) \
    ACCESS(unaligned_volatile_read##bytes, bytes, false) ACCESS(unaligned_volatile_write##bytes, bytes, true) \
    EXPORTED void __tsan_read_write##bytes(const void *at); \
    EXPORTED void __tsan_read_write##bytes(const void *at) \
    { \
        trace_access(at, bytes, false, HERE); \
        trace_access(at, bytes, true, (const char *)HERE + 1); \
    }
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

#define RANGE(name, is_store) \
    EXPORTED void __tsan_##name(const void *at, size_t bytes); \
    EXPORTED void __tsan_##name(const void *at, size_t bytes) { trace_range(at, bytes, is_store, HERE); }
RANGE(read_range, false)
RANGE(write_range, true)

#define NOTHING(name, ...) \
    EXPORTED void __tsan_##name(__VA_ARGS__); \
    EXPORTED void __tsan_##name(__VA_ARGS__) {}
NOTHING(init, void)
NOTHING(func_entry, void *caller __attribute__((unused)))
NOTHING(func_exit, void)
NOTHING(ignore_thread_begin, void)
NOTHING(ignore_thread_end, void)

EXPORTED void __tsan_vptr_read(const void *at);
EXPORTED void __tsan_vptr_read(const void *at) { trace_access(at, sizeof(void *), false, HERE); }
EXPORTED void __tsan_vptr_update(const void *at, const void *value);
EXPORTED void __tsan_vptr_update(const void *at, const void *value __attribute__((unused)))
{
    trace_access(at, sizeof(void *), true, HERE);
}

#define ATOMIC_CHANGE(bits, name, operation) \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t value, int order); \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t value, \
                                                         int order __attribute__((unused))) \
    { \
        trace_event(TRACE_ATOMIC); \
        trace_access((const void *)at, bits / 8, false, HERE); \
        trace_access((const void *)at, bits / 8, true, (const char *)HERE + 1); \
        return operation(at, value, __ATOMIC_SEQ_CST); \
    }
#define ATOMIC_COMPARE(bits, name, is_weak) \
    EXPORTED int __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t value, \
                                              int order, int failed); \
    EXPORTED int __tsan_atomic##bits##_##name(volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t value, \
                                              int order __attribute__((unused)), int failed __attribute__((unused))) \
    { \
        trace_event(TRACE_ATOMIC); \
        trace_access((const void *)at, bits / 8, false, HERE); \
        trace_access((const void *)at, bits / 8, true, (const char *)HERE + 1); \
        return __atomic_compare_exchange_n(at, expected, value, is_weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    }
#define ATOMICS(bits) \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order); \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order __attribute__((unused))) \
    { \
        trace_access((const void *)at, bits / 8, false, HERE); \
        return __atomic_load_n(at, __ATOMIC_SEQ_CST); \
    } \
    EXPORTED void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value, int order); \
    EXPORTED void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value, int order __attribute__((unused))) \
    { \
        trace_access((const void *)at, bits / 8, true, HERE); \
        __atomic_store_n(at, value, __ATOMIC_SEQ_CST); \
    } \
    ATOMIC_CHANGE(bits, exchange, __atomic_exchange_n) \
    ATOMIC_CHANGE(bits, fetch_add, __atomic_fetch_add) \
    ATOMIC_CHANGE(bits, fetch_sub, __atomic_fetch_sub) \
    ATOMIC_CHANGE(bits, fetch_and, __atomic_fetch_and) \
    ATOMIC_CHANGE(bits, fetch_or, __atomic_fetch_or) \
    ATOMIC_CHANGE(bits, fetch_xor, __atomic_fetch_xor) \
    ATOMIC_CHANGE(bits, fetch_nand, __atomic_fetch_nand) \
    ATOMIC_COMPARE(bits, compare_exchange_strong, 0) \
    ATOMIC_COMPARE(bits, compare_exchange_weak, 1) \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *at, uint##bits##_t expected, \
                                                                       uint##bits##_t value, int order, int failed); \
    EXPORTED uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *at, uint##bits##_t expected, \
                                                                       uint##bits##_t value, int order, int failed) \
    { \
        __tsan_atomic##bits##_compare_exchange_strong(at, &expected, value, order, failed); \
        return expected; \
    }
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

EXPORTED void __tsan_atomic_thread_fence(int order);
EXPORTED void __tsan_atomic_thread_fence(int order __attribute__((unused)))
{
    trace_event(TRACE_FENCE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
NOTHING(atomic_signal_fence, int order __attribute__((unused)))

/* Both the linker's wrapping (GCC) and Clang's own names. */
#define COPY(name, real) \
    EXPORTED void *name(void *to, const void *from, size_t bytes); \
    EXPORTED void *name(void *to, const void *from, size_t bytes) \
    { \
        trace_range(from, bytes, false, HERE); \
        trace_range(to, bytes, true, (const char *)HERE + 1); \
        return real(to, from, bytes); \
    }
#define FILL(name) \
    EXPORTED void *name(void *to, int byte, size_t bytes); \
    EXPORTED void *name(void *to, int byte, size_t bytes) \
    { \
        trace_range(to, bytes, true, HERE); \
        return memset(to, byte, bytes); \
    }
COPY(__wrap_memcpy, memcpy)
COPY(__wrap_memmove, memmove)
COPY(__tsan_memcpy, memcpy)
COPY(__tsan_memmove, memmove)
FILL(__wrap_memset)
FILL(__tsan_memset)
