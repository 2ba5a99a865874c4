"""The sum of a over the rows that fulfil (a + b < limit AND 250 < c) OR a < 50, for several limits: see twins.c."""

from hwbench.lessons.jit import twin

ROW_WORDS, NODE_WORDS = 4, 3
DELETED, A, B, C = range(4)
COLUMN, CONSTANT, LIMIT, PLUS, LESS, AND, OR = range(7)


@twin
def evaluate(tree, number, row, limit):
    """Return the value of a node: a call, a jump to what the operation says, and a return."""
    node = NODE_WORDS * number
    operation = tree[node]
    if operation == COLUMN:
        return row[tree[node + 1]]
    if operation == CONSTANT:
        return tree[node + 1]
    if operation == LIMIT:
        return limit
    left = evaluate(tree, tree[node + 1], row, limit)
    right = evaluate(tree, tree[node + 2], row, limit)
    if operation == PLUS:
        return left + right
    if operation == LESS:
        return 1 if left < right else 0
    return left & right if operation == AND else left | right


@twin
def next_live(rows, row, row_count):
    """Return the number of the next row, from `row` on, that was not deleted."""
    while row < row_count and rows[ROW_WORDS * row]:
        row += 1
    return row


@twin
def interpreted(rows, row_count, tree, limits, limit_count):
    """Walk the tree for every row."""
    total = 0
    for which in range(limit_count):
        limit = limits[which]
        number = next_live(rows, 0, row_count)
        while number < row_count:
            row = rows[ROW_WORDS * number : ROW_WORDS * number + ROW_WORDS]
            total += row[A] & -evaluate(tree, 0, row, limit)
            number = next_live(rows, number + 1, row_count)
    return total


@twin
def compiled(rows, row_count, tree, limits, limit_count):
    """Do what the tree says, and nothing else: what a query compiler makes of it."""
    total = 0
    for which in range(limit_count):
        limit = limits[which]
        number = next_live(rows, 0, row_count)
        while number < row_count:
            row = rows[ROW_WORDS * number : ROW_WORDS * number + ROW_WORDS]
            total += row[A] & -(((row[A] + row[B] < limit) & (row[C] > 250)) | (row[A] < 50))
            number = next_live(rows, number + 1, row_count)
    return total
