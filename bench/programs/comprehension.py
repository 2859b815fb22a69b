# SPDX-License-Identifier: MIT
"""Comprehensions of all kinds, nested, with conditions, and what any, all, sum do with them."""
import sys


def pythagoras(limit):
    return [(a, b, c) for a in range(1, limit) for b in range(a, limit)
            if (c := int((a * a + b * b) ** 0.5 + 0.5)) < limit and c * c == a * a + b * b]


def main(scale):
    words = [f"word{n * 7 % 501}" for n in range(3000)]
    for _ in range(scale):
        triples = pythagoras(300)
        squares = [n * n for n in range(200000) if n & 1]
        table = {word: len(word) + n for n, word in enumerate(words * 12)}
        firsts = {word[-1] for word in words * 12}
        flat = [cell for row in [[x * y for x in range(60)] for y in range(500)] for cell in row if cell % 3]
        swapped = {value: key for key, value in table.items() if value % 2}
        total = sum(n % 7 for n in range(200000))
        prime = [n for n in range(2, 4000) if all(n % d for d in range(2, int(n ** 0.5) + 1))]
        some = sum(any(n % d == 0 for d in (7, 11, 13)) for n in range(30000))
    print(len(triples), triples[-1], sum(squares), len(table), sorted(firsts), sum(flat),
          len(swapped), total, len(prime), some)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
