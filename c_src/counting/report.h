/* Writes what was counted as one JSON object to the file that the option `out` names. */
#ifndef HWBENCH_COUNTING_REPORT_H
#define HWBENCH_COUNTING_REPORT_H
#include <stdbool.h>
void report_write(bool stopped);
#endif
