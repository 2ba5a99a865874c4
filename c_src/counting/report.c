#include "report.h"
#include <stdio.h>
#include "block.h"
#include "simulate.h"
#include "trace_log.h"
void report_write(bool stopped) {
  uint64_t n=0,b=0,pl=0,ps=0; for (struct block*k=all_blocks;k;k=k->next) { n += k->executions*k->count-k->repeats; b+=k->executions; if (k->is_plain) { pl+=k->executions*k->loads; ps+=k->executions*k->stores; } }
  fprintf(stderr,"simulator seconds %.2f\n",log_simulator_seconds());struct counts *c=&threads[0]->counts[1];
  fprintf(stderr,"stopped %d instructions %lu blocks %lu loads %lu stores %lu\nmisses %lu %lu %lu streamed %lu %lu %lu store %lu %lu %lu tlb %lu %lu wrong dir %lu target %lu return %lu\n",stopped,n,b,c->loads+pl,c->stores+ps,
   c->misses[0],c->misses[1],c->misses[2],c->streamed[0],c->streamed[1],c->streamed[2],c->store_misses[0],c->store_misses[1],c->store_misses[2],c->tlb[0],c->tlb[1],c->wrong_direction,c->wrong_target,c->wrong_return);
  for (int s=0;s<2;s++) { struct stratum *t = s?&stratum_later:&stratum_first; fprintf(stderr,"windows %g instr %g CPI all %g ideal %g\n",t->windows,t->instructions,t->cycles[0]/t->instructions,t->cycles[1]/t->instructions);
   for (int l=0;l<LANES;l++) fprintf(stderr," %.3f",t->cycles[l]/t->instructions); fprintf(stderr,"\n");
   for (int l=0;l<3;l++) fprintf(stderr,"level %d streamed %g indep %g dep %g\n",l,t->kinds[l][0],t->kinds[l][1],t->kinds[l][2]); }
}
