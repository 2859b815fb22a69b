# SPDX-License-Identifier: MIT
"""Decorators: plain, with arguments, stacked, on methods and classes; functools' own."""
import sys
from functools import cache, cached_property, lru_cache, singledispatch, total_ordering, wraps

calls = {}


def counted(function):
    @wraps(function)
    def wrapper(*args, **named):
        calls[function.__name__] = calls.get(function.__name__, 0) + 1
        return function(*args, **named)

    return wrapper


def scaled(factor, offset=0):
    def decorate(function):
        @wraps(function)
        def wrapper(*args):
            return function(*args) * factor + offset

        return wrapper

    return decorate


@counted
@scaled(3, offset=1)
def add(a, b):
    return a + b


@cache
def partitions(n, largest):
    if n == 0:
        return 1
    return sum(partitions(n - part, part) for part in range(1, min(n, largest) + 1))


@lru_cache(maxsize=64)
def slow_square(n):
    return n * n


@singledispatch
def describe(value):
    return "thing"


@describe.register
def _(value: int):
    return "int" * (value % 2)


@describe.register(list)
@describe.register(tuple)
def _(value):
    return "row" + "".join(map(describe, value))


@total_ordering
class Weight:
    def __init__(self, grams):
        self.grams = grams

    def __eq__(self, other):
        return self.grams == other.grams

    def __lt__(self, other):
        return self.grams < other.grams

    @cached_property
    def heavy(self):
        return self.grams > 50

    @counted
    def plus(self, other):
        return Weight(self.grams + other.grams)


def main(scale):
    total = ordered = length = 0
    for n in range(60000 * scale):
        total += add(n, 1) + slow_square(n // 3 % 80)
    for _ in range(scale):
        partitions.cache_clear()
        ways = partitions(90, 90)
    weights = [Weight(n * 37 % 100) for n in range(200)]
    for n in range(35000 * scale):
        a, b = weights[n % 200], weights[n * 3 % 200]
        ordered += (a >= b) + (a > b) + a.heavy + a.plus(b).heavy
        length += len(describe(n)) + len(describe([n, "x"]))
    print(total, ways, ordered, length, sorted(calls.items()), slow_square.cache_info(), add.__name__)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
