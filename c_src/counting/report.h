/* Writes what was counted as one JSON object to the file that the option `out` names; a forked child adds its pid to the name.
 *
 * Counts carry our names. What the flow model says was seen on samples: `errors` holds the standard error of each such count.
 * `blocks` lists [address, instructions, executions, cycles] of every block that ran; `maps` is /proc/self/maps: guest
 * addresses are host addresses in user mode.
 */
#ifndef HWBENCH_COUNTING_REPORT_H
#define HWBENCH_COUNTING_REPORT_H

#include <stdbool.h>
#include <stdint.h>

enum { SYSCALLS_MOST = 1024 };

extern uint64_t report_syscalls[SYSCALLS_MOST], report_threads;
extern const char *report_executes; /* the program that takes this one's place, which is not counted */
extern bool report_is_child;

void report_write(bool stopped);
void report_forget(void); /* in a forked child */

#endif
