#include "alias.h"

typedef volatile int64_t word;
typedef volatile uint32_t half;
/* Not volatile, or GCC would keep the addition of the address apart from the load: the dependence keeps it well enough. */
typedef const int64_t __attribute__((aligned(1))) loose_word;

/* An address that the optimiser cannot take apart again: one addition a load, which the load's own addressing does. */
#define KEEP_ADDRESS(address) __asm__ volatile("" : "+r"(address))

/* Eight to a turn of the loop: a core that passes the memory by takes less than a turn costs. */
#define THROUGH(to, from, value) (*(to) = (value), (value) = *(from))
#define THROUGH_OFTEN(to, from, value, repeats)                                                                       \
    for (; repeats >= 8; repeats -= 8) {                                                                              \
        THROUGH(to, from, value), THROUGH(to, from, value), THROUGH(to, from, value), THROUGH(to, from, value);       \
        THROUGH(to, from, value), THROUGH(to, from, value), THROUGH(to, from, value), THROUGH(to, from, value);       \
    }                                                                                                                 \
    for (; repeats > 0; repeats--) THROUGH(to, from, value)

int64_t alias_exact(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats) {
    word *to = (word *)(cells + store_at), *from = (word *)(cells + load_at);
    int64_t value = *to;
    THROUGH_OFTEN(to, from, value, repeats);
    return value;
}

int64_t alias_renamed(uint8_t *cells, int64_t at, int64_t repeats) {
    word *cell = (word *)(cells + at);
    int64_t value = *cell;
    THROUGH_OFTEN(cell, cell, value, repeats);
    return value;
}

int64_t alias_contained(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats) {
    word *to = (word *)(cells + store_at);
    half *from = (half *)(cells + load_at);
    int64_t value = *to;
    for (int64_t r = 0; r < repeats; r++) {
        *to = value;
        value = *from;
    }
    return value;
}

int64_t alias_spanning(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats) {
    half *to = (half *)(cells + store_at);
    word *from = (word *)(cells + load_at);
    int64_t value = to[0];
    for (int64_t r = 0; r < repeats; r++) {
        to[0] = (uint32_t)value;
        to[1] = (uint32_t)value;
        value = *from;
    }
    return (int64_t)(uint32_t)value;
}

int64_t alias_wider(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats) {
    half *to = (half *)(cells + store_at);
    word *from = (word *)(cells + load_at);
    int64_t value = to[0];
    for (int64_t r = 0; r < repeats; r++) {
        to[0] = (uint32_t)value;
        value = *from;
    }
    return value;
}

/* The value at load_at is taken off the base and put back by each load: the address stays, the dependence too. */
int64_t alias_beside(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats) {
    word *to = (word *)(cells + store_at);
    int64_t value = *(word *)(cells + load_at);
    int64_t base = (int64_t)cells + load_at - value;
    KEEP_ADDRESS(base);
    for (int64_t r = 0; r < repeats; r++) {
        *to = value;
        value = *(const int64_t *)(base + value);
    }
    return value;
}

int64_t alias_straddle(const uint8_t *cells, int64_t load_at, int64_t repeats) {
    int64_t value = *(loose_word *)(cells + load_at);
    int64_t base = (int64_t)cells + load_at - value;
    KEEP_ADDRESS(base);
    for (int64_t r = 0; r < repeats; r++) value = *(loose_word *)(base + value);
    return value;
}
