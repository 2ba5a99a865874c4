"""The same look-ups by Python's own words: pairs gone through one by one, a dict, and `bisect` in a sorted list."""

from bisect import bisect_left

NODE_WORDS = 8


def arguments(function, arguments):
    """Turn the table into a list of pairs in the order of the chain, or into a dict; sorted pairs into keys and values."""
    table, count, queries, lookups = arguments
    wanted = queries[:lookups].tolist()
    if function == "look_up_sorted":
        return table[::2].tolist(), table[1::2].tolist(), wanted
    nodes = table[NODE_WORDS + count :].reshape(count, NODE_WORDS)
    if table[0] > 0:
        return dict(zip(nodes[:, 0].tolist(), nodes[:, 1].tolist(), strict=True)), None, wanted
    pairs, node = [], table[NODE_WORDS]
    while node >= 0:
        pairs.append((int(nodes[node, 0]), int(nodes[node, 1])))
        node = nodes[node, 2]
    return None, pairs, wanted


def look_up(table, pairs, wanted):
    """Ask a dict for every key, or go through the pairs until the key is there."""
    total, value = 0, 0
    for each in wanted:
        query = each ^ (value & 1)
        value = 0
        if pairs is None:
            value = table.get(query, 0)
        else:
            for key, found in pairs:
                if key == query:
                    value = found
                    break
        total += value
    return total


def look_up_sorted(keys, values, wanted):
    """Halve the sorted keys."""
    total, value = 0, 0
    for each in wanted:
        query = each ^ (value & 1)
        place = bisect_left(keys, query)
        value = values[place] if place < len(keys) and keys[place] == query else 0
        total += value
    return total
