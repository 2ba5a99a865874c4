/* A busy neighbour: reads memory line by line at a set pace until it is told to stop. */
#ifndef HWBENCH_NEIGHBOUR_H
#define HWBENCH_NEIGHBOUR_H
#include <stdint.h>

/* Read one word of each of the array's lines (line_words apart), over and over, with `pause` dependent additions after every
 * 16 lines, until stop[0] is not 0 or `repeats` times 16 lines are read; writes the number of lines read so far to done[0]
 * and returns it. */
int64_t neighbour_read(const int64_t *array, int64_t words, int64_t line_words, int64_t pause, const int64_t *stop,
                       int64_t *done, int64_t repeats);
#endif
