# SPDX-License-Identifier: MIT
"""Sets: algebra, membership, breadth-first search over a graph, frozensets as keys."""
import sys


def algebra(count):
    threes, fives = set(range(0, count, 3)), set(range(0, count, 5))
    return (len(threes & fives), len(threes | fives), len(threes - fives), len(threes ^ fives),
            threes.isdisjoint(fives), (threes & fives) <= fives)


def knights(size):
    """How many moves a knight needs to each square, summed."""
    frontier, seen, total, moves = {(0, 0)}, {(0, 0)}, 0, 0
    jumps = [(1, 2), (2, 1), (-1, 2), (-2, 1), (1, -2), (2, -1), (-1, -2), (-2, -1)]
    while frontier:
        total += moves * len(frontier)
        frontier = {(x + dx, y + dy) for x, y in frontier for dx, dy in jumps
                    if 0 <= x + dx < size and 0 <= y + dy < size} - seen
        seen |= frontier
        moves += 1
    return total, len(seen)


def families(count):
    seen = {}
    for n in range(count):
        key = frozenset((n % 7, n % 11, n % 13))
        seen[key] = seen.get(key, 0) + 1
    return len(seen), max(seen.values())


def churn(count):
    live, dropped = set(), 0
    for n in range(count):
        live.add(n * 31 % 5003)
        if n % 3 == 0:
            live.discard(n % 5003)
            dropped += 1
    return len(live), dropped


def distinct_words(count):
    words = {f"w{n * n % 3001}" for n in range(count)}
    return len(words), sum(f"w{n}" in words for n in range(4000))


def main(scale):
    for _ in range(scale):
        for _ in range(4):
            sets = algebra(100000)
        results = knights(130), families(60000), churn(300000), distinct_words(90000)
    print(sets, *results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
