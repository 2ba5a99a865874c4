/* Ask n questions of a function: by calling it, or (PIPE) of a child process by way of two pipes, waiting for each answer. */
#include "corpus.h"
#include <sys/wait.h>
#include <unistd.h>

static NOINLINE uint64_t reply(uint64_t question) {
    for (int step = 0; step < 2000; step++) question = question * 6364136223846793005u + 1442695040888963407u;
    return question;
}

#ifdef PIPE
static int to_child[2], from_child[2];
static pid_t child;

static void start(void) {
    must(pipe(to_child) == 0 && pipe(from_child) == 0, "pipe");
    child = fork();
    must(child >= 0, "fork");
    if (child > 0) return;
    uint64_t word;
    close(to_child[1]);
    while (read(to_child[0], &word, sizeof word) == sizeof word) {
        word = reply(word);
        must(write(from_child[1], &word, sizeof word) == sizeof word, "write");
    }
    _exit(0);
}

static uint64_t ask(uint64_t word) {
    must(write(to_child[1], &word, sizeof word) == sizeof word, "write");
    must(read(from_child[0], &word, sizeof word) == sizeof word, "read");
    return word;
}

static void stop(void) {
    close(to_child[1]);
    waitpid(child, NULL, 0);
}
#else
static void start(void) {}
static uint64_t ask(uint64_t word) { return reply(word); }
static void stop(void) {}
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    start();
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += ask(i) >> 7;
    REGION_END();
    stop();
    return answer(sum);
}
