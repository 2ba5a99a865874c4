/* Mark the stretch of a program that is meant: only that is timed and counted by `hwbench explain`.

       #include "hwbench_region.h"          // cc -I"$(python -m hwbench.regions --include)"
       hwbench_region_begin();
       the_work();
       hwbench_region_end();

   C11 or C++11, header only; where hwbench does not run the program the pair is a few instructions and no system call.
   A region may be entered again and again: its passes are added up in memory and written once, when the program ends by
   itself (exit or return from main), by the process that entered it. Regions nested in one another count as one. Every
   pass is timed. The kernel's account (CPU time, faults, switches) costs more than a short pass: after many passes of
   a few microseconds it is taken for one pass in 64 and scaled up; what the marks cost themselves is measured and left out.
   What can fool it: the marks are one per process, so begin and end belong on one thread (the work may have many); a
   program that ends by _exit, exec or a signal writes nothing; the kernel splits CPU time into user and system time by
   samples, so that split is loose where a region is short.

   The marks that an emulator sees, one instruction sequence each, harmless on every CPU:
       x86      bb 01 00 77 68  64 67 90              mov $0x68770001,%ebx; fs addr32 nop         begin
                bb 02 00 77 68  64 67 90              mov $0x68770002,%ebx; fs addr32 nop         end
       AArch64  e9 0e 8d d2  29 00 a0 f2  1f 20 03 d5   movz x9,#0x6877; movk x9,#1,lsl 16; nop   begin
                e9 0e 8d d2  49 00 a0 f2  1f 20 03 d5   movz x9,#0x6877; movk x9,#2,lsl 16; nop   end
   The file named by HWBENCH_REGION gets a line of seven whole numbers: wall, user and system time in ns, minor and
   major faults, voluntary and involuntary switches. Source: getrusage(2), clock_gettime(2), atexit(3). */
#ifndef HWBENCH_REGION_H
#define HWBENCH_REGION_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
#define HWBENCH_NONE_ noexcept
extern "C" {
#else
#define HWBENCH_NONE_
#endif

/* A strict -std=c11 hides the monotonic clock, which Linux and its C libraries have had under this number since 2.6. */
#if defined(CLOCK_MONOTONIC)
#define HWBENCH_CLOCK_ CLOCK_MONOTONIC
#else
#define HWBENCH_CLOCK_ 1
extern int clock_gettime(int, struct timespec *) HWBENCH_NONE_;
#endif

/* The header's own memory accesses are no part of a traced program. */
#if defined(__SANITIZE_THREAD__)
#define HWBENCH_TRACED_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HWBENCH_TRACED_ 1
#endif
#endif
#if defined(HWBENCH_TRACED_) && defined(__clang__)
#define HWBENCH_QUIET_ __attribute__((no_sanitize("thread"), noinline, unused))
#elif defined(HWBENCH_TRACED_)
#define HWBENCH_QUIET_ __attribute__((no_sanitize_thread, noinline, unused))
#else
#define HWBENCH_QUIET_ __attribute__((unused))
#endif
#if defined(HWBENCH_TRACED_) && defined(__ELF__)
extern void hwbench_trace_region(int begins) __attribute__((weak));
#define HWBENCH_TELL_TRACE_(begins) (hwbench_trace_region ? hwbench_trace_region(begins) : (void)0)
#else
#define HWBENCH_TELL_TRACE_(begins) ((void)0)
#endif

#if defined(__x86_64__) || defined(__i386__)
#define HWBENCH_MARK_(number) \
    __asm__ volatile("movl $0x6877000" #number ", %%ebx\n\t.byte 0x64, 0x67, 0x90" ::: "ebx", "memory")
#elif defined(__aarch64__)
#define HWBENCH_MARK_(number) \
    __asm__ volatile("movz x9, #0x6877\n\tmovk x9, #" #number ", lsl #16\n\tnop" ::: "x9", "memory")
#else
#define HWBENCH_MARK_(number) __asm__ volatile("" ::: "memory")
#endif

enum {
    HWBENCH_ACCOUNTS_ = 7, /* columns: wall, user, system, and four counts */
    HWBENCH_ALWAYS_ = 1000, /* so many passes are accounted for in full */
    HWBENCH_ONE_IN_ = 64,
    HWBENCH_SHORT_ = 20000 /* a pass this long bears an account each time: it costs about a microsecond */
};

struct hwbench_region_state_ {
    const char *file; /* where the sums go; NULL: nobody asked */
    long process;     /* that entered; 0 before the first entry */
    long depth, passes, accounts;
    int is_accounted; /* the pass under way */
    long long wall, own; /* ns: of all passes; of CPU time that an account itself costs */
    long long from[HWBENCH_ACCOUNTS_], sum[HWBENCH_ACCOUNTS_]; /* of the passes accounted for */
};

/* Weak, so that all files of one program share it. */
__attribute__((weak)) struct hwbench_region_state_ hwbench_region_state_;

HWBENCH_QUIET_ static long long hwbench_now_(void)
{
    struct timespec now;
    clock_gettime(HWBENCH_CLOCK_, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

HWBENCH_QUIET_ static void hwbench_usage_(long long *account)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    account[1] = used.ru_utime.tv_sec * 1000000000LL + used.ru_utime.tv_usec * 1000LL;
    account[2] = used.ru_stime.tv_sec * 1000000000LL + used.ru_stime.tv_usec * 1000LL;
    account[3] = used.ru_minflt;
    account[4] = used.ru_majflt;
    account[5] = used.ru_nvcsw;
    account[6] = used.ru_nivcsw;
}

/* Measure what CPU time an account costs, since each pass holds one. */
HWBENCH_QUIET_ static long long hwbench_own_(void)
{
    enum { REPEATS = 16 };
    long long before[HWBENCH_ACCOUNTS_], after[HWBENCH_ACCOUNTS_];
    hwbench_usage_(before);
    for (int i = 0; i < REPEATS; i++) {
        hwbench_now_();
        hwbench_now_();
        hwbench_usage_(after);
    }
    return (after[1] + after[2] - before[1] - before[2]) / REPEATS;
}

HWBENCH_QUIET_ static void hwbench_add_(void)
{
    struct hwbench_region_state_ *state = &hwbench_region_state_;
    long long until[HWBENCH_ACCOUNTS_];
    until[0] = hwbench_now_();
    state->wall += until[0] - state->from[0];
    state->passes++;
    if (!state->is_accounted)
        return;
    hwbench_usage_(until);
    state->accounts++;
    for (int i = 0; i < HWBENCH_ACCOUNTS_; i++)
        state->sum[i] += until[i] - state->from[i];
}

/* Take the accounts' own CPU time off, and scale from the passes accounted for to all, at most to what the process has. */
HWBENCH_QUIET_ static void hwbench_finish_(long long *columns)
{
    struct hwbench_region_state_ *state = &hwbench_region_state_;
    long long used = state->sum[1] + state->sum[2], own = state->own * state->accounts;
    double kept = used > own ? (double)(used - own) / (double)used : 0.0;
    double scale = state->sum[0] > 0 ? (double)state->wall / (double)state->sum[0] : 1.0;
    long long most[HWBENCH_ACCOUNTS_];
    hwbench_usage_(most);
    columns[0] = state->wall;
    for (int i = 1; i < HWBENCH_ACCOUNTS_; i++) {
        columns[i] = (long long)((double)state->sum[i] * scale * (i <= 2 ? kept : 1.0) + 0.5);
        if (columns[i] > most[i])
            columns[i] = most[i];
    }
}

HWBENCH_QUIET_ static void hwbench_write_(void)
{
    struct hwbench_region_state_ *state = &hwbench_region_state_;
    if (!state->file || (long)getpid() != state->process)
        return; /* a forked child that never entered holds its parent's sums */
    if (state->depth > 0)
        hwbench_add_(); /* the program ended within the region */
    long long columns[HWBENCH_ACCOUNTS_];
    hwbench_finish_(columns);
    FILE *file = fopen(state->file, "a");
    if (!file)
        return;
    for (int i = 0; i < HWBENCH_ACCOUNTS_; i++)
        fprintf(file, "%lld%c", columns[i], i + 1 < HWBENCH_ACCOUNTS_ ? ' ' : '\n');
    fclose(file);
    state->file = NULL;
}

HWBENCH_QUIET_ static void hwbench_forget_(void)
{
    struct hwbench_region_state_ *state = &hwbench_region_state_;
    state->process = (long)getpid();
    state->passes = state->accounts = 0;
    state->wall = 0;
    for (int i = 0; i < HWBENCH_ACCOUNTS_; i++)
        state->sum[i] = 0;
}

HWBENCH_QUIET_ static void hwbench_enter_(void)
{
    struct hwbench_region_state_ *state = &hwbench_region_state_;
    if (state->process == 0) {
        hwbench_forget_();
        state->file = getenv("HWBENCH_REGION");
        if (state->file && (!*state->file || atexit(hwbench_write_) != 0))
            state->file = NULL;
        state->own = state->file ? hwbench_own_() : 0;
    }
    if (!state->file)
        return;
    state->is_accounted = state->passes < HWBENCH_ALWAYS_ || state->passes % HWBENCH_ONE_IN_ == 0 ||
                          state->wall > state->passes * HWBENCH_SHORT_;
    if (state->is_accounted) {
        if ((long)getpid() != state->process)
            hwbench_forget_(); /* a forked child that enters has an account of its own */
        hwbench_usage_(state->from);
    }
    state->from[0] = hwbench_now_();
}

HWBENCH_QUIET_ static void hwbench_region_begin(void)
{
    if (hwbench_region_state_.depth++ > 0)
        return;
    hwbench_enter_();
    HWBENCH_TELL_TRACE_(1);
    HWBENCH_MARK_(1);
}

HWBENCH_QUIET_ static void hwbench_region_end(void)
{
    if (hwbench_region_state_.depth <= 0 || --hwbench_region_state_.depth > 0)
        return; /* an end without a begin marks nothing */
    HWBENCH_MARK_(2);
    HWBENCH_TELL_TRACE_(0);
    if (hwbench_region_state_.file)
        hwbench_add_();
}

#ifdef __cplusplus
}
#endif
#endif
