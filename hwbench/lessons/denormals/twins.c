/* A filter that smooths its input: what it holds decays by the factor `keep` at each step, and the input is added. */
#include "lesson.h"

#define OFFSET 1e-30

/* Filter as it is written in books: when the input falls silent, the state decays until it can get no smaller. */
LESSON double smooth(const double *input, int64_t count, int64_t passes, double keep)
{
    double state = 0.0, total = 0.0;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int64_t step = 0; step < count; step++) {
            state = state * keep + input[step];
            total += state;
        }
    return total;
}

/* Add far too little to matter to each input: the state decays to that, which is still a normal number. */
LESSON double smooth_offset(const double *input, int64_t count, int64_t passes, double keep)
{
    double state = 0.0, total = 0.0;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int64_t step = 0; step < count; step++) {
            state = state * keep + (input[step] + OFFSET);
            total += state;
        }
    return total;
}
