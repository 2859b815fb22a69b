# SPDX-License-Identifier: MIT
"""Making classes: statements, type(), metaclasses, mixins, enums, named tuples, protocols."""
import sys
from abc import ABC, abstractmethod
from collections import namedtuple
from enum import Enum, Flag


class Registry(type):
    known = {}

    def __new__(meta, name, bases, space, **options):
        made = super().__new__(meta, name, bases, space)
        meta.known[name] = options.get("tag", 0)
        return made

    def __init__(cls, name, bases, space, **options):
        super().__init__(name, bases, space)


class Plugin:
    seen = 0

    def __init_subclass__(cls, weight=1, **options):
        super().__init_subclass__(**options)
        Plugin.seen += weight


def statements(count):
    total = 0
    for n in range(count):
        class Base:
            kind = n

            def value(self):
                return self.kind

        class Mixin:
            def value(self):
                return super().value() + 1

        class Heir(Mixin, Base):
            __slots__ = ("a", "b")

            def __repr__(self):
                return f"Heir({self.kind})"

        total += Heir().value() + len(Heir.__mro__)
    return total


def called(count):
    total = 0
    for n in range(count):
        made = type(f"Made{n}", (dict,), {"size": n, "twice": lambda self: self.size * 2})
        total += made(a=1).twice()
    return total


def main(scale):
    for _ in range(scale):
        Registry.known.clear()
        Plugin.seen = 0
        results = [statements(1500), called(2500)]
        for n in range(1500):
            class Tagged(metaclass=Registry, tag=n):
                pass

            class Added(Plugin, weight=2):
                pass
        shapes = 0
        for n in range(400):
            class Shape(ABC):
                @abstractmethod
                def area(self): ...

            class Square(Shape):
                def area(self):
                    return n

            try:
                Shape()
            except TypeError:
                shapes += Square().area()
        for n in range(60):
            Color = Enum("Color", "RED GREEN BLUE")
            Mode = Flag("Mode", "READ WRITE RUN")
            Pair = namedtuple("Pair", "left right")
        results += [shapes, Color(2), Mode.READ | Mode.RUN, Pair(1, 2)]
    print(*results, Registry.known, Plugin.seen)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
