# SPDX-License-Identifier: MIT
"""Loops over floats: a Mandelbrot picture, a numeric integral, planets in orbit."""
import sys


def mandelbrot_inside(size, limit):
    """Count the points of a size x size grid that stay bounded for `limit` steps."""
    inside = 0
    for row in range(size):
        imaginary = 2.4 * row / size - 1.2
        for column in range(size):
            real = 3.0 * column / size - 2.1
            x = y = 0.0
            for _ in range(limit):
                xx, yy = x * x, y * y
                if xx + yy > 4.0:
                    break
                x, y = xx - yy + real, 2.0 * x * y + imaginary
            else:
                inside += 1
    return inside


def integral(function, low, high, steps):
    width = (high - low) / steps
    total = 0.5 * (function(low) + function(high))
    for i in range(1, steps):
        total += function(low + i * width)
    return total * width


def orbit_drift(steps):
    """Integrate two bodies round a sun and return the relative change of energy."""
    bodies = [[1.0, 0.0, 0.0, 1.0], [0.0, 2.0, -0.7071067811865476, 0.0]]

    def energy():
        return sum(0.5 * (u * u + v * v) - 1.0 / (x * x + y * y) ** 0.5
                   for x, y, u, v in bodies)

    start, dt = energy(), 0.001
    for _ in range(steps):
        for body in bodies:
            x, y, u, v = body
            pull = dt / (x * x + y * y) ** 1.5
            u -= x * pull
            v -= y * pull
            body[:] = x + u * dt, y + v * dt, u, v
    return abs(energy() / start - 1.0)


def main(scale):
    for _ in range(scale):
        inside = mandelbrot_inside(90, 60)
        area = integral(lambda x: 4.0 / (1.0 + x * x), 0.0, 1.0, 200000)
        drift = orbit_drift(60000)
    print(inside, f"{area:.9f}", drift < 0.001)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
