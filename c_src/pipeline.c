#include "pipeline.h"

/* ── the instructions, by instruction set; all fillers are four bytes long, so that a jump can leave out so many ── */

/* w is the register with the words' address; adders are numbered 0 to 7 (the last two are also loaded into), vectors 0 to 3. */
#if defined(__x86_64__)
#define HAS_PIPELINE 1
#define COUNTERS "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
#define VECTORS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4"
#define CLEAR                                                                                                         \
    "xorl %%r8d, %%r8d\n\t xorl %%r9d, %%r9d\n\t xorl %%r10d, %%r10d\n\t xorl %%r11d, %%r11d\n\t"                     \
    "xorl %%r12d, %%r12d\n\t xorl %%r13d, %%r13d\n\t xorl %%r14d, %%r14d\n\t xorl %%r15d, %%r15d\n\t"
#define TOTAL_OF_6                                                                                                    \
    "leaq (%%r8, %%r9), %[sum]\n\t addq %%r10, %[sum]\n\t addq %%r11, %[sum]\n\t addq %%r12, %[sum]\n\t"             \
    "addq %%r13, %[sum]\n\t"
#define TOTAL_OF_8 TOTAL_OF_6 "addq %%r14, %[sum]\n\t addq %%r15, %[sum]\n\t"
#define X86_ADDER_0 "%%r8"
#define X86_ADDER_1 "%%r9"
#define X86_ADDER_2 "%%r10"
#define X86_ADDER_3 "%%r11"
#define X86_ADDER_4 "%%r12"
#define X86_ADDER_5 "%%r13"
#define X86_ADDER_6 "%%r14"
#define X86_ADDER_7 "%%r15"
#define ADD(N) "addq $1, " X86_ADDER_##N "\n\t"
/* An addition that leaves the flags alone: some cores (AMD's) keep those in a store of their own, a smaller one. */
#define PLAIN_ADD(N) "leaq 1(" X86_ADDER_##N "), " X86_ADDER_##N "\n\t"
/* Waits for P alone. Two registers, since some cores add a small constant while they rename, and nothing waits. Four bytes long
 * only if the base is neither rbp nor r13: so it is [w], in a register of ours. */
#define WAITING_ADD(P, N) "leaq (%[w], %[" #P "]), " X86_ADDER_##N "\n\t"
#define BASE "S"
#define LOAD(OFFSET, N) "movq " #OFFSET "(%[w]), " X86_ADDER_##N "\n\t"
#define STORE(OFFSET, N) "movq " X86_ADDER_##N ", " #OFFSET "(%[w])\n\t"
#define STORE_LEFT(OFFSET) "movq %[left], " #OFFSET "(%[w])\n\t"
#if defined(__AVX__)
#define VECTOR_ADD(N) "vpaddq %%xmm4, %%xmm" #N ", %%xmm" #N "\n\t"
#else
#define VECTOR_ADD(N) "paddq %%xmm4, %%xmm" #N "\n\t"
#endif
#define LOOP "1:\n\t"
#define AGAIN "subq $1, %[left]\n\t jnz 1b\n\t"
#define SET_EQUAL "cmpq %[left], %[left]\n\t"
#define IF_NOT_EQUAL_LEAVE "jne 2f\n\t"
#define IF_EQUAL_GO_ON "je 1f\n\t .p2align 4\n\t 1:\n\t"
#define FOLLOW(P) "movq (%[" #P "]), %[" #P "]\n\t"
#define JUMP(P) "jmp *%[" #P "]\n\t"
#define ADD_PLACE_OF(LABEL, P) "leaq " #LABEL "f(%%rip), %%r8\n\t addq %%r8, %[" #P "]\n\t"
#elif defined(__aarch64__)
#define HAS_PIPELINE 1
#define COUNTERS "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16"
#define VECTORS "v16", "v17", "v18", "v19", "v20"
#define CLEAR                                                                                                         \
    "mov x9, #0\n\t mov x10, #0\n\t mov x11, #0\n\t mov x12, #0\n\t mov x13, #0\n\t mov x14, #0\n\t mov x15, #0\n\t" \
    "mov x16, #0\n\t"
#define TOTAL_OF_6                                                                                                    \
    "add %[sum], x9, x10\n\t add %[sum], %[sum], x11\n\t add %[sum], %[sum], x12\n\t add %[sum], %[sum], x13\n\t"    \
    "add %[sum], %[sum], x14\n\t"
#define TOTAL_OF_8 TOTAL_OF_6 "add %[sum], %[sum], x15\n\t add %[sum], %[sum], x16\n\t"
#define ARM_ADDER_0 "x9"
#define ARM_ADDER_1 "x10"
#define ARM_ADDER_2 "x11"
#define ARM_ADDER_3 "x12"
#define ARM_ADDER_4 "x13"
#define ARM_ADDER_5 "x14"
#define ARM_ADDER_6 "x15"
#define ARM_ADDER_7 "x16"
#define ARM_VECTOR_0 "v16.2d"
#define ARM_VECTOR_1 "v17.2d"
#define ARM_VECTOR_2 "v18.2d"
#define ARM_VECTOR_3 "v19.2d"
#define ADD(N) "add " ARM_ADDER_##N ", " ARM_ADDER_##N ", #1\n\t"
#define PLAIN_ADD ADD
#define WAITING_ADD(P, N) "add " ARM_ADDER_##N ", %[w], %[" #P "]\n\t"
#define BASE "r"
#define LOAD(OFFSET, N) "ldr " ARM_ADDER_##N ", [%[w], #" #OFFSET "]\n\t"
#define STORE(OFFSET, N) "str " ARM_ADDER_##N ", [%[w], #" #OFFSET "]\n\t"
#define STORE_LEFT(OFFSET) "str %[left], [%[w], #" #OFFSET "]\n\t"
#define VECTOR_ADD(N) "add " ARM_VECTOR_##N ", " ARM_VECTOR_##N ", v20.2d\n\t"
#define LOOP "1:\n\t"
#define AGAIN "subs %[left], %[left], #1\n\t b.ne 1b\n\t"
#define SET_EQUAL "cmp %[left], %[left]\n\t"
#define IF_NOT_EQUAL_LEAVE "b.ne 2f\n\t"
#define IF_EQUAL_GO_ON "b.eq 1f\n\t .p2align 4\n\t 1:\n\t"
#define FOLLOW(P) "ldr %[" #P "], [%[" #P "]]\n\t"
#define JUMP(P) "br %[" #P "]\n\t"
#define ADD_PLACE_OF(LABEL, P) "adr x9, " #LABEL "f\n\t add %[" #P "], %[" #P "], x9\n\t"
#endif

#ifdef HAS_PIPELINE
#define TIMES(N, BODY) ".rept " #N "\n\t" BODY ".endr\n\t"

/* ── so many a cycle ── */

#define RATE(NAME, BODY, TOTAL)                                                                                       \
    int64_t NAME(int64_t *words, int64_t repeats) {                                                                   \
        int64_t sum = 0, left = repeats;                                                                              \
        if (left < 1) return 0;                                                                                       \
        __asm__ volatile(CLEAR ".p2align 6\n\t" LOOP BODY AGAIN TOTAL                                                 \
                         : [sum] "=&r"(sum), [left] "+r"(left)                                                        \
                         : [w] "r"(words)                                                                             \
                         : COUNTERS, VECTORS, "memory", "cc");                                                        \
        return sum;                                                                                                   \
    }

/* Six adders in turn, whatever the mix, so that none has to be ready again in the very next cycle. */
#define LOAD_A LOAD(8, 6)
#define LOAD_B LOAD(16, 7)
#define STORE_A STORE(64, 0)
RATE(pipeline_adds, TIMES(24, ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)), TOTAL_OF_8)
RATE(pipeline_adds_3_loads_2_stores_1,
     TIMES(16, ADD(0) LOAD_A ADD(1) LOAD_B ADD(2) STORE_A ADD(3) LOAD_A ADD(4) LOAD_B ADD(5) STORE_A), TOTAL_OF_6)
RATE(pipeline_adds_4_loads_2,
     TIMES(10, ADD(0) LOAD_A ADD(1) ADD(2) LOAD_B ADD(3) ADD(4) LOAD_A ADD(5) ADD(0) LOAD_B ADD(1)
                   ADD(2) LOAD_A ADD(3) ADD(4) LOAD_B ADD(5)),
     TOTAL_OF_6)
RATE(pipeline_adds_5_loads_2_stores_1,
     TIMES(4, ADD(0) LOAD_A ADD(1) ADD(2) STORE_A ADD(3) LOAD_B ADD(4) ADD(5) LOAD_A ADD(0) ADD(1) STORE_A ADD(2) LOAD_B ADD(3)
                  ADD(4) LOAD_A ADD(5) ADD(0) STORE_A ADD(1) LOAD_B ADD(2) ADD(3) LOAD_A ADD(4) ADD(5) STORE_A ADD(0) LOAD_B ADD(1)
                  ADD(2) LOAD_A ADD(3) ADD(4) STORE_A ADD(5) LOAD_B ADD(0) ADD(1) LOAD_A ADD(2) ADD(3) STORE_A ADD(4) LOAD_B ADD(5)),
     TOTAL_OF_6)
RATE(pipeline_adds_4_loads_2_vectors_2,
     TIMES(8, ADD(0) LOAD_A VECTOR_ADD(0) ADD(1) ADD(2) LOAD_B VECTOR_ADD(1) ADD(3)
                  ADD(4) LOAD_A VECTOR_ADD(2) ADD(5) ADD(0) LOAD_B VECTOR_ADD(3) ADD(1)
                  ADD(2) LOAD_A VECTOR_ADD(0) ADD(3) ADD(4) LOAD_B VECTOR_ADD(1) ADD(5)),
     TOTAL_OF_6)

#define LOADS_8(A, B, C, D, E, F, G, H) LOAD(A, 0) LOAD(B, 1) LOAD(C, 2) LOAD(D, 3) LOAD(E, 4) LOAD(F, 5) LOAD(G, 6) LOAD(H, 7)
#define STORES_8(A, B, C, D, E, F, G, H)                                                                              \
    STORE_LEFT(A) STORE_LEFT(B) STORE_LEFT(C) STORE_LEFT(D) STORE_LEFT(E) STORE_LEFT(F) STORE_LEFT(G) STORE_LEFT(H)
RATE(pipeline_loads, TIMES(6, LOADS_8(0, 8, 16, 24, 32, 40, 48, 56) LOADS_8(64, 72, 80, 88, 96, 104, 112, 120)), TOTAL_OF_8)
RATE(pipeline_stores, TIMES(6, STORES_8(0, 8, 16, 24, 32, 40, 48, 56) STORES_8(64, 72, 80, 88, 96, 104, 112, 120)),
     LOADS_8(64, 72, 80, 88, 96, 104, 112, 120) TOTAL_OF_8)

#define BRANCHES(NAME, BODY)                                                                                          \
    int64_t NAME(int64_t repeats) {                                                                                   \
        int64_t done = 0;                                                                                             \
        for (; done < repeats; done++) {                                                                              \
            __asm__ volatile(SET_EQUAL TIMES(64, BODY) "2:\n\t" : : [left] "r"(done) : "cc");                         \
        }                                                                                                             \
        return done;                                                                                                  \
    }
BRANCHES(pipeline_untaken, IF_NOT_EQUAL_LEAVE)
BRANCHES(pipeline_taken, IF_EQUAL_GO_ON)

/* ── so far ahead: a jump leaves out the first of 1024 fillers, so that every number of them is the same code ── */

#define FILLERS 1024
#define FILLER_BYTES 4
#define WINDOW(NAME, EIGHT) WINDOW_OF(NAME, EIGHT, EIGHT)
#define WINDOW_OF(NAME, AFTER_A, AFTER_B)                                                                              \
    int64_t NAME(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats) {                         \
        static int64_t near[16];                                                                                      \
        int64_t a = (int64_t)(ring + positions[0]), b = (int64_t)(ring + positions[1]), left = repeats;               \
        int64_t first = (FILLERS - fillers) * FILLER_BYTES, second = first;                                           \
        if (fillers < 0 || fillers >= FILLERS) return -1;                                                             \
        if (left > 0) {                                                                                               \
            __asm__ volatile(ADD_PLACE_OF(2, first) ADD_PLACE_OF(3, second)                                           \
                             ".p2align 6\n\t" LOOP                                                                    \
                             FOLLOW(a) JUMP(first) "2:\n\t" TIMES(128, AFTER_A)                                       \
                             FOLLOW(b) JUMP(second) "3:\n\t" TIMES(128, AFTER_B) AGAIN                                \
                             : [a] "+r"(a), [b] "+r"(b), [first] "+r"(first), [second] "+r"(second), [left] "+r"(left)\
                             : [w] BASE(near)                                                                         \
                             : COUNTERS, VECTORS, "memory", "cc");                                                    \
        }                                                                                                             \
        positions[0] = (a - (int64_t)ring) / 8;                                                                       \
        positions[1] = (b - (int64_t)ring) / 8;                                                                       \
        return (a - (int64_t)ring) + (b - (int64_t)ring);                                                             \
    }
/* Adder 4 is left out: x86-64 needs a fifth byte for its address. */
WINDOW(pipeline_window_adds,
       PLAIN_ADD(0) PLAIN_ADD(1) PLAIN_ADD(2) PLAIN_ADD(3) PLAIN_ADD(5) PLAIN_ADD(6) PLAIN_ADD(7) PLAIN_ADD(0))
WINDOW(pipeline_window_mixed,
       PLAIN_ADD(0) VECTOR_ADD(0) PLAIN_ADD(1) VECTOR_ADD(1) PLAIN_ADD(2) VECTOR_ADD(2) PLAIN_ADD(3) VECTOR_ADD(3))
WINDOW(pipeline_window_loads, LOADS_8(8, 16, 24, 32, 40, 48, 56, 64))
WINDOW(pipeline_window_stores, STORE(8, 0) STORE(16, 1) STORE(24, 2) STORE(32, 3) STORE(40, 4) STORE(48, 5) STORE(56, 6) STORE(64, 7))
#define WAITING_8(P)                                                                                                  \
    WAITING_ADD(P, 0) WAITING_ADD(P, 1) WAITING_ADD(P, 2) WAITING_ADD(P, 3)                                           \
    WAITING_ADD(P, 4) WAITING_ADD(P, 5) WAITING_ADD(P, 6) WAITING_ADD(P, 7)
WINDOW_OF(pipeline_window_waiting, WAITING_8(a), WAITING_8(b))

#else
#define NOT_HERE_WORDS(NAME) int64_t NAME(int64_t *words, int64_t repeats) { return (void)words, (void)repeats, -1; }
#define NOT_HERE_BRANCHES(NAME) int64_t NAME(int64_t repeats) { return (void)repeats, -1; }
#define NOT_HERE_WINDOW(NAME)                                                                                         \
    int64_t NAME(const int64_t *ring, int64_t *positions, int64_t fillers, int64_t repeats) {                         \
        return (void)ring, (void)positions, (void)fillers, (void)repeats, -1;                                         \
    }
NOT_HERE_WORDS(pipeline_adds)
NOT_HERE_WORDS(pipeline_adds_3_loads_2_stores_1)
NOT_HERE_WORDS(pipeline_adds_4_loads_2)
NOT_HERE_WORDS(pipeline_adds_5_loads_2_stores_1)
NOT_HERE_WORDS(pipeline_adds_4_loads_2_vectors_2)
NOT_HERE_WORDS(pipeline_loads)
NOT_HERE_WORDS(pipeline_stores)
NOT_HERE_BRANCHES(pipeline_untaken)
NOT_HERE_BRANCHES(pipeline_taken)
NOT_HERE_WINDOW(pipeline_window_adds)
NOT_HERE_WINDOW(pipeline_window_mixed)
NOT_HERE_WINDOW(pipeline_window_loads)
NOT_HERE_WINDOW(pipeline_window_stores)
NOT_HERE_WINDOW(pipeline_window_waiting)
#endif
