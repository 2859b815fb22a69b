# SPDX-License-Identifier: MIT
"""copy and deepcopy: containers, objects, shared parts, cycles, own __deepcopy__."""
import sys
from copy import copy, deepcopy


class Leaf:
    def __init__(self, value):
        self.value = value


class Branch:
    def __init__(self, left, right):
        self.left, self.right = left, right
        self.up = None
        for child in (left, right):
            if isinstance(child, Branch):
                child.up = self


class Handle:
    copies = 0

    def __deepcopy__(self, memo):
        Handle.copies += 1
        return self

    def __copy__(self):
        return Handle()


class Slotted:
    __slots__ = ("a", "b")


def tree(depth):
    return Leaf(depth) if depth == 0 else Branch(tree(depth - 1), tree(depth - 1))


def weight(node):
    return 1 if isinstance(node, Leaf) else weight(node.left) + weight(node.right)


def main(scale):
    shared = [1, 2, 3]
    data = {"rows": [{"n": n, "t": (n, [n]), "shared": shared} for n in range(300)], "name": "x"}
    root = tree(8)
    slotted = Slotted()
    slotted.a, slotted.b = [1], {"k": {1, 2}}
    for _ in range(scale):
        Handle.copies = 0
        for _ in range(20):
            twin = deepcopy(data)
        for _ in range(6):
            grown = deepcopy(root)
        for _ in range(1500):
            other = deepcopy(slotted)
            deepcopy(Handle())
        shallow = 0
        for n in range(20000):
            shallow += copy(data) == data and copy(shared) is not shared
            shallow += copy(slotted).a is slotted.a
    same = all(row["shared"] is twin["rows"][0]["shared"] for row in twin["rows"])
    print(twin == data, same, weight(grown), grown.left.up is grown, other.b, other.a is slotted.a,
          Handle.copies, shallow)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
