# SPDX-License-Identifier: MIT
"""Large ints: products, powers, division, roots, digits of pi, text and back."""
import math
import sys


def pi_digits(count):
    """Machin's formula in whole numbers."""
    one = 10 ** (count + 10)

    def inverse_tangent(x):
        power = total = one // x
        n, sign = 3, -1
        while power:
            power //= x * x
            total += sign * (power // n)
            n, sign = n + 2, -sign
        return total

    return str((4 * (4 * inverse_tangent(5) - inverse_tangent(239))) // 10 ** 10)


def is_probable_prime(n):
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13):
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def fibonacci(n):
    """By doubling: the pair F(n), F(n + 1)."""
    if n == 0:
        return 0, 1
    a, b = fibonacci(n >> 1)
    c, d = a * (2 * b - a), a * a + b * b
    return (d, c + d) if n & 1 else (c, d)


def main(scale):
    sys.set_int_max_str_digits(0)
    for _ in range(scale):
        pi = pi_digits(1500)
        fib = fibonacci(200000)[0]
        factorial = 1
        for n in range(2, 2500):
            factorial *= n
        prime = next(n for n in range(2 ** 256 + 1, 2 ** 257, 2) if is_probable_prime(n))
        quotient, rest = divmod(fib, factorial)
        root = math.isqrt(fib)
        text = str(factorial)
        back = int(text) == factorial
        bits = (fib ^ factorial).bit_count(), (fib & ~factorial) % 1000007, (fib >> 1000) % 997
    print(pi[:12], pi[-8:], fib % 10 ** 12, prime - 2 ** 256, quotient % 10 ** 9, rest % 10 ** 9,
          root % 10 ** 9, len(text), back, math.gcd(fib, factorial) % 10 ** 9, *bits)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
