# SPDX-License-Identifier: MIT
"""Loops over small ints: arithmetic, comparisons, bit operations, a sieve."""
import sys


def collatz_longest(limit):
    best = best_start = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n >> 1 if n & 1 == 0 else 3 * n + 1
            steps += 1
        if steps > best:
            best, best_start = steps, start
    return best_start, best


def xorshift_sum(count):
    state, total = 2463534242, 0
    for _ in range(count):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        total = (total + state % 1009) % 1000003
    return total


def sieve(limit):
    marks = [True] * limit
    count = 0
    for n in range(2, limit):
        if marks[n]:
            count += 1
            for multiple in range(n * n, limit, n):
                marks[multiple] = False
    return count


def gcd_sum(limit):
    total = 0
    for a in range(1, limit):
        for b in range(1, a):
            x, y = a, b
            while y:
                x, y = y, x % y
            total += x
    return total


def main(scale):
    for _ in range(scale):
        results = (collatz_longest(8000), xorshift_sum(150000), sieve(200000), gcd_sum(250))
    print(*results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
