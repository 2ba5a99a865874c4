#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct table *table_new(const char *name, bool is_boxed, bool has_index)
{
    struct table *table = allocate_zeroed(1, sizeof *table);
    strncpy(table->name, name, sizeof table->name - 1);
    table->key = -1;
    table->is_boxed = is_boxed;
    table->has_index = has_index;
    table->shuffle = UINT64_C(0x9e3779b97f4a7c15);
    return table;
}

static struct box *box_at(const struct table *table, int64_t place)
{
    return ((struct box **)table->boxes.items)[place];
}

static void box_free(const struct table *table, struct box *box)
{
    for (int i = 0; i < table->width; i++)
        value_classes[box->values[i].type].release(&box->values[i]);
    free(box);
}

void table_free(struct table *table)
{
    for (int64_t i = 0; i < table->boxes.count; i++)
        box_free(table, box_at(table, i));
    for (int i = 0; i < table->width; i++) {
        free(table->columns[i].values.items);
        free(table->columns[i].bytes.items);
    }
    btree_clear(&table->index);
    free(table->boxes.items);
    free(table);
}

int table_column(const struct table *table, const char *name, int64_t length)
{
    for (int i = 0; i < table->width; i++)
        if ((int64_t)strlen(table->columns[i].name) == length && !strncasecmp(table->columns[i].name, name, (size_t)length))
            return i;
    return -1;
}

/* Marsaglia's xorshift (Journal of Statistical Software 8, 14): where in the list the next row goes. */
static uint64_t next_random(struct table *table)
{
    table->shuffle ^= table->shuffle << 13;
    table->shuffle ^= table->shuffle >> 7;
    return table->shuffle ^= table->shuffle << 17;
}

static int64_t add_boxed(struct table *table, const struct value *values)
{
    struct box *box = allocate(sizeof *box + (size_t)table->width * sizeof *values);
    for (int i = 0; i < table->width; i++)
        box->values[i] = value_classes[values[i].type].copy(&values[i]);
    box->before = table->count ? box_at(table, (int64_t)(next_random(table) % (uint64_t)table->count)) : NULL;
    struct box **link = box->before ? &box->before->next : &table->first;
    box->next = *link;
    *link = box;
    *(struct box **)grow(&table->boxes, 1, sizeof box) = box;
    return (int64_t)(intptr_t)box;
}

static void add_text(struct column *column, struct text text)
{
    char *bytes = grow(&column->bytes, text.length, 1);
    if (text.length)
        memcpy(bytes, text.bytes, (size_t)text.length);
    *(int64_t *)grow(&column->values, 1, sizeof(int64_t)) = column->bytes.count;
}

static int64_t add_to_columns(struct table *table, const struct value *values)
{
    for (int i = 0; i < table->width; i++) {
        struct column *column = &table->columns[i];
        if (column->type == INTEGER)
            *(int64_t *)grow(&column->values, 1, sizeof(int64_t)) = values[i].integer;
        else if (column->type == REAL)
            *(double *)grow(&column->values, 1, sizeof(double)) = values[i].real;
        else
            add_text(column, values[i].text);
    }
    return table->count;
}

bool table_add(struct table *table, const struct value *values)
{
    int64_t handle;
    if (table->key >= 0 && !table->has_index && table_find(table, values[table->key].integer, &handle))
        return false;
    return table_put(table, values);
}

bool table_put(struct table *table, const struct value *values)
{
    int64_t handle;
    bool is_indexed = table->key >= 0 && table->has_index;
    if (is_indexed && !table->is_boxed) {
        if (!btree_add(&table->index, values[table->key].integer, table->count))
            return false;
        add_to_columns(table, values);
    } else {
        if (is_indexed && btree_find(&table->index, values[table->key].integer, &handle))
            return false;
        handle = table->is_boxed ? add_boxed(table, values) : add_to_columns(table, values);
        if (is_indexed)
            btree_add(&table->index, values[table->key].integer, handle);
    }
    table->count++;
    return true;
}

static void index_anew(struct table *table)
{
    int64_t handle;
    btree_clear(&table->index);
    for (struct cursor cursor = table_start(table); table_next(table, &cursor, &handle);)
        btree_add(&table->index, table_value(table, handle, table->key).integer, handle);
}

static void shorten(struct column *column, int64_t count)
{
    if (column->type == TEXT)
        column->bytes.count = count ? ((int64_t *)column->values.items)[count - 1] : 0;
    column->values.count = count;
}

void table_take_back(struct table *table, int64_t rows)
{
    for (int64_t i = 0; table->is_boxed && i < rows; i++) {
        struct box *box = box_at(table, --table->boxes.count);
        *(box->before ? &box->before->next : &table->first) = box->next;
        box_free(table, box);
    }
    table->count -= rows;
    for (int i = 0; !table->is_boxed && i < table->width; i++)
        shorten(&table->columns[i], table->count);
    if (rows && table->key >= 0 && table->has_index)
        index_anew(table);
}

static bool find_in_column(const struct table *table, int64_t key, int64_t *handle)
{
    const int64_t *keys = table->columns[table->key].values.items;
    for (int64_t i = 0; i < table->count; i++)
        if (keys[i] == key) {
            *handle = i;
            return true;
        }
    return false;
}

static bool find_in_list(const struct table *table, int64_t key, int64_t *handle)
{
    for (const struct box *box = table->first; box; box = box->next)
        if (box->values[table->key].integer == key) {
            *handle = (int64_t)(intptr_t)box;
            return true;
        }
    return false;
}

bool table_find(const struct table *table, int64_t key, int64_t *handle)
{
    if (table->has_index)
        return btree_find(&table->index, key, handle);
    return table->is_boxed ? find_in_list(table, key, handle) : find_in_column(table, key, handle);
}

bool table_end(const struct table *table, bool is_most, int64_t *handle)
{
    return btree_end(&table->index, is_most, handle);
}

struct cursor table_start(const struct table *table)
{
    return (struct cursor){.place = 0, .box = table->first};
}

bool table_next(const struct table *table, struct cursor *cursor, int64_t *handle)
{
    if (!table->is_boxed) {
        *handle = cursor->place;
        return cursor->place++ < table->count;
    }
    if (!cursor->box)
        return false;
    *handle = (int64_t)(intptr_t)cursor->box;
    cursor->box = cursor->box->next;
    return true;
}

static struct text text_at(const struct column *column, int64_t place)
{
    const int64_t *ends = column->values.items;
    int64_t start = place ? ends[place - 1] : 0;
    return (struct text){(const char *)column->bytes.items + start, ends[place] - start};
}

struct value table_value(const struct table *table, int64_t handle, int column)
{
    const struct column *from = &table->columns[column];
    if (table->is_boxed)
        return ((const struct box *)(intptr_t)handle)->values[column];
    switch (from->type) {
    case INTEGER:
        return integer_value(((const int64_t *)from->values.items)[handle]);
    case REAL:
        return real_value(((const double *)from->values.items)[handle]);
    default:
        return (struct value){.type = TEXT, .text = text_at(from, handle)};
    }
}

static void read_column(const struct column *column, int64_t place, int64_t rows, bool copied, struct vector *vector)
{
    vector->type = column->type;
    vector->own.count = 0;
    if (column->type == TEXT) {
        struct text *texts = grow(&vector->own, rows, sizeof *texts);
        for (int64_t i = 0; i < rows; i++)
            texts[i] = text_at(column, place + i);
        vector->values = texts;
        return;
    }
    const int64_t *from = (const int64_t *)column->values.items + place; /* a double is as wide */
    vector->values = rows ? from : NULL;
    if (copied && rows)
        vector->values = memcpy(grow(&vector->own, rows, sizeof *from), from, (size_t)rows * sizeof *from);
}

static void unbox(const struct value *value, struct vector *vector, int64_t room)
{
    if (!vector->own.count)
        grow(&vector->own, room, vector->type == TEXT ? sizeof(struct text) : sizeof(int64_t)), vector->own.count = 0;
    int64_t place = vector->own.count++;
    if (vector->type == INTEGER)
        ((int64_t *)vector->own.items)[place] = value->integer;
    else if (vector->type == REAL)
        ((double *)vector->own.items)[place] = value->real;
    else
        ((struct text *)vector->own.items)[place] = value->text;
}

static int64_t read_boxes(const struct table *table, struct cursor *cursor, int64_t most, uint32_t wanted, struct vector *vectors)
{
    int64_t rows = 0, room = most < table->count ? most : table->count;
    for (int i = 0; i < table->width; i++) {
        vectors[i].type = table->columns[i].type;
        vectors[i].own.count = 0;
    }
    for (; rows < most && cursor->box; rows++, cursor->box = cursor->box->next)
        for (int i = 0; i < table->width; i++)
            if (wanted >> i & 1)
                unbox(&cursor->box->values[i], &vectors[i], room);
    for (int i = 0; i < table->width; i++)
        vectors[i].values = vectors[i].own.items;
    return rows;
}

void table_read_these(const struct table *table, const int64_t *handles, int64_t rows, uint32_t wanted, struct vector *vectors)
{
    for (int i = 0; i < table->width; i++) {
        if (!(wanted >> i & 1))
            continue;
        vectors[i].type = table->columns[i].type;
        vectors[i].own.count = 0;
        for (int64_t row = 0; row < rows; row++) {
            struct value value = table_value(table, handles[row], i);
            unbox(&value, &vectors[i], rows);
        }
        vectors[i].values = vectors[i].own.items;
    }
}

int64_t table_read(const struct table *table, struct cursor *cursor, int64_t most, uint32_t wanted, bool copied, struct vector *vectors)
{
    if (table->is_boxed)
        return read_boxes(table, cursor, most, wanted, vectors);
    int64_t left = table->count - cursor->place, rows = left < most ? left : most;
    for (int i = 0; i < table->width; i++)
        if (wanted >> i & 1)
            read_column(&table->columns[i], cursor->place, rows, copied, &vectors[i]);
    cursor->place += rows;
    return rows;
}
