/* The plugin's options, `key=value` each. */
#ifndef HWBENCH_COUNTING_OPTIONS_H
#define HWBENCH_COUNTING_OPTIONS_H
#include <stdbool.h>
struct options { const char *out; double seconds; bool region; };
extern struct options options;
bool options_read(int argc, char **argv);
#endif
