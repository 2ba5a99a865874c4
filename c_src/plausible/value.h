/* The values that a table holds, and the heap that they come from. There is no NULL in a table; only an aggregate over no rows
 * is one. */
#ifndef PLAUSIBLE_VALUE_H
#define PLAUSIBLE_VALUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type { INTEGER, REAL, TEXT };
enum { MOST_COLUMNS = 32 };

struct text {
    const char *bytes;
    int64_t length;
};

struct value {
    enum type type;
    bool is_null;
    union {
        int64_t integer;
        double real;
        struct text text;
    };
};

enum { UNORDERED = 2 }; /* of two reals, one of which is NaN: neither less nor equal nor more */

/* How values of one type are compared (-1, 0, 1 or UNORDERED) and reckoned with: what the mistake `abstraction` calls for every
 * value. */
struct value_class {
    int (*compare)(const struct value *, const struct value *);
    struct value (*add)(const struct value *, const struct value *);
    struct value (*subtract)(const struct value *, const struct value *);
    struct value (*multiply)(const struct value *, const struct value *);
    uint64_t (*hash)(const struct value *);
    struct value (*copy)(const struct value *);
    void (*release)(struct value *);
};
extern const struct value_class value_classes[];

/* The class that can deal with both: reals where one of them is. */
const struct value_class *class_of(const struct value *first, const struct value *second);

struct value integer_value(int64_t integer);
struct value real_value(double real);
double real_of(const struct value *value);
int text_compare(struct text first, struct text second);
uint64_t integer_hash(int64_t integer);
uint64_t real_hash(double real);
uint64_t text_hash(struct text text);

/* malloc, calloc and realloc that end the process where there is no memory: an engine under study has a process to itself. */
void *allocate(size_t bytes);
void *allocate_zeroed(size_t count, size_t size);
void *reallocate(void *old, size_t bytes);

/* An array that grows: `grow` makes room for `more` elements of `size` bytes at its end, which it returns. `room` is in bytes, so
 * that an emptied array can be used for elements of another size. */
struct growing {
    void *items;
    int64_t count;
    size_t room;
};
void *grow(struct growing *array, int64_t more, size_t size);
#endif
