# SPDX-License-Identifier: MIT
import gc
import importlib.util
import weakref
import states

assert states.__doc__ == "State of its own." and states.made() == 0
c = states.Counter(1)
assert (c.step(), c.step(), states.made()) == (2, 3, 1)
try:
    c.step()
except states.Full as error:
    assert str(error) == "at 3" and isinstance(error, RuntimeError)
else:
    raise AssertionError("not full")
assert list(states.Counter()) == [1, 2, 3]

class Sub(states.Counter):
    def step(self):
        return super().step() * 10

assert Sub().step() == 10 and states.made() == 2

spec = importlib.util.spec_from_file_location("states", states.__file__)
second = importlib.util.module_from_spec(spec)
spec.loader.exec_module(second)
assert second is not states and second.made() == 0 and second.Counter is not states.Counter
second.Counter()
assert (second.made(), states.made()) == (1, 2)
ref = weakref.ref(second.Counter)
del second, spec
gc.collect()
assert ref() is None
