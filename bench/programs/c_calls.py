# SPDX-License-Identifier: MIT
"""Calls from Python into C and back: builtins, methods of builtin types, callbacks, keywords."""
import math
import operator
import sys
from functools import partial, reduce


def builtins_work(count):
    total = 0
    for n in range(count):
        total += abs(-n) + len("abc") + min(n, 5) + max(3, n & 7, 2) + ord("a") + (isinstance(n, int))
        total += divmod(n, 7)[1] + pow(n, 2, 11) + round(2.5) + hash(n) + bool(n)
    return total


def method_work(count):
    total, items, text, table = 0, [], "a,b,c", {"a": 1}
    for n in range(count):
        items.append(n)
        total += text.find("c") + text.count(",") + table.get("a", 0) + n.bit_length()
        total += text.startswith("a") + items.pop() % 3 + len(text.split(","))
    return total


def math_work(count):
    total = 0.0
    for n in range(1, count):
        total += math.sqrt(n) + math.sin(n) * math.cos(n) + math.floor(n / 3) + math.hypot(n, 1.0)
    return total


def back_and_forth(count):
    def add(a, b):
        return a + b

    triple = partial(operator.mul, 3)
    total = reduce(add, range(count))
    total += sum(map(triple, range(count)))
    total += len(list(filter(lambda n: n % 3 == 0, range(count))))
    total += sum(map(operator.itemgetter(1), zip(range(count), map(int, "7" * count))))
    return total + max(range(count), key=lambda n: n % 1000)


def keyword_calls(count):
    total = 0
    for n in range(count):
        total += int("ff", base=16) + len("{x}".format(x=n)) + len("abc".encode(encoding="ascii"))
        total += sum((1, 2), start=n) + int.from_bytes(b"\1\2", byteorder="big")
    return total


def main(scale):
    for _ in range(scale):
        results = (builtins_work(90000), method_work(120000), back_and_forth(120000),
                   keyword_calls(50000))
        real = math_work(100000)
    print(*results, f"{real:.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
