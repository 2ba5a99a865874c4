#include "branch.h"
#include "keep.h"

/* Walks p round the array without a test for its end at every step: WALK does the steps from p to before `end`. */
#define ROUND(WALK)                                                                                                   \
    int64_t p = position[0], left = repeats, sum = 0;                                                                 \
    if (count < 1) return -1;                                                                                         \
    while (left > 0) {                                                                                                \
        int64_t end = count - p < left ? count : p + left;                                                            \
        left -= end - p;                                                                                              \
        WALK                                                                                                          \
        if (p == count) p = 0;                                                                                        \
    }                                                                                                                 \
    position[0] = p;                                                                                                  \
    return sum;
#define EACH_STEP(BODY) ROUND(for (; p < end; p++) BODY)

int64_t branch_conditional(const uint8_t *outcomes, int64_t *position, int64_t count, int64_t repeats) {
    EACH_STEP({
        if (outcomes[p]) {
            sum += 3;
            KEEP_WORD_AS("taken", sum);
        } else {
            sum += 1;
            KEEP_WORD_AS("not taken", sum);
        }
    })
}

#define EIGHT(DO, N) DO(N##0) DO(N##1) DO(N##2) DO(N##3) DO(N##4) DO(N##5) DO(N##6) DO(N##7)
/* Octal numbers: 00 to 077 are 0 to 63. */
#define EACH_TARGET(DO) EIGHT(DO, 00) EIGHT(DO, 01) EIGHT(DO, 02) EIGHT(DO, 03) EIGHT(DO, 04) EIGHT(DO, 05) EIGHT(DO, 06) EIGHT(DO, 07)
#define ADDRESS(N) &&target_##N,
#define ARM(N)                                                                                                        \
    target_##N : sum += N + 1;                                                                                        \
    KEEP_WORD_AS("target " #N, sum);                                                                                  \
    continue;

/* GCC copies a computed goto to the end of every arm, unless it takes what stands before it for over eight instructions. */
#define ONE_JUMP(target) __asm__ volatile("\n\n\n\n\n\n\n\n\n\n\n\n" : "+r"(target))

int64_t branch_indirect(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats) {
    static const void *const table[64] = {EACH_TARGET(ADDRESS)};
    EACH_STEP({
        const void *target = table[targets[p] & 63];
        ONE_JUMP(target);
        goto *target;
        EACH_TARGET(ARM)
    })
}

/* All handlers are equally long, so that a multiplication finds one: those behind them must be out of a short jump's reach. */
#if defined(__x86_64__)
#define HAS_THREADED 1
#define HANDLER_SIZE "leaq 400f(%%rip), %[base]\n\t leaq 401f(%%rip), %[size]\n\t subq %[base], %[size]\n\t"
#define HANDLER(N) "addq $1 + " N ", %[sum]\n\t"
#define TO_NEXT                                                                                                       \
    "cmpq %[end], %[from]\n\t je 2f\n\t movzbl (%[from]), %k[to]\n\t leaq 1(%[from]), %[from]\n\t andl $15, %k[to]\n\t"\
    "imulq %[size], %[to]\n\t addq %[base], %[to]\n\t jmp *%[to]\n\t"
#elif defined(__aarch64__)
#define HAS_THREADED 1
#define HANDLER_SIZE "adr %[base], 400f\n\t adr %[size], 401f\n\t sub %[size], %[size], %[base]\n\t"
#define HANDLER(N) "add %[sum], %[sum], #1 + " N "\n\t"
#define TO_NEXT                                                                                                       \
    "cmp %[from], %[end]\n\t b.eq 2f\n\t ldrb %w[to], [%[from]], #1\n\t and %[to], %[to], #15\n\t"                   \
    "madd %[to], %[to], %[size], %[base]\n\t br %[to]\n\t"
#endif

#ifdef HAS_THREADED
static NOT_INLINED int64_t through_handlers(const uint8_t *from, const uint8_t *end, int64_t sum) {
    int64_t base, size, to;
    __asm__ volatile(HANDLER_SIZE TO_NEXT
                     "400:\n\t" HANDLER("0") TO_NEXT "401:\n\t" HANDLER("1") TO_NEXT
                     ".irp n,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t" HANDLER("\\n") TO_NEXT ".endr\n\t"
                     ".skip 160\n\t 2:\n\t"
                     : [from] "+r"(from), [sum] "+r"(sum), [base] "=&r"(base), [size] "=&r"(size), [to] "=&r"(to)
                     : [end] "r"(end)
                     : "memory", "cc");
    return sum;
}

int64_t branch_threaded(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats) {
    ROUND(sum = through_handlers(targets + p, targets + end, sum); p = end;)
}
#else
int64_t branch_threaded(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats) {
    return (void)targets, (void)position, (void)count, (void)repeats, -1;
}
#endif

#define SIXTEEN(DO) EIGHT(DO, 00) EIGHT(DO, 01)
#define CALLEE(N)                                                                                                     \
    static NOT_INLINED int64_t callee_##N(int64_t sum) {                                                              \
        KEEP_WORD(sum);                                                                                               \
        return sum + N + 1;                                                                                           \
    }
#define ITS_ADDRESS(N) callee_##N,
SIXTEEN(CALLEE)

int64_t branch_call_table(const uint8_t *targets, int64_t *position, int64_t count, int64_t repeats) {
    static int64_t (*const table[16])(int64_t) = {SIXTEEN(ITS_ADDRESS)};
    EACH_STEP({ sum = table[targets[p] & 15](sum); })
}

static NOT_INLINED int64_t add(int64_t sum, int64_t step) {
    KEEP_WORD(sum);
    return sum + step;
}

#define SIXTEEN_TIMES(BODY)                                                                                           \
    int64_t sum = 0;                                                                                                  \
    for (int64_t r = 0; r < repeats; r++) {                                                                           \
        _Pragma("GCC unroll 16") for (int k = 0; k < 16; k++) BODY                                                    \
    }                                                                                                                 \
    return sum;

int64_t branch_call_none(int64_t step, int64_t repeats) {
    SIXTEEN_TIMES({
        KEEP_WORD(sum);
        sum += step;
    })
}

int64_t branch_call_direct(int64_t step, int64_t repeats) {
    SIXTEEN_TIMES({ sum = add(sum, step); })
}

int64_t branch_call_indirect(int64_t step, int64_t repeats) {
    int64_t (*function)(int64_t, int64_t) = add;
    SIXTEEN_TIMES({
        KEEP_WORD(function);
        sum = function(sum, step);
    })
}
