# SPDX-License-Identifier: MIT
"""Generators: pipelines, yield from, send, throw and close, trees walked lazily."""
import sys
from itertools import chain, count, islice, takewhile


def numbers(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def keep(test, source):
    for item in source:
        if test(item):
            yield item


def windows(source, size):
    window = []
    for item in source:
        window.append(item)
        if len(window) == size:
            yield tuple(window)
            del window[0]


def tree(low, high):
    """Yield low..high-1 in order by halving."""
    if low < high:
        middle = (low + high) // 2
        yield from tree(low, middle)
        yield middle
        yield from tree(middle + 1, high)


def averager():
    total = seen = 0
    average = None
    while True:
        try:
            total += yield average
            seen += 1
        except ValueError:
            total = seen = 0
        average = total // seen if seen else 0


def primes():
    """An endless chain of filters, one more for every prime found."""
    source = count(2)
    while True:
        prime = next(source)
        yield prime
        source = keep(lambda n, p=prime: n % p, source)


def main(scale):
    for _ in range(scale):
        pipeline = sum(a * b - c for a, b, c in
                       windows(keep(lambda n: n % 3, numbers(120000)), 3))
        ordered = sum(i * n for i, n in enumerate(tree(0, 25000)))
        mean = averager()
        next(mean)
        for n in range(60000):
            result = mean.send(n)
            if n % 1000 == 0:
                result = mean.throw(ValueError)
        mean.close()
        prime_sum = sum(takewhile(lambda p: p < 900, primes()))
        joined = sum(islice(chain.from_iterable(numbers(n) for n in range(700)), 100000))
    print(pipeline, ordered, result, prime_sum, joined)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13)
