/* A call and no work: what takes no longer than this has done nothing. And a floating-point unit as it was at the beginning: a
 * solution may have told it to flush denormal numbers, which would make its rivals faster too. */
#include "lesson.h"
#include <fenv.h>

LESSON int64_t nothing(void)
{
    return 0;
}

LESSON int64_t as_usual(void)
{
    return fesetenv(FE_DFL_ENV);
}
