# SPDX-License-Identifier: MIT
"""Dicts: filling, looking up, deleting, merging, grouping; int, str and tuple keys."""
import sys
from collections import Counter, OrderedDict, defaultdict


class Least:
    """A cache that forgets what was used longest ago."""

    def __init__(self, size):
        self.size = size
        self.items = OrderedDict()
        self.hits = 0

    def get(self, key):
        if key in self.items:
            self.items.move_to_end(key)
            self.hits += 1
            return self.items[key]
        value = self.items[key] = key * key
        if len(self.items) > self.size:
            self.items.popitem(last=False)
        return value


def fill_and_drain(count):
    table = {}
    for n in range(count):
        table[n * 7919 % count] = n
    for n in range(0, count, 3):
        del table[n]
    for n in range(0, count, 9):
        table.setdefault(n, -1)
    return len(table), sum(table.values())


def text_keys(count):
    table = {f"key{n % 5000}": n for n in range(count)}
    total = 0
    for n in range(count):
        total += table.get(f"key{n % 7000}", 1)
    return total


def grid_walk(size):
    grid = {(x, y): (x * y) % 5 for x in range(size) for y in range(size)}
    total = 0
    for (x, y), value in grid.items():
        for step in ((0, 1), (1, 0)):
            total += value * grid.get((x + step[0], y + step[1]), 0)
    return total


def grouping(count):
    groups = defaultdict(list)
    for n in range(count):
        groups[n * n % 97].append(n)
    merged = {}
    for key, members in groups.items():
        merged |= {key: len(members), -key: members[0]}
    return len(groups), sum(merged.values()), Counter(map(len, groups.values())).most_common(1)


def main(scale):
    for _ in range(scale):
        cache = Least(300)
        state = 5
        for _ in range(80000):
            state = (state * 69069 + 1) & 0xFFFFFFFF
            cache.get((state >> 16) % 500)
        results = fill_and_drain(120000), text_keys(120000), grid_walk(180), grouping(90000)
    print(cache.hits, *results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
