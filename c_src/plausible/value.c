#include "value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *memory, size_t bytes)
{
    if (!memory && bytes) {
        fprintf(stderr, "plausible: no memory for %zu bytes more\n", bytes);
        exit(70);
    }
    return memory;
}

void *allocate(size_t bytes)
{
    return or_end(malloc(bytes ? bytes : 1), bytes);
}

void *allocate_zeroed(size_t count, size_t size)
{
    return or_end(calloc(count ? count : 1, size), count * size);
}

void *reallocate(void *old, size_t bytes)
{
    return or_end(realloc(old, bytes ? bytes : 1), bytes);
}

void *grow(struct growing *array, int64_t more, size_t size)
{
    size_t wanted = (size_t)(array->count + more) * size;
    if (wanted > array->room || !array->items) {
        array->room = wanted > 2 * array->room ? wanted : 2 * array->room;
        array->items = reallocate(array->items, array->room);
    }
    void *place = (char *)array->items + (size_t)array->count * size;
    array->count += more;
    return place;
}

struct value integer_value(int64_t integer)
{
    return (struct value){.type = INTEGER, .integer = integer};
}

struct value real_value(double real)
{
    return (struct value){.type = REAL, .real = real};
}

double real_of(const struct value *value)
{
    return value->type == INTEGER ? (double)value->integer : value->real;
}

int text_compare(struct text first, struct text second)
{
    int64_t least = first.length < second.length ? first.length : second.length;
    int order = least ? memcmp(first.bytes, second.bytes, (size_t)least) : 0;
    return order ? (order > 0) - (order < 0) : (first.length > second.length) - (first.length < second.length);
}

/* The finaliser of MurmurHash3 (Austin Appleby, public domain): every bit of the key moves every bit of the hash. */
uint64_t integer_hash(int64_t integer)
{
    uint64_t hash = (uint64_t)integer;
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

/* A whole number hashes alike as an integer and as a real, since the two are equal. */
uint64_t real_hash(double real)
{
    int64_t bits;
    if (real >= -0x1p62 && real <= 0x1p62 && floor(real) == real)
        return integer_hash((int64_t)real);
    memcpy(&bits, &real, sizeof bits);
    return integer_hash(bits);
}

/* FNV-1a (Fowler, Noll, Vo), then the finaliser, since tables take the low bits. */
uint64_t text_hash(struct text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int64_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
    return integer_hash((int64_t)hash);
}

static int order_of(double first, double second)
{
    return isnan(first) || isnan(second) ? UNORDERED : (first > second) - (first < second);
}

static int compare_integers(const struct value *first, const struct value *second)
{
    return (first->integer > second->integer) - (first->integer < second->integer);
}

static int compare_reals(const struct value *first, const struct value *second)
{
    return order_of(real_of(first), real_of(second));
}

static int compare_texts(const struct value *first, const struct value *second)
{
    return text_compare(first->text, second->text);
}

/* Sums wrap around as unsigned ones do: who needs more than 64 bits uses reals. */
static int64_t wrapped(uint64_t bits)
{
    return (int64_t)bits;
}

static struct value add_integers(const struct value *first, const struct value *second)
{
    return integer_value(wrapped((uint64_t)first->integer + (uint64_t)second->integer));
}

static struct value add_reals(const struct value *first, const struct value *second)
{
    return real_value(real_of(first) + real_of(second));
}

static struct value subtract_integers(const struct value *first, const struct value *second)
{
    return integer_value(wrapped((uint64_t)first->integer - (uint64_t)second->integer));
}

static struct value subtract_reals(const struct value *first, const struct value *second)
{
    return real_value(real_of(first) - real_of(second));
}

static struct value multiply_integers(const struct value *first, const struct value *second)
{
    return integer_value(wrapped((uint64_t)first->integer * (uint64_t)second->integer));
}

static struct value multiply_reals(const struct value *first, const struct value *second)
{
    return real_value(real_of(first) * real_of(second));
}

static uint64_t hash_integer(const struct value *value)
{
    return integer_hash(value->integer);
}

static uint64_t hash_real(const struct value *value)
{
    return real_hash(real_of(value));
}

static uint64_t hash_text(const struct value *value)
{
    return text_hash(value->text);
}

static struct value copy_number(const struct value *value)
{
    return *value;
}

static struct value copy_text(const struct value *value)
{
    char *bytes = allocate((size_t)value->text.length);
    if (value->text.length)
        memcpy(bytes, value->text.bytes, (size_t)value->text.length);
    struct value copied = *value;
    copied.text.bytes = bytes;
    return copied;
}

static void release_number(struct value *value)
{
    (void)value;
}

static void release_text(struct value *value)
{
    free((void *)(uintptr_t)value->text.bytes);
}

const struct value_class value_classes[] = {
    [INTEGER] = {compare_integers, add_integers, subtract_integers, multiply_integers, hash_integer, copy_number, release_number},
    [REAL] = {compare_reals, add_reals, subtract_reals, multiply_reals, hash_real, copy_number, release_number},
    [TEXT] = {compare_texts, NULL, NULL, NULL, hash_text, copy_text, release_text},
};

const struct value_class *class_of(const struct value *first, const struct value *second)
{
    return &value_classes[first->type > second->type ? first->type : second->type];
}
