/* Decodes instructions, a line each of standard input in hexadecimal, with the decoder that the argument names: a line
 * each of output. The bytes lie in memory of exactly their number, so that a sanitizer sees one byte too many.
 * With "random SEED COUNT", decodes random bytes of every size and says how many were known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode_parts.h"

typedef void decoder(const uint8_t *, size_t, uint64_t, struct decoded *);

static void print_list(const uint8_t *list, unsigned count) {
    for (unsigned k = 0; k < count; k++) printf(k ? ",%u" : "%u", list[k]);
    putchar(' ');
}

static void print_decoded(const struct decoded *d) {
    printf("%u %u ", d->op, d->flow);
    print_list(d->source, d->sources);
    print_list(d->address, d->addresses);
    print_list(d->target, d->targets);
    printf("%u %u %u %u %u %u %d %d %d\n", d->loads, d->stores, d->access_bytes, d->element_bytes, d->vector_bytes, d->uops,
           d->breaks_dependence, d->is_conditional_access, d->known);
}

static void decode_copy(decoder *run, const uint8_t *bytes, size_t size, struct decoded *out) {
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    run(exact, size, 0x401000, out);
    free(exact);
}

static void decode_lines(decoder *run) {
    char line[128];
    while (fgets(line, sizeof line, stdin)) {
        uint8_t bytes[32];
        unsigned size = 0, byte;
        for (const char *p = line; size < sizeof bytes && sscanf(p, "%2x", &byte) == 1; p += 2) bytes[size++] = (uint8_t)byte;
        struct decoded decoded;
        decode_copy(run, bytes, size, &decoded);
        print_decoded(&decoded);
    }
}

static int is_consistent(const struct decoded *d) {
    int is_within = d->sources <= 6 && d->addresses <= 3 && d->targets <= 3 && d->op < OP_CLASSES;
    for (unsigned k = 0; is_within && k < d->sources; k++) is_within = d->source[k] < REGISTERS;
    for (unsigned k = 0; is_within && k < d->addresses; k++) is_within = d->address[k] < REGISTERS;
    for (unsigned k = 0; is_within && k < d->targets; k++) is_within = d->target[k] < REGISTERS;
    return is_within && d->loads <= 2 && d->stores <= 2 && d->uops > 0;
}

static int decode_random(decoder *run, uint64_t state, unsigned long count) {
    unsigned long known = 0;
    for (unsigned long k = 0; k < count; k++) {
        uint8_t bytes[16];
        for (unsigned b = 0; b < 16; b++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes[b] = (uint8_t)(state >> 56);
        }
        struct decoded decoded;
        decode_copy(run, bytes, k % 17, &decoded);
        if (!is_consistent(&decoded)) {
            printf("inconsistent: ");
            for (unsigned b = 0; b < k % 17; b++) printf("%02x", bytes[b]);
            putchar('\n');
            return 1;
        }
        known += decoded.known;
    }
    printf("%lu\n", known);
    return 0;
}

int main(int count, char **words) {
    decoder *run = count > 1 && !strcmp(words[1], "aarch64") ? decode_aarch64 : decode_x86;
    if (count == 4) return decode_random(run, strtoull(words[2], NULL, 10), strtoul(words[3], NULL, 10));
    decode_lines(run);
    return 0;
}
