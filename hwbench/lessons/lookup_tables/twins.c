/* The shape of a text (a hash of the kinds of its bytes), the kinds found by a chain of tests and looked up in a table. */
#include "lesson.h"

enum { LOWER = 1, UPPER, DIGIT, SPACE, MARK, OTHER };

/* One test after the other: which of them is the last depends on the byte, and so does every jump. KEEP makes the compiler
 * leave each test a jump of its own. */
static int64_t kind_of(int64_t byte)
{
    if (byte >= 'a' && byte <= 'z')
        return LOWER;
    KEEP(byte);
    if (byte >= 'A' && byte <= 'Z')
        return UPPER;
    KEEP(byte);
    if (byte >= '0' && byte <= '9')
        return DIGIT;
    KEEP(byte);
    if (byte == ' ')
        return SPACE;
    KEEP(byte);
    if (byte >= '!' && byte <= '/')
        return MARK;
    KEEP(byte);
    return OTHER;
}

/* One step of the FNV-1a hash: the same chain of an exclusive or and a multiplication, whichever way the kind was found. */
static uint32_t with(uint32_t hash, int64_t kind)
{
    return (hash ^ (uint32_t)kind) * 16777619u;
}

/* Ask for every byte of the text what it is: a random byte is a wrong guess at the test that it passes. */
LESSON int64_t by_tests(const uint8_t *text, int64_t length)
{
    uint32_t hash = 2166136261u;
    for (int64_t i = 0; i < length; i++)
        hash = with(hash, kind_of(text[i]));
    return hash;
}

/* Ask once for every byte that there can be, and look up those of the text: a load from the first level, no jump. */
LESSON int64_t by_table(const uint8_t *text, int64_t length)
{
    uint8_t kinds[256];
    for (int64_t byte = 0; byte < 256; byte++)
        kinds[byte] = (uint8_t)kind_of(byte);
    uint32_t hash = 2166136261u;
    for (int64_t i = 0; i < length; i++)
        hash = with(hash, kinds[text[i]]);
    return hash;
}
