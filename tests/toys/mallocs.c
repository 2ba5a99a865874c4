// Allocates and frees so often, a third each by malloc, calloc and realloc of nothing: mallocs TIMES BYTES [CHILDREN] [KEPT]
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void work(long times, size_t bytes, long kept)
{
    for (long i = 0; i < times; i++) {
        char *volatile memory = i % 3 == 0 ? malloc(bytes) : i % 3 == 1 ? calloc(1, bytes) : realloc(NULL, bytes);
        if (!memory)
            _exit(1);
        memory[0] = 1;
        if (i >= kept)
            free(memory);
    }
}

int main(int count, char **words)
{
    long times = count > 1 ? atol(words[1]) : 0, bytes = count > 2 ? atol(words[2]) : 1;
    long children = count > 3 ? atol(words[3]) : 0, kept = count > 4 ? atol(words[4]) : 0;
    work(times, (size_t)bytes, kept);
    for (long i = 0; i < children; i++)
        if (fork() == 0) {
            work(times, (size_t)bytes, kept);
            _exit(0);
        }
    while (children-- > 0)
        wait(NULL);
    return 0;
}
