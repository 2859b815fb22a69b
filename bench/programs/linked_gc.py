# SPDX-License-Identifier: MIT
"""Linked structures and the collector: lists, rings, trees, weak references, finalizers."""
import gc
import sys
import weakref


class Link:
    __slots__ = ("value", "next")

    def __init__(self, value, next=None):
        self.value, self.next = value, next


class Ring:
    finalized = 0

    def __init__(self, before=None):
        self.peer = before or self
        self.payload = [self]

    def __del__(self):
        Ring.finalized += 1


class Tree:
    def __init__(self, key):
        self.key, self.left, self.right, self.parent = key, None, None, None

    def insert(self, key):
        node = self
        while node.key != key:
            side = "left" if key < node.key else "right"
            child = getattr(node, side)
            if child is None:
                child = Tree(key)
                child.parent = node
                setattr(node, side, child)
            node = child


def reversed_list(count):
    head = None
    for n in range(count):
        head = Link(n, head)
    back = None
    while head is not None:
        head.next, back, head = back, head, head.next
    total = position = 0
    while back is not None:
        total += back.value * (position & 3)
        back, position = back.next, position + 1
    return total


def height(node):
    return 0 if node is None else 1 + max(height(node.left), height(node.right))


def main(scale):
    for _ in range(scale):
        total = reversed_list(120000)
        Ring.finalized = 0
        for n in range(30000):
            Ring(Ring())
        watched = [weakref.ref(Ring()) for _ in range(2000)]
        gc.collect()
        dead = sum(ref() is None for ref in watched)
        state, tree = 1, Tree(500000)
        for _ in range(8000):
            state = (state * 16807) % 2147483647
            tree.insert(state % 1000000)
        tall = height(tree)
        table = weakref.WeakValueDictionary((n, Link0(n)) for n in range(10))
        nested = []
        for _ in range(50000):
            nested = [nested]
        nested = None
        tree = None
        unreachable = gc.collect() > 7000
    print(total, Ring.finalized, dead, tall, len(table), unreachable, gc.garbage)


class Link0(Link):
    """A link that may be referred to weakly."""
    __slots__ = ("__weakref__",)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
