# SPDX-License-Identifier: MIT
import sys
import taker

assert taker.triple(14) == 42 and "giver" in sys.modules
assert repr(sys.modules["giver"]._api).startswith('<capsule object "giver._api" at 0x')
try:
    taker.triple("x")
except TypeError:
    pass
else:
    raise AssertionError("tripled text")
