/* A B+ tree from integer keys to integer values: inner nodes hold the least key of each child, leaves lie in a row. */
#ifndef PLAUSIBLE_BTREE_H
#define PLAUSIBLE_BTREE_H
#include <stdbool.h>
#include <stdint.h>

struct btree_node;
struct btree {
    struct btree_node *root;
};

/* Add a key, or leave the tree as it is and return false where the key is there already. */
bool btree_add(struct btree *tree, int64_t key, int64_t value);
bool btree_find(const struct btree *tree, int64_t key, int64_t *value);
/* The value of the least key, or of the most; false where there is none. */
bool btree_end(const struct btree *tree, bool is_most, int64_t *value);
void btree_clear(struct btree *tree);
#endif
