/* Which pages the program has had already: the first access to a page finds its lines in the second level, since the kernel has
 * just filled the page there with zeros.
 *
 * Pages are bits of stretches of 128 MiB. What is unmapped is told by the program's threads, and taken up by the simulator when
 * it next asks; of more than there is room for in between, the last is forgotten (its pages count as had).
 * Simplified: pages of files are taken for fresh ones too.
 */
#ifndef HWBENCH_COUNTING_FRESH_H
#define HWBENCH_COUNTING_FRESH_H

#include <stdbool.h>
#include <stdint.h>

/* `all_is_had`: where the start of the program is not simulated whole, only what was given back since is fresh. */
void fresh_begin(bool all_is_had);
/* Whether this page, by number, was not had before; now it is. */
bool fresh_first(uint64_t page);
void fresh_unmapped(uint64_t first_page, uint64_t end_page);

#endif
