// Touches so many pages, each once, gives up the CPU so often, and allocates and frees: pages PAGES SLEEPS CHILDREN
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void touch(long pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, (size_t)pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        _exit(1);
    madvise(memory, (size_t)pages * page, MADV_NOHUGEPAGE);
    for (long i = 0; i < pages; i++)
        ((volatile char *)memory)[(size_t)i * page] = 1;
}

int main(int count, char **words)
{
    long pages = count > 1 ? atol(words[1]) : 1, sleeps = count > 2 ? atol(words[2]) : 0;
    long children = count > 3 ? atol(words[3]) : 0;
    touch(pages);
    for (long i = 0; i < sleeps; i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    for (long i = 0; i < children; i++)
        if (fork() == 0) {
            touch(pages);
            _exit(0);
        }
    while (children-- > 0)
        wait(NULL);
    return 0;
}
