# SPDX-License-Identifier: MIT
"""Closures: counters, composed functions, nonlocal state, lambdas kept in tables."""
import sys


def make_counter(step):
    count = 0

    def advance(times=1):
        nonlocal count
        count += step * times
        return count

    return advance


def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


def memoize(function):
    known = {}

    def lookup(n):
        if n not in known:
            known[n] = function(n)
        return known[n]

    return lookup


def curry(a):
    return lambda b: lambda c: a * b + c


def main(scale):
    counters = [make_counter(step) for step in range(1, 9)]
    adders = [lambda x, n=n: (x + n) % 10007 for n in range(5)]
    chain = compose(*adders, lambda x: x * 3, lambda x: x % 10007)
    value = curried = 0
    for i in range(60000 * scale):
        counters[i & 7](2)
        value = chain(value)
        curried += curry(i & 15)(3)(1)
    paths = 0
    for _ in range(150 * scale):
        @memoize
        def ways(n):
            return 1 if n < 3 else ways(n - 1) + ways(n - 3)

        paths = ways(120)
    print([counter(0) for counter in counters], value, curried, paths)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
