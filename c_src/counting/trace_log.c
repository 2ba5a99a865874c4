#include "trace_log.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "simulate.h"

enum { KEPT_OF_THINNED = 8 }; /* one in so many */

struct log logs[LOG_CPUS];
double log_deadline;
bool log_is_thinned;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static struct log_buffer *first, *last, *spare;
static unsigned made, in_use;
static bool is_consuming, is_guessing, has_consumer;
static struct timespec deadline;
static pthread_t consumer;
static void (*write_report)(bool stopped);

/* Simulates what a vCPU has logged since its last hand-over, in place; the lock is held. */
static void simulate_partial(unsigned cpu)
{
    struct log *log = &logs[cpu];
    if (!log->buffer || log->is_leaving)
        return;
    uint64_t *end = __atomic_load_n(&log->next, __ATOMIC_ACQUIRE);
    outcomes_write(cpu, log->buffer->words, end);
    simulate(cpu, log->buffer->words, end, log->marked > 0);
}

static void wait_until_idle(void)
{
    while (has_consumer && (first || is_consuming))
        pthread_cond_wait(&emptied, &lock);
}

static void simulate_partials(void)
{
    for (unsigned cpu = 0; cpu < LOG_CPUS; cpu++)
        simulate_partial(cpu);
}

/* Makes the first pass over a buffer, which stays in the queue meanwhile: one thread at a time, in the order of the queue. */
static void guess(struct log_buffer *buffer)
{
    is_guessing = true;
    pthread_mutex_unlock(&lock);
    outcomes_write(buffer->cpu, buffer->words, buffer->end);
    pthread_mutex_lock(&lock);
    buffer->is_guessed = true;
    is_guessing = false;
    pthread_cond_broadcast(&emptied);
}

/* What a vCPU does rather than wait for the consumer: false where there is nothing to be done. */
static bool guess_next(void)
{
    struct log_buffer *buffer = first;
    while (buffer && buffer->is_guessed)
        buffer = buffer->next;
    if (!buffer || is_guessing)
        return false;
    guess(buffer);
    return true;
}

static void consume_one(void)
{
    while (is_consuming || (first && !first->is_guessed && is_guessing))
        pthread_cond_wait(&emptied, &lock);
    if (!first)
        return;
    if (!first->is_guessed)
        guess(first);
    struct log_buffer *buffer = first;
    first = buffer->next;
    is_consuming = true;
    pthread_mutex_unlock(&lock);
    simulate(buffer->cpu, buffer->words, buffer->end, buffer->is_marked);
    pthread_mutex_lock(&lock);
    is_consuming = false;
    buffer->next = spare;
    spare = buffer;
    pthread_cond_broadcast(&emptied);
}

static bool is_past_deadline(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return log_deadline > 0 && (now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec));
}

/* At the deadline the program is ended from here, whatever its threads do: some may sleep in a system call. */
static void stop(void)
{
    while (first)
        consume_one();
    simulate_partials();
    write_report(true);
    _exit(0);
}

static void *consume(void *unused)
{
    pthread_mutex_lock(&lock);
    while (true) {
        while (!first && !is_past_deadline()) {
            if (log_deadline > 0)
                pthread_cond_timedwait(&filled, &lock, &deadline);
            else
                pthread_cond_wait(&filled, &lock);
        }
        if (is_past_deadline())
            stop();
        consume_one();
    }
    return unused;
}

/* The guest's signals must not be delivered to the consumer: QEMU would not know its thread. */
static void start_consumer(void)
{
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    has_consumer = pthread_create(&consumer, NULL, consume, NULL) == 0;
    if (has_consumer)
        pthread_detach(consumer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct log_buffer *take_buffer(void)
{
    while (!spare && made >= 2 + 2 * in_use && has_consumer)
        if (!guess_next())
            pthread_cond_wait(&emptied, &lock);
    struct log_buffer *buffer = spare;
    if (buffer) {
        spare = buffer->next;
        return buffer;
    }
    buffer = malloc(sizeof *buffer);
    if (!buffer)
        abort();
    made++;
    return buffer;
}

static void enqueue(struct log_buffer *buffer)
{
    buffer->next = NULL;
    if (first)
        last->next = buffer;
    else
        first = buffer;
    last = buffer;
    pthread_cond_signal(&filled);
}

/* The mark itself may be logged into the buffer after the one that is open now. */
void log_mark_region(unsigned cpu, bool begins)
{
    logs[cpu].marked = 2;
    __atomic_store_n(&log_is_thinned, !begins, __ATOMIC_RELAXED);
}

static bool is_dropped(const struct log *log)
{
    static unsigned turn;
    return log->buffer && log->marked == 0 && __atomic_load_n(&log_is_thinned, __ATOMIC_RELAXED) &&
           __atomic_add_fetch(&turn, 1, __ATOMIC_RELAXED) % KEPT_OF_THINNED != 0;
}

uint64_t *log_hand_over(unsigned cpu)
{
    struct log *log = &logs[cpu];
    if (is_dropped(log))
        return log->next = log->buffer->words;
    log->is_leaving = true;
    pthread_mutex_lock(&lock);
    if (!has_consumer)
        start_consumer();
    if (log->buffer) {
        log->buffer->end = log->next;
        log->buffer->cpu = cpu;
        log->buffer->is_guessed = false;
        log->buffer->is_marked = log->marked > 0;
        log->marked -= log->marked > 0;
        enqueue(log->buffer);
        log->buffer = NULL;
        if (!has_consumer)
            consume_one();
    } else {
        in_use++;
    }
    log->buffer = take_buffer();
    log->next = log->buffer->words;
    log->limit = log->buffer->words + LOG_WORDS - LOG_SLACK;
    log->is_leaving = false;
    pthread_mutex_unlock(&lock);
    return log->next;
}

void log_finish(void)
{
    pthread_mutex_lock(&lock);
    wait_until_idle();
    simulate_partials();
    for (unsigned cpu = 0; cpu < LOG_CPUS; cpu++)
        if (logs[cpu].buffer)
            logs[cpu].next = logs[cpu].buffer->words;
    pthread_mutex_unlock(&lock);
}

void log_finish_own(unsigned cpu)
{
    pthread_mutex_lock(&lock);
    wait_until_idle();
    simulate_partial(cpu);
    if (logs[cpu].buffer)
        logs[cpu].next = logs[cpu].buffer->words;
    pthread_mutex_unlock(&lock);
}

double log_simulator_seconds(void)
{
    clockid_t clock;
    struct timespec used = {0};
    if (has_consumer && pthread_getcpuclockid(consumer, &clock) == 0)
        clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* A child begins anew, without a consumer until its first buffer is full, with warm caches and with empty counts. */
static void before_fork(void)
{
    log_finish();
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
    lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    filled = emptied = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    has_consumer = is_consuming = is_guessing = false;
    outcomes_forget();
    simulate_forget_counts();
    report_forget();
}

void log_begin(void (*report)(bool stopped))
{
    write_report = report;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += (time_t)log_deadline;
    deadline.tv_nsec += (long)((log_deadline - (double)(time_t)log_deadline) * 1e9);
    deadline.tv_sec += deadline.tv_nsec / 1000000000;
    deadline.tv_nsec %= 1000000000;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (log_deadline > 0)
        start_consumer();
}
