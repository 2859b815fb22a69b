# SPDX-License-Identifier: MIT
import gc
import sys
import statics
from statics import Point, Stack

p = Point(1, y=2.5, tag="t")
assert repr(p) == "Point(1.0, 2.5)" and p.tag == "t"
assert repr(p + Point(1, 1)) == "Point(2.0, 3.5)"
assert Point(0, 1) < Point(2, 0) and Point(3, 4) == Point(5, 0) and hash(p) == hash(Point(1, 2.5))
p.x = 7
assert p.x == 7.0
for statement, kind in [("p.tag = 1", AttributeError), ("p.x = 'a'", TypeError), ("p + 1", TypeError),
                        ("Point(1, 2, 3)", TypeError), ("Point.z = 1", TypeError), ("p.z = 1", AttributeError)]:
    try:
        exec(statement)
    except kind:
        pass
    else:
        raise AssertionError(statement)
assert Point.__doc__ == "A point." and Point.__text_signature__ == "(x=0, y=0, *, tag=None)"

class Named(Point):
    def __init__(self, *args, **kwargs):
        self.name = "n"
    def __repr__(self):
        return "Named" + super().__repr__()[5:]

n = Named(1, 2)
assert repr(n) == "Named(1.0, 2.0)" and n.name == "n" and isinstance(n + n, Point)
assert Named.__mro__ == (Named, Point, object)
tag = object()
count = sys.getrefcount(tag)
many = [Named(tag=tag) for _ in range(100)]
assert sys.getrefcount(tag) == count + 100
del many
assert sys.getrefcount(tag) == count

s = Stack([1, 2])
assert s.push(3) == 1 and s.push(4) == 2 and s == [1, 2, 3, 4] and s.pushes == 2
assert sorted(Stack("cab")) == ["a", "b", "c"] and isinstance(s[1:], list)

class Deep(Stack):
    __slots__ = ("extra",)

d = Deep()
d.extra = d
d.push(d)
del d
assert gc.collect() >= 1
