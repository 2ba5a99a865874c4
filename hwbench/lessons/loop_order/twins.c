/* A matrix in one array, row after row, as C and numpy lay it out: the words of a row are neighbours. */
#include "lesson.h"

enum { TILE = 8 };

/* Sum the matrix column by column: each step goes a whole row on, to another line, and uses one word of it. */
LESSON int64_t by_columns(const int64_t *matrix, int64_t rows, int64_t columns, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t column = 0; column < columns; column++)
            for (int64_t row = 0; row < rows; row++)
                total += matrix[row * columns + column];
    return total;
}

/* Sum the matrix row by row: each step goes to the next word, and a prefetcher has its line there before. */
LESSON int64_t by_rows(const int64_t *matrix, int64_t rows, int64_t columns, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++)
                total += matrix[row * columns + column];
    return total;
}

/* Write rows as columns: whichever loop is inside, either the loads or the stores go across the rows. */
LESSON int64_t transpose(const int64_t *matrix, int64_t rows, int64_t columns, int64_t *turned)
{
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++)
            turned[column * rows + row] = matrix[row * columns + column];
    return turned[rows * columns - 1];
}

/* The same tile by tile: the few lines of a tile stay until all of their words are read, and written. */
LESSON int64_t transpose_in_tiles(const int64_t *matrix, int64_t rows, int64_t columns, int64_t *turned)
{
    for (int64_t top = 0; top < rows; top += TILE)
        for (int64_t left = 0; left < columns; left += TILE)
            for (int64_t row = top; row < top + TILE && row < rows; row++)
                for (int64_t column = left; column < left + TILE && column < columns; column++)
                    turned[column * rows + row] = matrix[row * columns + column];
    return turned[rows * columns - 1];
}
