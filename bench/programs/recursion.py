# SPDX-License-Identifier: MIT
"""Deep and wide recursion: plain functions that call themselves and one another."""
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def hanoi(height, source, target, spare, pegs):
    """Move a tower and return how many moves that took."""
    if height == 0:
        return 0
    moves = hanoi(height - 1, source, spare, target, pegs)
    pegs[target].append(pegs[source].pop())
    return moves + 1 + hanoi(height - 1, spare, target, source, pegs)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def main(scale):
    sys.setrecursionlimit(5000)
    for _ in range(scale):
        pegs = [list(range(14, 0, -1)), [], []]
        results = (fib(25), ackermann(2, 160), hanoi(14, 0, 2, 1, pegs),
                   sum(is_even(n) for n in range(700)))
    print(*results, pegs[2] == list(range(14, 0, -1)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13)
