/* The plugin's options, `key=value` each; lists within a value are separated by colons, since QEMU takes commas for itself.
 *
 * Costs are in core cycles, throughputs a cycle, bandwidths in bytes a cycle, as the machine profile measured them.
 */
#ifndef HWBENCH_COUNTING_OPTIONS_H
#define HWBENCH_COUNTING_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"

enum { LEVELS = 3 }; /* of caches; beyond them is memory */
enum { STRIDE_CLASSES = 8 };

struct geometry {
    double bytes, ways, line;
};

struct tlb_geometry {
    double entries, ways; /* 0 ways: fully associative */
};

/* All times in cycles. `beyond` a level means: found in the next one out, so [0] is L2, [1] is L3, [2] memory. */
struct flow_costs {
    double width, window, store_buffer, scheduler, integer_registers;
    double l1_latency, indexed; /* indexed: more of it where two registers form the address */
    double latency[LEVELS];   /* load to use */
    double parallel[LEVELS];  /* misses in flight */
    double read_bandwidth[LEVELS], write_bandwidth[LEVELS];
    double streamed[LEVELS];  /* load to use of a line that a prefetcher follows; 0: as much as the next level in */
    double strided[STRIDE_CLASSES]; /* how much longer the way from memory is taken by a line at a stride of 1, 2, 4 … lines; 0: as long */
    double tlb_miss, page_walk, walks_parallel;
    double mispredict, indirect_mispredict;
    double load_throughput, store_throughput, taken_cycles;
    double return_cycles;  /* until the next branch can be taken; 0: as for other taken branches */
    double callee_cycles;  /* how much longer it is after a foreseen call from a place that has called several functions */
    double forward, handed_on, renamed; /* of a part of what was stored; of all of it; and that through the same register */
    double forward_failed, alias, atomic, system;
    double op_latency[OP_CLASSES], op_cycles[OP_CLASSES]; /* op_cycles: 1 / throughput */
};

struct options {
    const char *out;
    double seconds;
    double region, prefetch;
    double flow_first; /* so many instructions all go through the flow model, */
    double flow_every; /* later one buffer in at most so many */
    struct geometry cache[LEVELS];
    struct tlb_geometry tlb[2];
    double page;
    double streams, longest_stride;
    double pattern, history, targets, return_stack;
    double by_target; /* whether the history tells targets of one indirect jump apart, not only such jumps */
    double by_callee; /* the same of calls */
    struct flow_costs flow;
};

extern struct options options;

/* Says on standard error what it does not understand. */
bool options_read(int argc, char **argv);

#endif
