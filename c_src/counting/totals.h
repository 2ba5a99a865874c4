/* Sums over threads, blocks and samples: the counts by their names, with standard errors where they were sampled. */
#ifndef HWBENCH_COUNTING_TOTALS_H
#define HWBENCH_COUNTING_TOTALS_H

enum { TOTALS_MOST = 96 };

struct total {
    char name[48];
    double value, error; /* error: one standard error; 0: exact */
};

struct totals {
    unsigned count;
    double instructions, cycles_an_instruction;
    struct total each[TOTALS_MOST];
};

void totals_take(struct totals *totals);

#endif
