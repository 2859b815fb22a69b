# SPDX-License-Identifier: MIT
"""Pickle: containers, shared and cyclic objects, own reduce, all protocols, streams."""
import io
import pickle
import sys


class Node:
    def __init__(self, name):
        self.name = name
        self.links = []


class Fraction:
    def __init__(self, top, bottom):
        self.top, self.bottom = top, bottom

    def __reduce__(self):
        return Fraction, (self.top, self.bottom)


class Gauge:
    def __init__(self, value):
        self.value, self.cache = value, object()

    def __getstate__(self):
        return {"value": self.value}

    def __setstate__(self, state):
        self.__dict__.update(state, cache=None)


def ring(count):
    nodes = [Node(f"node{n}") for n in range(count)]
    for n, node in enumerate(nodes):
        node.links += [nodes[(n + 1) % count], nodes[n * 3 % count]]
    return nodes


def main(scale):
    plain = [{"id": n, "text": f"entry {n}", "f": n / 3, "big": 1 << (n % 90), "t": (n, None, True)}
             for n in range(4000)]
    rings = [ring(150) for _ in range(10)]
    things = [Fraction(n, n + 1) for n in range(3000)] + [Gauge(n) for n in range(3000)]
    for _ in range(scale):
        same = all(pickle.loads(pickle.dumps(plain, protocol)) == plain for protocol in range(6))
        back = [pickle.loads(pickle.dumps(nodes, -1)) for nodes in rings][-1]
        copies = pickle.loads(pickle.dumps(things))
        stream = io.BytesIO()
        for row in plain:
            pickle.dump(row, stream)
        stream.seek(0)
        read = 0
        while True:
            try:
                read += pickle.load(stream)["id"]
            except EOFError:
                break
    print(same, back[5].links[1].name, back[-1].links[0] is back[0], read,
          copies[7].bottom, copies[-1].value, copies[-1].cache)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13)
