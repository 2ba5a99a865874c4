#include "fresh.h"

#include "aligned.h"

enum { STRETCH_SHIFT = 15, STRETCHES = 1 << 14, PROBES = 64, UNMAPPED_MOST = 256 };
enum { STRETCH_BYTES = (1 << STRETCH_SHIFT) / 8 };

static struct stretch {
    uint64_t number; /* plus one; 0: free */
    uint8_t *had;
} stretches[STRETCHES];

static struct pages {
    uint64_t first, end;
} unmapped[UNMAPPED_MOST];
static unsigned told, taken;
static bool had_before;

void fresh_begin(bool all_is_had)
{
    had_before = all_is_had;
}

/* The stretch of a page, made if `is_wanted`; NULL where there is none, or no more room. */
static struct stretch *stretch_of(uint64_t page, bool is_wanted)
{
    uint64_t number = (page >> STRETCH_SHIFT) + 1;
    for (unsigned k = 0; k < PROBES; k++) {
        struct stretch *stretch = &stretches[((number * UINT64_C(0x9E3779B97F4A7C15) >> 40) + k) & (STRETCHES - 1)];
        if (stretch->number == number)
            return stretch;
        if (stretch->number)
            continue;
        if (!is_wanted)
            return NULL;
        stretch->had = aligned_filled(STRETCH_BYTES, had_before ? 0xFF : 0);
        stretch->number = number;
        return stretch;
    }
    return NULL;
}

static void forget(uint64_t first, uint64_t end)
{
    const uint64_t whole = UINT64_C(1) << STRETCH_SHIFT;
    while (first < end) {
        uint64_t last = (first / whole + 1) * whole < end ? (first / whole + 1) * whole : end;
        struct stretch *stretch = stretch_of(first, false);
        if (stretch && last - first == whole)
            memset(stretch->had, 0, STRETCH_BYTES);
        else if (stretch)
            for (uint64_t page = first; page < last; page++)
                stretch->had[page % whole / 8] &= (uint8_t)~(1u << page % 8);
        first = last;
    }
}

bool fresh_first(uint64_t page)
{
    for (unsigned most = __atomic_load_n(&told, __ATOMIC_ACQUIRE); taken != most; taken++)
        forget(unmapped[taken % UNMAPPED_MOST].first, unmapped[taken % UNMAPPED_MOST].end);
    struct stretch *stretch = stretch_of(page, true);
    if (!stretch)
        return false;
    uint8_t bit = (uint8_t)(1u << page % 8), *byte = &stretch->had[(page & ((1u << STRETCH_SHIFT) - 1)) / 8];
    bool is_first = !(*byte & bit);
    *byte |= bit;
    return is_first;
}

void fresh_unmapped(uint64_t first_page, uint64_t end_page)
{
    unsigned place = __atomic_load_n(&told, __ATOMIC_RELAXED);
    if (place - __atomic_load_n(&taken, __ATOMIC_RELAXED) >= UNMAPPED_MOST || first_page >= end_page)
        return;
    unmapped[place % UNMAPPED_MOST] = (struct pages){first_page, end_page};
    __atomic_store_n(&told, place + 1, __ATOMIC_RELEASE);
}
