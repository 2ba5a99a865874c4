"""The same in plain Python: a tree of tuples that is walked, or written out as source that Python compiles."""

ROW_WORDS, NODE_WORDS = 4, 3
DELETED, A = 0, 1
COLUMN, CONSTANT, LIMIT, PLUS, LESS, AND, OR = range(7)
WRITTEN = {PLUS: "+", LESS: "<", AND: "&", OR: "|"}


def arguments(function, arguments):
    """Turn the rows into tuples and the tree into tuples of tuples."""
    rows, row_count, tree, limits, _ = arguments
    return (
        [tuple(row) for row in rows.reshape(row_count, ROW_WORDS).tolist()],
        nested(tree.tolist(), 0),
        limits.tolist(),
    )


def nested(tree, number):
    """Return a node with those below it in their places."""
    operation, left, right = tree[NODE_WORDS * number : NODE_WORDS * number + NODE_WORDS]
    if operation < PLUS:
        return operation, left
    return operation, nested(tree, left), nested(tree, right)


def evaluate(node, row, limit):
    """Return the value of a node."""
    operation = node[0]
    if operation == COLUMN:
        return row[node[1]]
    if operation == CONSTANT:
        return node[1]
    if operation == LIMIT:
        return limit
    left, right = evaluate(node[1], row, limit), evaluate(node[2], row, limit)
    if operation == PLUS:
        return left + right
    if operation == LESS:
        return left < right
    return left & right if operation == AND else left | right


def written(node):
    """Return a node as Python source."""
    operation = node[0]
    if operation < PLUS:
        return {COLUMN: f"row[{node[1]}]", CONSTANT: f"{node[1]}", LIMIT: "limit"}[operation]
    return f"({written(node[1])} {WRITTEN[operation]} {written(node[2])})"


def live(rows):
    """Yield the rows that were not deleted."""
    for row in rows:
        if not row[DELETED]:
            yield row


def interpreted(rows, tree, limits):
    """Walk the tree for every row."""
    total = 0
    for limit in limits:
        for row in live(rows):
            total += row[A] & -evaluate(tree, row, limit)
    return total


def compiled(rows, tree, limits):
    """Write the tree out as a function, and call that for every row."""
    fulfils = eval(f"lambda row, limit: {written(tree)}")  # noqa: S307 - of the words above and no others
    total = 0
    for limit in limits:
        for row in live(rows):
            total += row[A] & -fulfils(row, limit)
    return total
