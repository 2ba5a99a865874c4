/* Between the functions that the compiler calls (trace_hooks.c) and what is made of them (trace_runtime.c). */
#ifndef HWBENCH_COUNTING_TRACE_RUNTIME_H
#define HWBENCH_COUNTING_TRACE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#define EXPORTED __attribute__((visibility("default")))

enum trace_event { TRACE_ATOMIC, TRACE_FENCE };

/* An access of up to 64 bytes that is about to happen, by that instruction. */
void trace_access(const void *at, unsigned bytes, bool is_store, const void *instruction);
/* An access to many bytes, as so many vectors. */
void trace_range(const void *at, size_t bytes, bool is_store, const void *instruction);
void trace_event(enum trace_event event);

#endif
