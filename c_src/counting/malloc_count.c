// Counts calls of the C library's allocator: loaded ahead of it (LD_PRELOAD), it passes every call on.
//
// At the end of each process one line is added to the file that HWBENCH_MALLOC names: allocations, frees, bytes asked for, and
// how many asked for 128 KiB or more (which glibc maps and unmaps, at the cost of page faults). A child that is forked begins at
// zero; one that ends by _exit is seen, one that is killed, or replaced by exec, is not.
// Fooled by: allocators of a program's own (CPython's small objects, arenas, jemalloc linked in): what they take at once is one call.
// Source: dlsym(3) on RTLD_NEXT; ld.so(8) on LD_PRELOAD; mallopt(3) on M_MMAP_THRESHOLD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LARGE = 128 * 1024, EARLY_BYTES = 16 * 1024, ALIGNMENT = 16 };

static atomic_uint_fast64_t allocations, frees, bytes, large;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);

// Looking up the real functions may itself allocate: that is served from here, and never given back.
static _Alignas(ALIGNMENT) char early[EARLY_BYTES];
static size_t early_used;
static _Thread_local int is_looking __attribute__((tls_model("initial-exec")));

static void *take_early(size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded < size || rounded > EARLY_BYTES - early_used)
        return NULL;
    void *taken = early + early_used;
    early_used += rounded;
    return taken;
}

static int is_early(const void *pointer)
{
    return (const char *)pointer >= early && (const char *)pointer < early + EARLY_BYTES;
}

// ISO C has no conversion from an object's address to a function's: the bytes are copied.
static void find(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(function, &symbol, sizeof symbol);
}

static void look_up(void)
{
    if (next_free || is_looking)
        return;
    is_looking = 1;
    find("malloc", &next_malloc);
    find("calloc", &next_calloc);
    find("realloc", &next_realloc);
    find("posix_memalign", &next_posix_memalign);
    find("aligned_alloc", &next_aligned_alloc);
    find("free", &next_free);
    is_looking = 0;
}

static void note(size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
    if (size >= LARGE)
        atomic_fetch_add_explicit(&large, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
    look_up();
    if (!next_malloc)
        return take_early(size);
    note(size);
    return next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    look_up();
    if (!next_calloc)
        return size && count > EARLY_BYTES / size ? NULL : take_early(count * size);
    note(size && count > SIZE_MAX / size ? 0 : count * size);
    return next_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    look_up();
    if (is_early(old) || !next_realloc) {
        void *moved = malloc(size);
        size_t left = old ? (size_t)(early + EARLY_BYTES - (char *)old) : 0;
        if (moved && old)
            memcpy(moved, old, size < left ? size : left);
        return moved;
    }
    note(size);
    if (old)
        atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
    return next_realloc(old, size);
}

void free(void *pointer)
{
    if (!pointer || is_early(pointer))
        return;
    look_up();
    if (!next_free)
        return;
    atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
    next_free(pointer);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    look_up();
    if (!next_posix_memalign)
        return ENOMEM;
    note(size);
    return next_posix_memalign(out, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    look_up();
    if (!next_aligned_alloc)
        return NULL;
    note(size);
    return next_aligned_alloc(alignment, size);
}

static pid_t own; // a child of vfork shares our memory, and must not report in our place

static void begin_again(void)
{
    own = getpid();
    atomic_store(&allocations, 0);
    atomic_store(&frees, 0);
    atomic_store(&bytes, 0);
    atomic_store(&large, 0);
}

static void report(void)
{
    static atomic_flag is_done = ATOMIC_FLAG_INIT;
    const char *file = getenv("HWBENCH_MALLOC");
    if (!file || getpid() != own || atomic_flag_test_and_set(&is_done))
        return;
    char line[128];
    int length = snprintf(line, sizeof line, "%llu %llu %llu %llu\n", (unsigned long long)atomic_load(&allocations),
                          (unsigned long long)atomic_load(&frees), (unsigned long long)atomic_load(&bytes),
                          (unsigned long long)atomic_load(&large));
    int descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return;
    if (write(descriptor, line, (size_t)length) != length)
        (void)ftruncate(descriptor, 0); // half a line would be read as a count
    close(descriptor);
}

__attribute__((constructor)) static void begin(void)
{
    own = getpid();
    look_up();
    pthread_atfork(NULL, NULL, begin_again);
}

__attribute__((destructor)) static void end(void)
{
    report();
}

// Forked children often end so, past all destructors.
__attribute__((noreturn)) void _exit(int status)
{
    report();
    for (;;)
        syscall(SYS_exit_group, status);
}
