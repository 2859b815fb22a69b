# SPDX-License-Identifier: MIT
import limited37 as module

assert module.LIMIT == 0x03070000 and not hasattr(module, "size")
assert module.summary({"a": 2, "b": 1}) == [(1, "b"), (2, "a")]
assert module.summary.__text_signature__ == "(mapping, /)"

class Box(module.Base):
    pass

box = Box(1, "two")
assert repr(box) == "<limited37 of [1, 'two']>" and len(box) == 2 and not Box()
for call, kind in [(lambda: module.summary([]), TypeError), (lambda: module.summary({1: 2, 3: "x"}), TypeError),
                   (lambda: module.Base(1), AttributeError)]:
    try:
        call()
    except kind:
        pass
    else:
        raise AssertionError(kind)
