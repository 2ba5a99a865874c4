/* Put ahead of a program's own library (LD_PRELOAD): counts how often the program waits for a disk, and passes every call on.
 * `hwbench_syncs` tells how often so far. Files that were opened so that each write waits (O_SYNC, O_DSYNC) count a write as one.
 * Not seen: io_uring's fsync, statically linked programs, and system calls made without the C library.
 * Source: fsync(2), open(2), msync(2), sync_file_range(2). */
#undef _FORTIFY_SOURCE /* it would turn open into an inline function */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long syncs;

long hwbench_syncs(void);

long hwbench_syncs(void) { return atomic_load(&syncs); }

#define NEXT(name, result, ...)                                 \
    static result (*next)(__VA_ARGS__);                         \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);

static void count(void) { atomic_fetch_add(&syncs, 1); }

int fsync(int descriptor) {
    NEXT(fsync, int, int)
    count();
    return next(descriptor);
}

int fdatasync(int descriptor) {
    NEXT(fdatasync, int, int)
    count();
    return next(descriptor);
}

int syncfs(int descriptor) {
    NEXT(syncfs, int, int)
    count();
    return next(descriptor);
}

void sync(void) {
    NEXT(sync, void, void)
    count();
    next();
}

int msync(void *address, size_t length, int flags) {
    NEXT(msync, int, void *, size_t, int)
    if (flags & MS_SYNC) count();
    return next(address, length, flags);
}

int sync_file_range(int descriptor, off64_t offset, off64_t bytes, unsigned flags) {
    NEXT(sync_file_range, int, int, off64_t, off64_t, unsigned)
    if (flags & SYNC_FILE_RANGE_WAIT_AFTER) count();
    return next(descriptor, offset, bytes, flags);
}

static void written(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && flags & (O_SYNC | O_DSYNC)) count();
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    NEXT(write, ssize_t, int, const void *, size_t)
    written(descriptor);
    return next(descriptor, bytes, length);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    NEXT(pwrite, ssize_t, int, const void *, size_t, off_t)
    written(descriptor);
    return next(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    NEXT(pwrite64, ssize_t, int, const void *, size_t, off64_t)
    written(descriptor);
    return next(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count_of_parts) {
    NEXT(writev, ssize_t, int, const struct iovec *, int)
    written(descriptor);
    return next(descriptor, parts, count_of_parts);
}
