/* An interpreter: a program of instructions (an operation in the low half of a word, an operand in the high one), run by a
 * switch. All operations add to one register or another, so that the result does not depend on their order. */
#include "lesson.h"

/* One indirect jump an instruction, through a table: the core guesses its target as it guesses the way of a branch. KEEP
 * makes the compiler leave each case a place of its own. */
LESSON int64_t run(const int32_t *program, int64_t length)
{
    uint32_t a = 0, b = 0, c = 0, d = 0;
    for (int64_t i = 0; i < length; i++) {
        uint32_t x = (uint32_t)program[i] >> 16;
        switch (program[i] & 15) {
        case 0: a += x; KEEP(a); break;
        case 1: b += x; KEEP(b); break;
        case 2: c += x; KEEP(c); break;
        case 3: d += x; KEEP(d); break;
        case 4: a -= x; KEEP(a); break;
        case 5: b -= x; KEEP(b); break;
        case 6: c -= x; KEEP(c); break;
        case 7: d -= x; KEEP(d); break;
        case 8: a += 2 * x; KEEP(a); break;
        case 9: b += 2 * x; KEEP(b); break;
        case 10: c += 2 * x; KEEP(c); break;
        case 11: d += 2 * x; KEEP(d); break;
        case 12: a += 4 * x; KEEP(a); break;
        case 13: b += 4 * x; KEEP(b); break;
        case 14: c += 4 * x; KEEP(c); break;
        case 15: d += 4 * x; KEEP(d); break;
        }
    }
    return a + 3 * b + 5 * c + 7 * d;
}

/* Lay out a program as it is. */
LESSON void keep(const int32_t *program, int64_t length, int32_t *out)
{
    for (int64_t i = 0; i < length; i++)
        out[i] = program[i];
}

/* Lay out a program by operation: all of one kind first, then all of the next. */
LESSON void group(const int32_t *program, int64_t length, int32_t *out)
{
    for (int32_t operation = 0; operation < 16; operation++) {
        for (int64_t i = 0; i < length; i++) {
            if ((program[i] & 15) == operation)
                *out++ = program[i];
        }
    }
}
