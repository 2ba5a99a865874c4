/* Put ahead of a program's own library (LD_PRELOAD): memory that the program maps itself, and its static arrays, may become
 * huge pages, also where it asks for small ones. What malloc takes is asked for by glibc itself (glibc.malloc.hugetlb=1).
 * Left alone: thread stacks, and reservations without swap (MAP_NORESERVE), of which little is ever used. */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

static void advise(void *start, size_t length) { syscall(SYS_madvise, start, length, MADV_HUGEPAGE); }

static void *mapped(void *start, size_t length, int flags) {
    int wanted = MAP_PRIVATE | MAP_ANONYMOUS, unwanted = MAP_STACK | MAP_NORESERVE | MAP_HUGETLB;
    if (start != MAP_FAILED && length >= HUGE_PAGE && (flags & wanted) == wanted && !(flags & unwanted))
        advise(start, length);
    return start;
}

#define MAP(name, offset_type)                                                                                  \
    void *name(void *hint, size_t length, int protection, int flags, int file, offset_type offset) {            \
        static void *(*next)(void *, size_t, int, int, int, offset_type);                                       \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                                                   \
        return mapped(next(hint, length, protection, flags, file, offset), length, flags);                      \
    }

MAP(mmap, off_t)
MAP(mmap64, off64_t)

int madvise(void *start, size_t length, int advice) {
    return (int)syscall(SYS_madvise, start, length, advice == MADV_NOHUGEPAGE ? MADV_HUGEPAGE : advice);
}

/* The first object that is told of is the program itself; its writable segments end in the static arrays. */
static int program_only(struct dl_phdr_info *program, size_t size, void *unused) {
    (void)size, (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_W) || part->p_memsz < HUGE_PAGE) continue;
        uintptr_t base = program->dlpi_addr + part->p_vaddr;
        uintptr_t start = (base + part->p_filesz + page - 1) / page * page, end = (base + part->p_memsz) / page * page;
        if (end > start) advise((void *)start, end - start);
    }
    return 1;
}

__attribute__((constructor)) static void advise_static_arrays(void) { dl_iterate_phdr(program_only, NULL); }
