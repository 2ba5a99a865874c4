#include "options.h"
#include <stdlib.h>
#include <string.h>
struct options options;
bool options_read(int argc, char **argv) {
  for (int k=0;k<argc;k++) { if (!strncmp(argv[k],"out=",4)) options.out = strdup(argv[k]+4); if (!strncmp(argv[k],"seconds=",8)) options.seconds=atof(argv[k]+8);}
  return true;
}
