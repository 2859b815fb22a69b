# SPDX-License-Identifier: MIT
import gc
import weakref
from graph import Node, live

n = Node()
n.colour = "red"
assert n.__dict__ == {"colour": "red"} and live() == 1
n.link(n)
n.self = n
gone = []
r = weakref.ref(n, lambda ref: gone.append(ref() is None))
assert r() is n and live() == 1
del n
assert live() == 1
gc.collect()
assert live() == 0 and r() is None and gone == [True]

ring = [Node() for _ in range(1000)]
for one, two in zip(ring, ring[1:] + ring[:1]):
    one.link(two)
assert live() == 1000
kept = ring[0]
del ring, one, two
gc.collect()
assert live() == 1000
del kept
gc.collect()
assert live() == 0

chain = Node()
for _ in range(200000):
    chain = Node().link(chain)
del chain
assert live() == 0

class Loud(Node):
    def __del__(self):
        gone.append("loud")

loud = Loud()
loud.link(loud)
del loud
gc.collect()
assert gone[-1] == "loud" and live() == 0
