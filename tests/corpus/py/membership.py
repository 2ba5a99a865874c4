"""Count which of n numbers are members, ROUNDS times: asking a set, or a list, which is searched from its start."""

import marks

ROUNDS = 400


def count_members(members: "set[int] | list[int]", n: int) -> int:
    found = 0
    for _ in range(ROUNDS):
        for number in range(1000, 1000 + n):
            if number in members:
                found += 1
    return found


variant, n = marks.arguments()
numbers = range(1000, 1000 + n)
members = set(numbers) if variant == "set" else list(numbers)
with marks.region():
    total = count_members(members, n)
marks.answer(total)
