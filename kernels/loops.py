"""The same arithmetic in another order of its loops. Twin of c_src/loops.c.

Every sum takes its terms in the same order as there.
"""

from hwbench.kernels._jit import kernel


@kernel
def by_rows(matrix, rows, columns, repeats):
    """Sum a matrix row by row, `repeats` times; return the sum over all passes (it wraps)."""
    total = 0
    for _ in range(repeats):
        for i in range(rows):
            for j in range(columns):
                total += matrix[i * columns + j]
    return total


@kernel
def by_columns(matrix, rows, columns, repeats):
    """Sum a matrix column by column, `repeats` times; return the sum over all passes (it wraps)."""
    total = 0
    for _ in range(repeats):
        for j in range(columns):
            for i in range(rows):
                total += matrix[i * columns + j]
    return total


@kernel
def transpose(origin, to, n, repeats):
    """Set to[j][i] = origin[i][j], row by row; return to[0][n - 1]."""
    for _ in range(repeats):
        for i in range(n):
            for j in range(n):
                to[j * n + i] = origin[i * n + j]
    return to[n - 1]


@kernel
def transpose_tiled(origin, to, n, tile, repeats):
    """Set to[j][i] = origin[i][j], tile by tile; return to[0][n - 1]."""
    for _ in range(repeats):
        for top in range(0, n, tile):
            for left in range(0, n, tile):
                for i in range(top, min(top + tile, n)):
                    for j in range(left, min(left + tile, n)):
                        to[j * n + i] = origin[i * n + j]
    return to[n - 1]


@kernel
def _diagonal(c, n):
    total = 0.0
    for i in range(n):
        total += c[i * n + i]
    return total


@kernel
def product_ijk(a, b, c, n, repeats):
    """Set c = a b by inner products; return the sum of the diagonal of c, as do the following."""
    for _ in range(repeats):
        for i in range(n):
            for j in range(n):
                total = 0.0
                for k in range(n):
                    total += a[i * n + k] * b[k * n + j]
                c[i * n + j] = total
    return _diagonal(c, n)


@kernel
def product_ikj(a, b, c, n, repeats):
    """Set c = a b by adding up rows of b."""
    for _ in range(repeats):
        for i in range(n * n):
            c[i] = 0.0
        for i in range(n):
            for k in range(n):
                factor = a[i * n + k]
                for j in range(n):
                    c[i * n + j] += factor * b[k * n + j]
    return _diagonal(c, n)


@kernel
def product_tiled(a, b, c, n, tile, repeats):
    """Set c = a b by adding up rows of b, a tile of b at a time."""
    for _ in range(repeats):
        for i in range(n * n):
            c[i] = 0.0
        for above in range(0, n, tile):
            for left in range(0, n, tile):
                for i in range(n):
                    for k in range(above, min(above + tile, n)):
                        factor = a[i * n + k]
                        for j in range(left, min(left + tile, n)):
                            c[i * n + j] += factor * b[k * n + j]
    return _diagonal(c, n)
