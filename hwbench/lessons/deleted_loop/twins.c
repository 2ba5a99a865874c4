/* Additions of one number, again and again, as someone would write who wants to know how long an addition takes: four in a
 * turn, so that the loop's own step and jump are done beside them. */
#include "lesson.h"

/* Each addition happens: after it, the total has to be in a register, and the compiler does not know what is in there. */
LESSON int64_t add_kept(const int64_t *values, int64_t rounds, int64_t turns)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t turn = 0; turn < turns; turn++) {
            total += values[round];
            KEEP(total);
            total += values[round];
            KEEP(total);
            total += values[round];
            KEEP(total);
            total += values[round];
            KEEP(total);
        }
    return total;
}

/* The same source without that: the compiler multiplies, and no turn ever happens. */
LESSON int64_t add(const int64_t *values, int64_t rounds, int64_t turns)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t turn = 0; turn < turns; turn++) {
            total += values[round];
            total += values[round];
            total += values[round];
            total += values[round];
        }
    return total;
}

/* Each addition is of another number from memory, which nobody can foresee: each happens, kept ... */
LESSON int64_t add_others_kept(const int64_t *values, int64_t rounds, int64_t turns)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t turn = 0; turn < turns; turn++) {
            const int64_t *others = values + round + 4 * turn;
            total += others[0];
            KEEP(total);
            total += others[1];
            KEEP(total);
            total += others[2];
            KEEP(total);
            total += others[3];
            KEEP(total);
        }
    return total;
}

/* ... or not. */
LESSON int64_t add_others(const int64_t *values, int64_t rounds, int64_t turns)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t turn = 0; turn < turns; turn++) {
            const int64_t *others = values + round + 4 * turn;
            total += others[0];
            total += others[1];
            total += others[2];
            total += others[3];
        }
    return total;
}
