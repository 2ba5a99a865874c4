#include "btree.h"

#include "value.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 62 }; /* an even number; a node is some sixteen lines of 64 bytes, of which a search touches a few */

struct btree_node {
    int count;
    bool is_leaf;
    int64_t keys[KEYS]; /* of an inner node: the least key under each child, the first one's being never looked at */
    union {
        int64_t values[KEYS];
        struct btree_node *children[KEYS];
    };
};

/* The last child whose least key is at most `key`, or the first, by halving without a branch. */
static int child_of(const struct btree_node *node, int64_t key)
{
    const int64_t *from = node->keys;
    for (int left = node->count, half; left > 1; left -= half) {
        half = left / 2;
        from += from[half] <= key ? half : 0;
    }
    return (int)(from - node->keys);
}

/* The last place of a leaf whose key is at most `key`; -1 where there is none. */
static int place_of(const struct btree_node *leaf, int64_t key)
{
    return leaf->count && leaf->keys[0] <= key ? child_of(leaf, key) : -1;
}

bool btree_find(const struct btree *tree, int64_t key, int64_t *value)
{
    const struct btree_node *node = tree->root;
    if (!node)
        return false;
    while (!node->is_leaf)
        node = node->children[child_of(node, key)];
    int place = place_of(node, key);
    if (place < 0 || node->keys[place] != key)
        return false;
    *value = node->values[place];
    return true;
}

bool btree_end(const struct btree *tree, bool is_most, int64_t *value)
{
    const struct btree_node *node = tree->root;
    if (!node || !node->count)
        return false;
    while (!node->is_leaf)
        node = node->children[is_most ? node->count - 1 : 0];
    *value = node->values[is_most ? node->count - 1 : 0];
    return true;
}

static void put(struct btree_node *node, int place, int64_t key, int64_t value, struct btree_node *child)
{
    size_t after = (size_t)(node->count - place);
    memmove(&node->keys[place + 1], &node->keys[place], after * sizeof node->keys[0]);
    node->keys[place] = key;
    if (node->is_leaf) {
        memmove(&node->values[place + 1], &node->values[place], after * sizeof node->values[0]);
        node->values[place] = value;
    } else {
        memmove(&node->children[place + 1], &node->children[place], after * sizeof node->children[0]);
        node->children[place] = child;
    }
    node->count++;
}

static struct btree_node *new_node(bool is_leaf)
{
    struct btree_node *node = allocate(sizeof *node);
    node->count = 0;
    node->is_leaf = is_leaf;
    return node;
}

/* Move the upper half into a new node; at the tree's right edge, where keys mostly come in order, only the last entry. */
static struct btree_node *split(struct btree_node *node, bool is_at_the_end)
{
    struct btree_node *upper = new_node(node->is_leaf);
    int kept = is_at_the_end ? KEYS - 1 : KEYS / 2;
    size_t moved = (size_t)(KEYS - kept);
    memcpy(upper->keys, &node->keys[kept], moved * sizeof node->keys[0]);
    if (node->is_leaf)
        memcpy(upper->values, &node->values[kept], moved * sizeof node->values[0]);
    else
        memcpy(upper->children, &node->children[kept], moved * sizeof node->children[0]);
    upper->count = (int)moved;
    node->count = kept;
    return upper;
}

/* Add below a node; `upper` is the new neighbour where it had to be split. */
static bool add_below(struct btree_node *node, int64_t key, int64_t value, struct btree_node **upper)
{
    int place = node->is_leaf ? place_of(node, key) : child_of(node, key);
    struct btree_node *child = NULL;
    int64_t child_key = key;
    if (node->is_leaf) {
        if (place >= 0 && node->keys[place] == key)
            return false;
    } else {
        if (!add_below(node->children[place], key, value, &child))
            return false;
        if (!child)
            return true;
        child_key = child->keys[0];
    }
    place++;
    if (node->count == KEYS) {
        *upper = split(node, place == KEYS);
        if (place > node->count) {
            put(*upper, place - node->count, child_key, value, child);
            return true;
        }
    }
    put(node, place, child_key, value, child);
    return true;
}

bool btree_add(struct btree *tree, int64_t key, int64_t value)
{
    struct btree_node *upper = NULL;
    if (!tree->root)
        tree->root = new_node(true);
    if (!add_below(tree->root, key, value, &upper))
        return false;
    if (upper) {
        struct btree_node *root = new_node(false);
        put(root, 0, tree->root->keys[0], 0, tree->root);
        put(root, 1, upper->keys[0], 0, upper);
        tree->root = root;
    }
    return true;
}

static void free_below(struct btree_node *node)
{
    if (!node->is_leaf)
        for (int i = 0; i < node->count; i++)
            free_below(node->children[i]);
    free(node);
}

void btree_clear(struct btree *tree)
{
    if (tree->root)
        free_below(tree->root);
    tree->root = NULL;
}
