// Makes so many getppid, fsync and nanosleep (1 ms each) calls: calls GETPPID FSYNC NANOSLEEP [CHILDREN]
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words)
{
    long quick = count > 1 ? atol(words[1]) : 0, durable = count > 2 ? atol(words[2]) : 0;
    long sleeps = count > 3 ? atol(words[3]) : 0, children = count > 4 ? atol(words[4]) : 0;
    for (long i = 0; i < children; i++)
        if (fork() == 0) {
            for (long k = 0; k < quick; k++)
                syscall(SYS_getppid);
            _exit(0);
        }
    while (children-- > 0)
        wait(NULL);
    for (long i = 0; i < quick; i++)
        syscall(SYS_getppid);
    FILE *file = durable ? tmpfile() : NULL;
    for (long i = 0; i < durable; i++)
        fsync(fileno(file));
    for (long i = 0; i < sleeps; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return 0;
}
