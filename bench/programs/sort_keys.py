# SPDX-License-Identifier: MIT
"""Sorting: ints, floats, text, tuples, objects; with keys, reversed, stable, by heap and bisect."""
import sys
from bisect import insort
from functools import cmp_to_key
from heapq import heappop, heappush, nsmallest
from operator import attrgetter, itemgetter


class Person:
    def __init__(self, name, age):
        self.name = name
        self.age = age

    def __lt__(self, other):
        return (self.age, self.name) < (other.age, other.name)


def numbers(count, seed=11):
    state, result = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        result.append(state >> 4)
    return result


def mix(values):
    """An order-dependent checksum."""
    total = 0
    for value in values:
        total = (total * 31 + value) % 1000003
    return total


def main(scale):
    for _ in range(scale):
        raw = numbers(30000)
        ints = sorted(raw)
        floats = sorted((n / 3 for n in raw), reverse=True)
        words = sorted((f"{n % 9973:x}" for n in raw), key=lambda word: (len(word), word))
        pairs = sorted(((n % 50, -n) for n in raw))
        pairs.sort(key=itemgetter(1))
        people = [Person(f"p{n % 700}", n % 90) for n in raw[:9000]]
        by_name = sorted(people, key=attrgetter("name", "age"))
        by_less = sorted(people)
        by_compare = sorted(raw[:9000], key=cmp_to_key(lambda a, b: a % 1000 - b % 1000 or a - b))
        nearly = ints[:]
        nearly[100], nearly[20000] = nearly[20000], nearly[100]
        for _ in range(30):
            nearly.sort()
        heap, row = [], []
        for n in raw[:15000]:
            heappush(heap, n)
            insort(row, n)
        drained = [heappop(heap) for _ in range(len(heap))]
    print(mix(ints), mix(map(int, floats)), words[0], words[-1], pairs[0], nearly == ints,
          mix(p.age for p in by_name), mix(p.age for p in by_less), mix(by_compare),
          drained == row, nsmallest(2, raw))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
