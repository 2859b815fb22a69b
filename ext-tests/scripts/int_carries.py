"""Sums and differences of long ints whose digits are full, empty or random: carries and borrows."""
import random

FULL = (1 << 30) - 1


def number(rng):
    value = 0
    for _ in range(rng.randrange(40)):
        value = value << 30 | rng.choice([FULL, FULL, 0, 1, rng.getrandbits(30)])
    return value * rng.choice([1, -1])


rng = random.Random(7)
digest = 0
for _ in range(5000):
    a, b = number(rng), number(rng)
    total, rest = a + b, a - b
    assert total - b == a and rest + b == a and total - a == b and a - rest == b
    digest = (digest * 31 + total * 3 + rest) % (1 << 61)
print(digest)
for digits in range(1, 60):
    power = 1 << 30 * digits
    low = (1 << 15 * digits) - 1
    assert power - 1 + 1 == power and -power + 1 - 1 == -power
    assert power - low + low == power and (power - 1) ^ power == 2 * power - 1
print(hex((1 << 900) - 1 + ((1 << 450) - 1)), hex((1 << 900) - ((1 << 450) + 1)))
