/* Loads that meet an earlier store, or that straddle a boundary. `cells` are bytes, places are offsets in bytes into them.
 * Loads and stores are volatile, or depend on one another: none is removed, merged or moved. In the chains a value goes
 * through memory and back, so that the result is the value found at the beginning (but for alias_contained, where half
 * of it is left each time). */
#ifndef HWBENCH_ALIAS_H
#define HWBENCH_ALIAS_H
#include <stdint.h>

/* Store 8 bytes at store_at, load 8 bytes at load_at, store what was loaded, …: with both places the same this is store
 * forwarding, and the CPU sees two registers, so that it cannot tell from the instructions that they meet. */
int64_t alias_exact(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats);

/* The same through one and the same address register: some cores rename such memory and skip the store queue. */
int64_t alias_renamed(uint8_t *cells, int64_t at, int64_t repeats);

/* Store 8 bytes, load 4 bytes that lie inside them, in the upper half say; returns what the last load found. */
int64_t alias_contained(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats);

/* Store 4 bytes and the 4 next to them, load 8 bytes that span both: no one store holds them. */
int64_t alias_spanning(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats);

/* Store 4 bytes, load 8 bytes of which they are a part. */
int64_t alias_wider(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats);

/* Store 8 bytes at store_at, then load at load_at, another place; the next address and the next value stored depend on
 * that load. What is priced is the load; the store is only in its way if the core takes it for the same place. */
int64_t alias_beside(uint8_t *cells, int64_t store_at, int64_t load_at, int64_t repeats);

/* Load 8 bytes at load_at, which may straddle a line or a page; the next address depends on the load. */
int64_t alias_straddle(const uint8_t *cells, int64_t load_at, int64_t repeats);
#endif
