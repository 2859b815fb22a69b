"""Products of large ints, checked against sums of small ones; lengths around every multiple of a limb."""
import random

random.seed(20)
BASE = 1 << 20


def slow_product(a, b):
    """a * b from factors of b below 2**20: no large operand on the right."""
    total, shift = 0, 0
    while b:
        total += (a * (b % BASE)) << shift
        b >>= 20
        shift += 20
    return total


wrong = []
for digits in (1, 2, 3, 8, 20, 40, 64, 70, 100, 150, 257):
    for _ in range(40):
        low, high = (digits - 1) * 30 + 1, digits * 30
        a, b = (random.getrandbits(bits) | 1 << bits - 1 for bits in (low, high))
        for left, right in ((a, b), (b, a), (-a, b), (a, a), (a, b >> 31)):
            if left * right != (slow_product(left, right) if right >= 0 else None):
                wrong.append((left.bit_length(), right.bit_length()))
print(len(wrong), "wrong", wrong[:5])
