/* Kernels whose misses are known by construction: `kernel NAME` runs one of them in its region. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hwbench_region.h"

enum { COUNT = 1 << 18 };

struct node {
    struct node *next, *self;
    long payload[6];
};

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* One cycle through all, in order or random (Sattolo's shuffle). */
static size_t *make_ring(int is_shuffled)
{
    size_t *order = malloc(COUNT * sizeof *order);
    for (size_t i = 0; i < COUNT; i++)
        order[i] = i;
    for (size_t i = COUNT - 1; is_shuffled && i; i--) {
        size_t other = next_random() % i, kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    return order;
}

static struct node *make_list(int is_shuffled)
{
    size_t *order = make_ring(is_shuffled);
    struct node *nodes = aligned_alloc(64, COUNT * sizeof *nodes);
    for (size_t i = 0; i < COUNT; i++) {
        struct node *node = &nodes[order[i]];
        memset(node, 0, sizeof *node);
        node->next = &nodes[order[(i + 1) % COUNT]];
        node->self = node;
    }
    return &nodes[order[0]];
}

static long chase(int is_shuffled, int field, int by_self)
{
    struct node *node = make_list(is_shuffled);
    long sum = 0;
    hwbench_region_begin();
    for (size_t i = 0; i < COUNT; i++) {
        sum += by_self ? node->self->payload[field] : node->payload[field];
        node = node->next;
    }
    hwbench_region_end();
    return sum;
}

/* Rows of a table behind indices that were written in order: the rows miss apart from one another. */
static long gather(void)
{
    long *table = calloc(COUNT * 8, sizeof *table);
    uint32_t *index = malloc(COUNT * sizeof *index);
    long sum = 0;
    for (size_t i = 0; i < COUNT; i++)
        index[i] = (uint32_t)(next_random() % (COUNT * 8));
    hwbench_region_begin();
    for (size_t i = 0; i < COUNT; i++)
        sum += table[index[i]];
    hwbench_region_end();
    return sum;
}

/* A row that names the next one by its number: a chain without a pointer. */
static long follow(void)
{
    size_t *order = make_ring(1), place = 0;
    struct row {
        long number, rest[7];
    } *rows = aligned_alloc(64, COUNT * sizeof *rows);
    for (size_t i = 0; i < COUNT; i++)
        rows[i].number = (long)order[i];
    hwbench_region_begin();
    for (size_t i = 0; i < COUNT; i++)
        place = (size_t)rows[place].number;
    hwbench_region_end();
    return (long)place;
}

/* Every second miss names the place of the next: half of them are independent, half dependent. */
static long two_steps(void)
{
    uint32_t *first = calloc(COUNT * 16, sizeof *first), *index = malloc(COUNT * sizeof *index);
    long *second = calloc(COUNT * 8, sizeof *second), sum = 0;
    for (size_t i = 0; i < COUNT * 16; i++)
        first[i] = (uint32_t)(next_random() % (COUNT * 8));
    for (size_t i = 0; i < COUNT; i++)
        index[i] = (uint32_t)(next_random() % (COUNT * 16));
    hwbench_region_begin();
    for (size_t i = 0; i < COUNT; i++)
        sum += second[first[index[i]]];
    hwbench_region_end();
    return sum;
}

static long add_up(size_t step)
{
    long *values = calloc(COUNT * 8, sizeof *values), sum = 0;
    hwbench_region_begin();
    for (size_t i = 0; i < COUNT * 8; i += step)
        sum += values[i];
    hwbench_region_end();
    return sum;
}

static long fill(void)
{
    char *bytes = malloc(COUNT * 64), *copy = malloc(COUNT * 64);
    hwbench_region_begin();
    memset(bytes, 1, COUNT * 64);
    __asm__ volatile("" : "+r"(bytes) : : "memory"); /* or the copy would be filled too, without a load */
    memcpy(copy, bytes, COUNT * 64);
    hwbench_region_end();
    return copy[next_random() % COUNT];
}

static long count_up(void)
{
    static atomic_long counter;
    hwbench_region_begin();
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add(&counter, 1);
    long expected = 1000;
    atomic_compare_exchange_strong(&counter, &expected, 7);
    atomic_thread_fence(memory_order_seq_cst);
    hwbench_region_end();
    return counter;
}

int main(int count, char **words)
{
    const char *name = count > 1 ? words[1] : "";
    long answer = -1;
    if (strcmp(name, "in_order") == 0) answer = chase(0, 3, 0);
    if (strcmp(name, "shuffled") == 0) answer = chase(1, 0, 0);
    if (strcmp(name, "far_field") == 0) answer = chase(1, 5, 0);
    if (strcmp(name, "through_a_hit") == 0) answer = chase(1, 4, 1);
    if (strcmp(name, "gather") == 0) answer = gather();
    if (strcmp(name, "follow") == 0) answer = follow();
    if (strcmp(name, "two_steps") == 0) answer = two_steps();
    if (strcmp(name, "sum") == 0) answer = add_up(1);
    if (strcmp(name, "stride") == 0) answer = add_up(24);
    if (strcmp(name, "fill") == 0) answer = fill();
    if (strcmp(name, "count_up") == 0) answer = count_up();
    printf("%ld\n", answer);
    return answer < 0;
}
