#include "report.h"
#include <stdio.h>
#include "block.h"
#include "simulate.h"
extern unsigned long loads_, stores_;
void report_write(bool stopped) {
  uint64_t n=0,b=0; for (struct block*k=all_blocks;k;k=k->next) { n += k->executions*k->count-k->repeats; b+=k->executions; }
  fprintf(stderr,"stopped %d instructions %lu blocks %lu loads %lu stores %lu\n",stopped,n,b,loads_,stores_);
}
