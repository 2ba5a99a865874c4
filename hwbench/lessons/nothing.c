/* A call and no work: what takes no longer than this has done nothing. */
#include "lesson.h"

LESSON int64_t nothing(void)
{
    return 0;
}
