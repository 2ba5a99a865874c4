/* A thread asks another for something, through one pipe, and waits for the answer in a second: item by item, or in batches. */
#include "lesson.h"
#include <pthread.h>
#include <unistd.h>

enum { BATCH = 64 };

struct pair {
    pthread_t other;
    int ask[2], answer[2];
    int64_t rounds;
};

/* What is made of an item: a chain of so many multiplications. */
static int64_t made_of(int64_t item, int64_t rounds)
{
    for (int64_t round = 0; round < rounds; round++)
        item = (item * 1103515245 + 12345) & 0x7fffffff;
    return item;
}

/* The other thread: it sleeps until something is asked, answers all that has come in one go, and ends when the pipe is shut. */
static void *answer_all(void *given)
{
    struct pair *pair = given;
    int64_t items[BATCH], got;
    while ((got = read(pair->ask[0], items, sizeof items)) > 0) {
        for (int64_t item = 0; item < got / 8; item++)
            items[item] = made_of(items[item], pair->rounds);
        if (write(pair->answer[1], items, (size_t)got) != got)
            break;
    }
    return 0;
}

static int begin(struct pair *pair, int64_t rounds)
{
    pair->rounds = rounds;
    return pipe(pair->ask) == 0 && pipe(pair->answer) == 0 && pthread_create(&pair->other, 0, answer_all, pair) == 0;
}

static void end(struct pair *pair)
{
    close(pair->ask[1]);
    pthread_join(pair->other, 0);
    close(pair->ask[0]);
    close(pair->answer[0]);
    close(pair->answer[1]);
}

/* Ask for each item and wait: this thread goes to sleep, the other is woken, and the same again for the answer. */
LESSON int64_t ask_each(const int64_t *items, int64_t count, int64_t rounds)
{
    struct pair pair;
    int64_t total = 0, answer;
    if (!begin(&pair, rounds))
        return -1;
    for (int64_t item = 0; item < count; item++) {
        if (write(pair.ask[1], &items[item], 8) != 8 || read(pair.answer[0], &answer, 8) != 8)
            break;
        total += answer;
    }
    end(&pair);
    return total;
}

/* Ask for a batch and wait: as many switches for 64 items as there were for one. */
LESSON int64_t ask_batches(const int64_t *items, int64_t count, int64_t rounds)
{
    struct pair pair;
    int64_t total = 0, answers[BATCH];
    if (!begin(&pair, rounds))
        return -1;
    for (int64_t first = 0; first < count; first += BATCH) {
        int64_t many = count - first < BATCH ? count - first : BATCH, bytes = 8 * many;
        if (write(pair.ask[1], items + first, (size_t)bytes) != bytes || read(pair.answer[0], answers, (size_t)bytes) != bytes)
            break;
        for (int64_t item = 0; item < many; item++)
            total += answers[item];
    }
    end(&pair);
    return total;
}
