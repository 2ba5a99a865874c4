/* How often lines go from core to core: estimated from which threads used a line at about the same time.
 *
 * The log has no order between threads finer than a buffer. Within an epoch, in which every thread had about one buffer, a line
 * that one thread used a times and others b times, with at least one of them writing, is taken to have gone over min(a, b)
 * times and come back as often. An upper bound: a core that holds a line may use it more than once before it is taken away.
 */
#ifndef HWBENCH_COUNTING_TRANSFERS_H
#define HWBENCH_COUNTING_TRANSFERS_H

#include <stdbool.h>
#include <stdint.h>

void transfers_scan(unsigned cpu, unsigned threads, const uint64_t *word, const uint64_t *end, unsigned line_shift);
uint64_t transfers_total(void);
void transfers_forget(void);

#endif
