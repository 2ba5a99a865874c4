/* The frame of the program that c_program.py writes: program DATA [NUMBER] runs every kernel, or one, and checks its result.
 * Prints a line a kernel before it runs, so that a sanitizer's report follows the name it belongs to. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "vector.h"
/*HEADERS*/

enum { MOST_BLOCKS = 64, MOST_THREADS = 16 };
struct result {
    int64_t whole;
    double real;
};
typedef void *thread(void *);
static FILE *data;
static char *block[MOST_BLOCKS];
static int64_t blocks;

static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(2);
}
static int64_t word(void) {
    int64_t value;
    if (fread(&value, 8, 1, data) != 1) fail("the data file is too short");
    return value;
}
static void load(long offset) {
    if (fseek(data, offset, SEEK_SET)) fail("the data file is too short");
    blocks = word();
    if (blocks > MOST_BLOCKS) fail("too many blocks");
    for (int64_t b = 0; b < blocks; b++) {
        size_t size = (size_t)word(), alignment = (size_t)word();
        void *memory;
        if (posix_memalign(&memory, alignment, size)) fail("no memory");
        if (size && fread(memory, size, 1, data) != 1) fail("the data file is too short");
        block[b] = memory;
    }
    for (int64_t left = word(); left > 0; left--) {
        char *home = block[word()];
        home += word();
        char *target = block[word()];
        target += word();
        *(int64_t *)home = (int64_t)target;
    }
}
static struct result run_threads(long offset, int count, thread *const acts[]) {
    struct result results[MOST_THREADS] = {{0, 0}};
    pthread_t others[MOST_THREADS];
    if (count > MOST_THREADS) fail("too many threads");
    load(offset);
    for (int k = 1; k < count; k++)
        if (pthread_create(&others[k], NULL, acts[k], &results[k])) fail("no thread");
    acts[0](&results[0]);
    for (int k = 1; k < count; k++) pthread_join(others[k], NULL);
    for (int64_t b = 0; b < blocks; b++) free(block[b]);
    return results[0];
}
static int is_equal(int64_t value, int64_t expected) {
    if (value != expected) printf("  returned %" PRId64 ", and %" PRId64 " on the host\n", value, expected);
    return value == expected;
}
static int is_near(double value, double expected) {
    int near = value == expected || fabs(value - expected) <= 1e-9 * fabs(expected) || (isnan(value) && isnan(expected));
    if (!near) printf("  returned %.17g, and %.17g on the host\n", value, expected);
    return near;
}
/*CALLS*/
static const struct {
    const char *name;
    struct result (*run)(void);
    int (*check)(struct result);
} kernels[] = {
/*TABLE*/
};

static int run_kernel(int number) {
    printf("%s\n", kernels[number].name);
    fflush(stdout);
    return kernels[number].check(kernels[number].run());
}
int main(int count, char **words) {
    int failed = 0, total = (int)(sizeof kernels / sizeof *kernels);
    if (count < 2 || !(data = fopen(words[1], "rb"))) fail("no data file");
    (void)is_equal, (void)is_near;
    failed += !is_equal(clock_adds(2, 5), 2 * 256 * 5) + !is_equal(clock_nothing(7), 7);
    failed += !is_equal(cpu_variant_bytes(), VECTOR_BYTES) + (cpu_vector_bits() < 8 * VECTOR_BYTES);
    for (int number = 0; number < total; number++)
        if (count < 3 || atoi(words[2]) == number) failed += !run_kernel(number);
    fclose(data);
    return failed ? 1 : 0;
}
