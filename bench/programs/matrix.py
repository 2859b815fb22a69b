# SPDX-License-Identifier: MIT
"""Nested lists: matrix product, transposition, elimination, cells that live and die."""
import sys


def product(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def product_indexed(a, b, size):
    result = [[0] * size for _ in range(size)]
    for i in range(size):
        for j in range(size):
            total = 0
            for k in range(size):
                total += a[i][k] * b[k][j]
            result[i][j] = total
    return result


def determinant(rows):
    """Gauss with row exchange; works on a copy."""
    rows = [row[:] for row in rows]
    result = 1.0
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda r: abs(rows[r][i]))
        if rows[pivot][i] == 0.0:
            return 0.0
        if pivot != i:
            rows[i], rows[pivot] = rows[pivot], rows[i]
            result = -result
        result *= rows[i][i]
        for r in range(i + 1, len(rows)):
            factor = rows[r][i] / rows[i][i]
            for c in range(i, len(rows)):
                rows[r][c] -= factor * rows[i][c]
    return result


def life(grid, steps):
    height, width = len(grid), len(grid[0])
    for _ in range(steps):
        new = []
        for y in range(height):
            above, here, below = grid[y - 1], grid[y], grid[(y + 1) % height]
            row = []
            for x in range(width):
                left, right = x - 1, (x + 1) % width
                near = (above[left] + above[x] + above[right] + here[left] + here[right]
                        + below[left] + below[x] + below[right])
                row.append(1 if near == 3 or near == 2 and here[x] else 0)
            new.append(row)
        grid = new
    return sum(map(sum, grid))


def main(scale):
    size = 60
    a = [[(i * 7 + j * 3) % 11 - 5 for j in range(size)] for i in range(size)]
    b = [[(i * 5 + j * j) % 13 - 6 for j in range(size)] for i in range(size)]
    dense = [[float((i * j + i + 2 * j) % 17 + (20 if i == j else 0)) for j in range(40)]
             for i in range(40)]
    for _ in range(scale):
        c, d = product(a, b), product_indexed(a, b, size)
        volume = determinant(dense)
        alive = life([[(x * y + x * 7 + y * y) % 5 < 2 for x in range(64)] for y in range(48)], 25)
    print(c == d, sum(c[i][i] for i in range(size)), f"{volume:.6e}", alive)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 19)
