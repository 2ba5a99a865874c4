/* Small programs whose truth is known: `counting_kernels NAME STEPS [BYTES]` prints the ns of one step.
 *
 * The timed part is marked as a region, so that a counter counts it alone. Empty assembly keeps loops from being made into others.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hwbench_region.h"

#define APART __attribute__((noinline))
#define KEEP(value) __asm__ volatile("" : "+r"(value))

typedef uint64_t (*function)(uint64_t);

struct node {
    struct node *next;
    uint64_t before[5], value, after;
};

struct ground { /* what a kernel runs on */
    size_t steps, size, mask;
    uint64_t *words;
    uint32_t *indices;
    uint8_t *bytes;
    struct node *first;
};

static uint64_t seed = 88172645463325252u;
static volatile uint64_t sink;

static uint64_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> 20;
}

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint32_t *shuffled(size_t count, int shuffle)
{
    uint32_t *order = malloc(count * sizeof *order);
    for (size_t k = 0; k < count; k++)
        order[k] = (uint32_t)k;
    for (size_t k = count - 1; shuffle && k > 0; k--) {
        size_t other = dice() % (k + 1);
        uint32_t kept = order[k];
        order[k] = order[other];
        order[other] = kept;
    }
    return order;
}

static void link_nodes(struct ground *on, int shuffle)
{
    size_t count = on->size / sizeof(struct node);
    struct node *nodes = aligned_alloc(64, count * sizeof *nodes);
    uint32_t *order = shuffled(count, shuffle);
    memset(nodes, 1, count * sizeof *nodes);
    for (size_t k = 0; k < count; k++)
        nodes[order[k]].next = &nodes[order[(k + 1) % count]];
    on->first = &nodes[order[0]];
    free(order);
}

static void fill_words(struct ground *on)
{
    on->words = malloc(on->size + 64);
    for (size_t k = 0; k < on->size / 8; k++)
        on->words[k] = k;
}

static void fill_bytes(struct ground *on, size_t count, size_t period, unsigned choices)
{
    on->bytes = malloc(count);
    on->mask = count - 1;
    for (size_t k = 0; k < count; k++)
        on->bytes[k] = k < period ? (uint8_t)(dice() % choices) : on->bytes[k - period];
}

APART static uint64_t list(const struct ground *on)
{
    uint64_t sum = 0;
    const struct node *node = on->first;
    for (size_t k = 0; k < on->steps; k++) {
        sum += node->value;
        node = node->next;
    }
    return sum;
}

APART static uint64_t index_chase(const struct ground *on)
{
    uint64_t at = 0;
    for (size_t k = 0; k < on->steps; k++)
        at = on->indices[at];
    return at;
}

APART static uint64_t gather(const struct ground *on)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < on->steps; k++)
        sum += on->words[on->indices[k & on->mask]];
    return sum;
}

APART static uint64_t sum(const struct ground *on)
{
    uint64_t sum = 0;
    for (size_t round = 0; round < on->steps; round += on->size / 8)
        for (size_t k = 0; k < on->size / 8; k++) {
            sum += on->words[k];
            KEEP(sum);
        }
    return sum;
}

APART static uint64_t fill(const struct ground *on)
{
    for (size_t round = 0; round < on->steps; round += on->size / 8)
        for (size_t k = 0; k < on->size / 8; k++) {
            on->words[k] = round;
            __asm__ volatile("" ::: "memory");
        }
    return on->words[5];
}

APART static uint64_t branches(const struct ground *on)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < on->steps; k++) {
        if (on->bytes[k & on->mask])
            sum += k;
        else
            sum ^= 5;
        KEEP(sum);
    }
    return sum;
}

#define TARGET(n)                               \
    APART static uint64_t target_##n(uint64_t x) \
    {                                           \
        KEEP(x);                                \
        return x + n;                           \
    }
TARGET(0) TARGET(1) TARGET(2) TARGET(3)

APART static uint64_t calls(const struct ground *on)
{
    static const function targets[] = {target_0, target_1, target_2, target_3};
    uint64_t sum = 0;
    for (size_t k = 0; k < on->steps; k++)
        sum = targets[on->bytes[k & on->mask]](sum);
    return sum;
}

APART static uint64_t adds(const struct ground *on)
{
    uint64_t sum = 1;
    for (size_t k = 0; k < on->steps; k += 8) {
#pragma GCC unroll 8
        for (int repeat = 0; repeat < 8; repeat++) {
            sum += 3;
            KEEP(sum);
        }
    }
    return sum;
}

APART static uint64_t multiplications(const struct ground *on)
{
    uint64_t product = 3;
    for (size_t k = 0; k < on->steps; k++) {
        product *= product;
        KEEP(product);
    }
    return product;
}

APART static uint64_t divisions(const struct ground *on)
{
    double value = 1e9, by = 1.0000001;
    for (size_t k = 0; k < on->steps; k++) {
        value /= by;
        __asm__ volatile("" : "+x"(value));
    }
    return (uint64_t)value;
}

APART static uint64_t system_calls(const struct ground *on)
{
    for (size_t k = 0; k < on->steps; k++)
        if (write(STDERR_FILENO, "", 0) < 0)
            return 1;
    return 0;
}

static void prepare(struct ground *on, const char *name)
{
    on->words = NULL;
    if (strstr(name, "list"))
        link_nodes(on, strcmp(name, "list_shuffled") == 0);
    else if (strcmp(name, "index_chase") == 0) {
        size_t count = on->size / 4;
        uint32_t *order = shuffled(count, 1);
        on->indices = malloc(count * sizeof *on->indices);
        for (size_t k = 0; k < count; k++)
            on->indices[order[k]] = order[(k + 1) % count];
        free(order);
    } else if (strcmp(name, "gather") == 0) {
        size_t count = 1 << 16;
        fill_words(on);
        while (count < on->steps)
            count *= 2;
        on->mask = count - 1;
        on->indices = malloc(count * sizeof *on->indices);
        for (size_t k = 0; k < count; k++)
            on->indices[k] = (uint32_t)(dice() % (on->size / 8));
    } else if (strstr(name, "branches"))
        fill_bytes(on, 1 << 20, strcmp(name, "branches_random") == 0 ? 1 << 20 : on->size, 2);
    else if (strstr(name, "calls"))
        fill_bytes(on, 1 << 16, strcmp(name, "calls_random") == 0 ? 1 << 16 : 1, 4);
    else if (on->size)
        fill_words(on);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint64_t (*run)(const struct ground *);
    } kernels[] = {
        {"list_ordered", list},        {"list_shuffled", list},     {"index_chase", index_chase},         {"gather", gather},
        {"sum", sum},                  {"fill", fill},              {"branches_random", branches},        {"branches_periodic", branches},
        {"calls_random", calls},       {"calls_same", calls},       {"adds", adds},                       {"multiplications", multiplications},
        {"divisions", divisions},      {"system_calls", system_calls},
    };
    if (argc < 3)
        return 2;
    struct ground on = {.steps = strtoull(argv[2], NULL, 10), .size = argc > 3 ? strtoull(argv[3], NULL, 10) : 0};
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
        if (strcmp(kernels[k].name, argv[1]) == 0) {
            prepare(&on, argv[1]);
            double started = nanoseconds();
            hwbench_region_begin();
            sink = kernels[k].run(&on);
            hwbench_region_end();
            printf("%.4f\n", (nanoseconds() - started) / (double)on.steps);
            return 0;
        }
    return 2;
}
