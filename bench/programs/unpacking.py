# SPDX-License-Identifier: MIT
"""Unpacking: swaps, nested targets, stars, arguments by * and **, merging displays."""
import sys


def spread(a, b=2, *rest, c, d=4, **more):
    return a + b + sum(rest) + c + d + len(more)


def forward(*args, **named):
    return spread(*args, **named)


def pairs(count):
    a, b, c = 0, 1, 2
    for _ in range(count):
        a, b = b, (a + b) % 10007
        a, b, c = c, a, b
    return a, b, c


def nested(count):
    total, rows = 0, [(n, (n + 1, [n + 2, n + 3])) for n in range(100)]
    for n in range(count):
        a, (b, (c, d)) = rows[n % 100]
        total += a * b - c * d
    return total


def stars(count):
    total, data = 0, list(range(9))
    for _ in range(count):
        first, *middle, last = data
        head, *_ = "snake"
        total += first + len(middle) + last + (head == "s")
    return total


def calls(count):
    total, args, named = 0, (1, 2, 3, 4), {"c": 5, "x": 1}
    for n in range(count):
        total += spread(*args, **named) + forward(n & 3, c=1) + spread(*[1], *args, c=0, **{"y": 2})
    return total


def displays(count):
    total, left, right = 0, {"a": 1, "b": 2}, {"b": 3, "c": 4}
    for n in range(count):
        merged = {**left, **right, "n": n}
        joined = [*left, *right.values(), n]
        unique = {*joined[:4], *range(n & 3)}
        total += merged["b"] + len(joined) + len(unique)
    return total


def main(scale):
    for _ in range(scale):
        results = pairs(400000), nested(250000), stars(120000), calls(70000), displays(70000)
    print(*results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
