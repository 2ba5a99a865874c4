/* Gather 4,096 numbers in a list of chunks, n times: chunks taken from an arena that is used again, or (CALLOC) a cleared
 * one from the allocator for every eight numbers, freed at the end of each time. */
#include "corpus.h"

enum { NUMBERS = 4096, CHUNK = 8, CHUNKS = NUMBERS / CHUNK };
struct chunk {
    struct chunk *next;
    uint64_t number[CHUNK];
};
#ifndef CALLOC
static struct chunk arena[CHUNKS];
#endif

static struct chunk *new_chunk(size_t place) {
#ifdef CALLOC
    (void)place;
    struct chunk *chunk = calloc(1, sizeof *chunk);
    must(chunk != NULL, "calloc");
    return chunk;
#else
    memset(&arena[place], 0, sizeof arena[place]);
    return &arena[place];
#endif
}

static void release(struct chunk *chunk) {
#ifdef CALLOC
    free(chunk);
#else
    (void)chunk;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        struct chunk *list = NULL;
        for (size_t place = 0; place < CHUNKS; place++) {
            struct chunk *chunk = new_chunk(place);
            chunk->next = list;
            chunk->number[place % CHUNK] = pass + place;
            list = chunk;
        }
        while (list != NULL) {
            struct chunk *next = list->next;
            sum += list->number[3];
            release(list);
            list = next;
        }
    }
    REGION_END();
    return answer(sum);
}
