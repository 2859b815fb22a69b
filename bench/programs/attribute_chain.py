# SPDX-License-Identifier: MIT
"""Attribute look-ups: long chains, class and instance values, slots, __getattr__, descriptors."""
import sys


class Part:
    color = "grey"

    def __init__(self, value, inner=None):
        self.value = value
        self.inner = inner


class Heir1(Part):
    pass


class Heir2(Heir1):
    pass


class Heir3(Heir2):
    color = "green"


class Slots:
    __slots__ = ("first", "second")

    def __init__(self):
        self.first, self.second = 1, 2


class Proxy:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)


class Doubled:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.name] * 2

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value


class Measured:
    size = Doubled()

    def __init__(self, size):
        self.size = size

    @property
    def area(self):
        return self.size * self.size


def main(scale):
    chain = None
    for n in range(6):
        chain = (Part, Heir1, Heir2, Heir3)[n % 4](n, chain)
    slots, proxy, measured = Slots(), Proxy(chain), Measured(3)
    total, mixed = 0, [Part(1), Heir1(2), Heir2(3), Heir3(4), Part(5), Heir3(6), Heir1(7)]
    for n in range(100000 * scale):
        total += chain.inner.inner.inner.inner.inner.value + chain.inner.inner.value
        chain.inner.inner.value = n & 3
        slots.first, slots.second = slots.second, slots.first
        total += slots.first * 3 + mixed[n % 7].value + len(mixed[n % 7].color)
        if n % 4 == 0:
            measured.size = n & 7
            total += proxy.value + measured.area + len(proxy.inner.color)
            total += getattr(chain, "missing", 2) + hasattr(slots, "third")
            setattr(chain, "extra", n)
            del chain.extra
    Part.color = "violet"
    print(total, [part.color for part in mixed], slots.first, sorted(vars(chain)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
