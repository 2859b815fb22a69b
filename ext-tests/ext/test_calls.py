# SPDX-License-Identifier: MIT
from calls import Adder, twice, upper_all

add = Adder(100)
assert add() == 100 and add(1, 2) == 103 and add(1, x=2, y=3) == 106 and add(*range(5), **{"k": 1}) == 111
assert [add(i) for i in range(1000)][-1] == 1099
assert list(map(add, (1, 2))) == [101, 102]
try:
    add("x")
except TypeError as error:
    assert str(error) == "'str' object cannot be interpreted as an integer"
else:
    raise AssertionError("added text")

class Louder(Adder):
    def __call__(self, *args):
        return -super().__call__(*args)

assert Louder(1)(2) == -3
assert twice(add, 1, k=2) == (103, 103)
assert twice(lambda a, *, b: (a, b), 1, b=2) == ((1, 2), (1, 2))
assert twice(dict, a=1) == ({"a": 1}, {"a": 1})
assert upper_all(["a", "b"]) == ["A", "B"] and upper_all(iter("xy")) == ["X", "Y"]
for bad in ([1], 5):
    try:
        upper_all(bad)
    except (AttributeError, TypeError):
        pass
    else:
        raise AssertionError(bad)
try:
    twice(lambda: 1 // 0)
except ZeroDivisionError:
    pass
else:
    raise AssertionError("no error")
