/* What threads on cores of their own do to one another. `cells` are words; each kernel is what one thread runs. */
#ifndef HWBENCH_SHARE_H
#define HWBENCH_SHARE_H
#include <stdint.h>

/* Add 1 to cells[place] by a plain load and store; returns by how much the cell has grown. */
int64_t share_increment(int64_t *cells, int64_t place, int64_t repeats);

/* Add 1 to cells[place] by an atomic read-modify-write, sequentially consistent; returns by how much the cell has grown,
 * which is `repeats` where nobody else adds to it. */
int64_t share_add(int64_t *cells, int64_t place, int64_t repeats);

/* Play ping-pong on cells[0]: wait until it holds 2 * round + parity, then write the next number. One player has parity 0
 * and begins, the other 1. rounds[0] counts this player's rounds and goes on from call to call, so that the players need
 * not make calls of equal length. A wait ends after `patience` looks; returns the rounds made in this call, fewer than
 * `repeats` if the other never came. */
int64_t share_ping_pong(int64_t *cells, int64_t *rounds, int64_t parity, int64_t patience, int64_t repeats);
#endif
