/* Values come in batches. Each batch is made a list of items, which is walked so many times and done with. */
#include <stddef.h>
#include <stdlib.h>

#include "lesson.h"

enum { BATCH = 32 };

typedef struct Item {
    struct Item *next;
    int64_t value, rest[6];
} Item;

/* Walk a list so many times and sum its values. */
static int64_t sum(const Item *first, int64_t uses)
{
    int64_t total = 0;
    for (int64_t use = 0; use < uses; use++)
        for (const Item *item = first; item != NULL; item = item->next)
            total += item->value;
    return total;
}

/* Have the allocator look for a place for each item, and take it back: bookkeeping twice an item. */
LESSON int64_t by_malloc(const int64_t *values, int64_t count, int64_t uses, int64_t *room)
{
    int64_t total = 0;
    (void)room;
    for (int64_t start = 0; start < count; start += BATCH) {
        Item *first = NULL;
        for (int64_t each = start; each < start + BATCH; each++) {
            Item *item = malloc(sizeof *item);
            if (item == NULL)
                abort();
            item->next = first;
            item->value = values[each];
            first = item;
        }
        total += sum(first, uses);
        while (first != NULL) {
            Item *next = first->next;
            free(first);
            first = next;
        }
    }
    return total;
}

/* Take the items of each batch one after the other from `room`, which holds a batch: an addition an item. */
LESSON int64_t from_arena(const int64_t *values, int64_t count, int64_t uses, int64_t *room)
{
    int64_t total = 0;
    for (int64_t start = 0; start < count; start += BATCH) {
        Item *first = NULL, *item = (Item *)room;
        for (int64_t each = start; each < start + BATCH; each++, item++) {
            item->next = first;
            item->value = values[each];
            first = item;
        }
        total += sum(first, uses);
    }
    return total;
}
