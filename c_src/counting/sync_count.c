/* Put ahead of a program's own library (LD_PRELOAD): counts how often the program waits for a disk, and passes every call on.
 * `hwbench_syncs` tells how often so far, `hwbench_take_unsynced` whether a file was
 * written to since the last of them, and since it was last asked. Files that were opened so that
 * each write waits (O_SYNC, O_DSYNC) count a write as one.
 * sync_file_range(2) does not count: it leaves out what is needed to find the data again, as its manual says.
 * Not seen: io_uring's writes and fsync, what is written through mmap, statically linked programs, and system calls made without
 * the C library.
 * Source: fsync(2), open(2), msync(2). */
#undef _FORTIFY_SOURCE /* it would turn open into an inline function */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long syncs;
static atomic_int unsynced;

long hwbench_syncs(void);
int hwbench_take_unsynced(void);

int hwbench_take_unsynced(void) { return atomic_exchange(&unsynced, 0); }

long hwbench_syncs(void) { return atomic_load(&syncs); }

#define NEXT(name, result, ...)                                 \
    static result (*next)(__VA_ARGS__);                         \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);

static void count(void) {
    atomic_fetch_add(&syncs, 1);
    atomic_store(&unsynced, 0);
}

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

static void written(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL), kept = errno;
    struct stat file;
    if (flags >= 0 && flags & (O_SYNC | O_DSYNC)) count();
    else if (!fstat(descriptor, &file) && S_ISREG(file.st_mode)) atomic_store(&unsynced, 1);
    errno = kept;
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

ssize_t pwritev(int descriptor, const struct iovec *parts, int count_of_parts, off_t offset) {
    NEXT(pwritev, ssize_t, int, const struct iovec *, int, off_t)
    written(descriptor);
    return next(descriptor, parts, count_of_parts, offset);
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count_of_parts, off64_t offset) {
    NEXT(pwritev64, ssize_t, int, const struct iovec *, int, off64_t)
    written(descriptor);
    return next(descriptor, parts, count_of_parts, offset);
}
