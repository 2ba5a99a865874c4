/* An addition behind three objects that refer to each other, each with its table of functions, and the same addition in place.
 * Numbers are of so many words, lowest first, so that the addition can be made as long as one likes. */
#include "lesson.h"

struct layer {
    void (*add)(struct layer *, const int64_t *number, int64_t words);
    struct layer *below;
    uint64_t *total;
};

/* Add a number to the total, word by word with a carry. */
static inline void add_words(uint64_t *total, const int64_t *number, int64_t words)
{
    uint64_t carry = 0;
    for (int64_t word = 0; word < words; word++) {
        uint64_t sum = total[word] + carry;
        carry = sum < carry;
        sum += (uint64_t)number[word];
        carry += sum < (uint64_t)number[word];
        total[word] = sum;
    }
}

static void pass_on(struct layer *layer, const int64_t *number, int64_t words)
{
    layer->below->add(layer->below, number, words);
    KEEP(layer); /* or the call would be the last thing, and so a jump */
}

static void keep_account(struct layer *layer, const int64_t *number, int64_t words)
{
    add_words(layer->total, number, words);
}

/* Fold a total into one word. */
static inline int64_t folded(const int64_t *total, int64_t words)
{
    int64_t fold = 0;
    for (int64_t word = 0; word < words; word++)
        fold ^= total[word];
    return fold;
}

/* Add up numbers, each through three layers: loads that find out where to call, three calls, three returns. */
LESSON int64_t through_layers(int64_t *total, const int64_t *numbers, int64_t count, int64_t words)
{
    struct layer ledger = {keep_account, 0, (uint64_t *)total};
    struct layer till = {pass_on, &ledger, 0};
    struct layer shop = {pass_on, &till, 0}, *front = &shop;
    KEEP(front);
    for (int64_t word = 0; word < words; word++)
        total[word] = 0;
    for (int64_t i = 0; i < count; i++)
        front->add(front, numbers + i * words, words);
    return folded(total, words);
}

/* Add up the same numbers where they are needed: the addition, and nothing else. */
LESSON int64_t in_place(int64_t *total, const int64_t *numbers, int64_t count, int64_t words)
{
    for (int64_t word = 0; word < words; word++)
        total[word] = 0;
    for (int64_t i = 0; i < count; i++)
        add_words((uint64_t *)total, numbers + i * words, words);
    return folded(total, words);
}
