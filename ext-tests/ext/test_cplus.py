# SPDX-License-Identifier: MIT
from cplus import Words

w = Words()
assert w.add("b") == 1 and w.add("b") == 2 and w.add("h\xe9\0") == 1
assert w.count("b") == 2 and len(w) == 2 and w.items() == [("b", 2), ("h\xe9\0", 1)]
try:
    w.count("z")
except LookupError as error:
    assert str(error) == "no 'z'" and type(error) is LookupError
else:
    raise AssertionError("found z")
try:
    w.add(5)
except TypeError:
    pass
else:
    raise AssertionError("added a number")

class More(Words):
    def add_all(self, words):
        for word in words:
            self.add(word)
        return self

assert More().add_all("banana").items() == [("a", 3), ("b", 1), ("n", 2)]
for _ in range(1000):
    Words().add("x" * 100)
