// Loads each line of so many bytes once per round, in order, after having written all: strides BYTES ROUNDS
#include <stdlib.h>

int main(int count, char **words)
{
    long bytes = count > 1 ? atol(words[1]) : 64, rounds = count > 2 ? atol(words[2]) : 1, sum = 0;
    volatile char *memory = calloc((size_t)bytes + 64, 1);
    if (!memory)
        return 1;
    for (long i = 0; i < bytes; i += 64)
        memory[i] = 1;
    for (long round = 0; round < rounds; round++)
        for (long i = 0; i < bytes; i += 64)
            sum += memory[i];
    return sum == bytes / 64 * rounds ? 0 : 2;
}
