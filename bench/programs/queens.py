# SPDX-License-Identifier: MIT
"""The n queens problem, three ways: bit masks, sets, permutations from a generator."""
import sys
from itertools import permutations


def by_masks(size):
    full = (1 << size) - 1

    def place(columns, left, right):
        if columns == full:
            return 1
        found, free = 0, full & ~(columns | left | right)
        while free:
            spot = free & -free
            free ^= spot
            found += place(columns | spot, (left | spot) << 1, (right | spot) >> 1)
        return found

    return place(0, 0, 0)


def by_sets(size):
    columns, sums, differences = set(), set(), set()
    solutions, board = [], []

    def place(row):
        if row == size:
            solutions.append(tuple(board))
            return
        for column in range(size):
            if column in columns or row + column in sums or row - column in differences:
                continue
            columns.add(column)
            sums.add(row + column)
            differences.add(row - column)
            board.append(column)
            place(row + 1)
            board.pop()
            columns.remove(column)
            sums.remove(row + column)
            differences.remove(row - column)

    place(0)
    return solutions


def by_permutations(size):
    for order in permutations(range(size)):
        if (len({row + column for row, column in enumerate(order)}) == size
                and len({row - column for row, column in enumerate(order)}) == size):
            yield order


def main(scale):
    for _ in range(scale):
        masks, sets = by_masks(10), by_sets(8)
        listed = list(by_permutations(7))
    print(masks, len(sets), sets[0], len(listed), listed[-1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 45)
