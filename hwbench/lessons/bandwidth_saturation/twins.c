/* Four questions about the same numbers: their sum, the smallest, the largest, and which bits are set in an odd number of them. */
#include "lesson.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { BLOCK = 4096 };

typedef struct {
    uint32_t sum, odd;
    int32_t least, most;
} Answers;

static uint32_t sum_of(const int32_t *numbers, int64_t count)
{
    uint32_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (uint32_t)numbers[i];
    return sum;
}

static int32_t least_of(const int32_t *numbers, int64_t count, int32_t least)
{
    for (int64_t i = 0; i < count; i++)
        least = numbers[i] < least ? numbers[i] : least;
    return least;
}

static int32_t most_of(const int32_t *numbers, int64_t count, int32_t most)
{
    for (int64_t i = 0; i < count; i++)
        most = numbers[i] > most ? numbers[i] : most;
    return most;
}

static uint32_t odd_of(const int32_t *numbers, int64_t count)
{
    uint32_t odd = 0;
    for (int64_t i = 0; i < count; i++)
        odd ^= (uint32_t)numbers[i];
    return odd;
}

/* Store a number four times, with a hint that it is not worth keeping near; where there is no such hint, as usual. */
static inline void four_past_caches(int32_t *to, int32_t value)
{
#if defined(__SSE2__)
    _mm_stream_si128((__m128i *)to, _mm_set1_epi32(value));
#elif defined(__aarch64__)
    uint64_t pair = (uint64_t)(uint32_t)value * 0x100000001u;
    __asm__ volatile("stnp %0, %0, [%1]" : : "r"(pair), "r"(to) : "memory");
#else
    to[0] = to[1] = to[2] = to[3] = value;
#endif
}

static Answers asked(const int32_t *numbers, int64_t count, Answers before)
{
    return (Answers){before.sum + sum_of(numbers, count), before.odd ^ odd_of(numbers, count),
                     least_of(numbers, count, before.least), most_of(numbers, count, before.most)};
}

static int64_t together(Answers answers)
{
    return (int64_t)answers.sum + answers.odd + answers.least + 3 * (int64_t)answers.most;
}

/* Ask one question of all numbers, then the next: what does not fit the caches comes through the pipe four times. */
LESSON int64_t in_passes(const int32_t *numbers, int64_t count, int64_t times)
{
    Answers answers = {0, 0, INT32_MAX, INT32_MIN};
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        answers = asked(numbers, count, answers);
    }
    return together(answers);
}

/* Ask all questions of one block, then of the next: three of four passes find the block in the nearest cache. */
LESSON int64_t in_blocks(const int32_t *numbers, int64_t count, int64_t times)
{
    Answers answers = {0, 0, INT32_MAX, INT32_MIN};
    for (int64_t time = 0; time < times; time++) {
        EVERYTHING_MAY_HAVE_CHANGED;
        for (int64_t first = 0; first < count; first += BLOCK)
            answers = asked(numbers + first, first + BLOCK < count ? BLOCK : count - first, answers);
    }
    return together(answers);
}

/* Overwrite all numbers: before a line is written to, the core fetches what is in it, only to throw it away. */
LESSON int64_t fill(int32_t *numbers, int64_t count, int64_t value)
{
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (int32_t)value;
    return numbers[count - 1];
}

/* Overwrite all numbers past the caches, sixteen bytes at a time: a line that is written as a whole need not be fetched. */
LESSON int64_t fill_past_caches(int32_t *numbers, int64_t count, int64_t value)
{
    for (int64_t i = 0; i < count; i += 4)
        four_past_caches(numbers + i, (int32_t)value);
    return numbers[count - 1];
}
