#include "simulate.h"
#include <stddef.h>
#include "block.h"
#include "trace_log.h"
unsigned long loads_, stores_;
void simulate_forget_counts(void) {}
void simulate(unsigned cpu, const uint64_t *word, const uint64_t *end) {
  (void)cpu;
  static struct block *previous;
  uint64_t loads=0,stores=0;
  while (word<end) {
    uint64_t w=*word++;
    if (w & LOG_MARK) { struct block*b=(void*)(w&LOG_ADDRESS); b->executions++; 
      if (b->begins_with_string && previous && previous->ends_with_string && previous->last_address==b->address) b->repeats++;
      previous=b;
      if (w & LOG_MERGED) { w = *word++ | b->first_tag; if (w&LOG_STORE) stores++; else loads++; } }
    else if (w&LOG_STORE) stores++; else loads++;
  }
  loads_+=loads; stores_+=stores;
}
