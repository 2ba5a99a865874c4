/* Columns of takings and of costs: what is left of all of them? In a strict order, and in an order that suits the CPU. */
#include "lesson.h"

enum { LANES = 32 };

/* Each addition rounds, so the order is part of the answer: every one waits for the one before, on one lane of the vector. */
LESSON double left(const double *taken, const double *paid, int64_t count, int64_t passes)
{
    double total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            total += taken[i] - paid[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* Many sums side by side: another order, chosen by us, in which vectors can add and no addition waits for its neighbour. */
LESSON double left_lanes(const double *taken, const double *paid, int64_t count, int64_t passes)
{
    double lanes[LANES] = {0}, total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        int64_t i = 0;
        for (; i + LANES <= count; i += LANES)
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] += taken[i + lane] - paid[i + lane];
        for (; i < count; i++)
            total += taken[i] - paid[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    for (int lane = 0; lane < LANES; lane++)
        total += lanes[lane];
    return total;
}

/* In whole numbers: every order gives the same, so the compiler takes the one that it likes. */
LESSON int64_t left_whole(const int64_t *taken, const int64_t *paid, int64_t count, int64_t passes)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            total += taken[i] - paid[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* In whole numbers and many sums side by side, which gains nothing that the compiler has not found already. KEEP: it is to leave
 * our order of blocks as it is; some find another one for whole numbers, and a worse one. */
LESSON int64_t left_whole_lanes(const int64_t *taken, const int64_t *paid, int64_t count, int64_t passes)
{
    int64_t lanes[LANES] = {0}, total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        int64_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            KEEP(i);
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] += taken[i + lane] - paid[i + lane];
        }
        for (; i < count; i++)
            total += taken[i] - paid[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    for (int lane = 0; lane < LANES; lane++)
        total += lanes[lane];
    return total;
}
