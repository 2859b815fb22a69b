"""Classes: metaclasses, descriptors, slots, resolution order, layout conflicts, hooks."""
import abc
import dataclasses
import enum
import functools


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kwargs):
        print("prepare", name, kwargs)
        return {}

    def __new__(mcs, name, bases, namespace, **kwargs):
        return super().__new__(mcs, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **kwargs):
        super().__init__(name, bases, namespace)

    def __instancecheck__(cls, instance):
        return instance == "special" or super().__instancecheck__(instance)


class Base(metaclass=Meta, option=1):
    def __init_subclass__(cls, **kwargs):
        print("subclass", cls.__name__, kwargs)

    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item!r}]"


class Named:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return f"{self.name} of {owner.__name__}" if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value * 2


class Child(Base, option=2):
    field = Named()

    def __getattr__(self, name):
        return name.upper()


child = Child()
child.field = 21
print(Child.field, child.field, child.absent, Child[int], isinstance("special", Child))


class A: pass
class B(A): pass
class C(A): pass
class D(B, C): pass


print([cls.__name__ for cls in D.__mro__])
for bases in ((A, B), (int, str), (bool,), (A, A)):
    try:
        type("Bad", bases, {})
    except TypeError as error:
        print(error)


class Slotted:
    __slots__ = ("left", "right")


slotted = Slotted()
slotted.left = 1
for action in ("slotted.right", "slotted.other", "del slotted.right"):
    try:
        exec(action)
    except AttributeError as error:
        print(error)
try:
    slotted.other = 1
except AttributeError as error:
    print(error)


class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return NotImplemented

    def __radd__(self, other):
        return f"radd {other}"

    def __eq__(self, other):
        return self.value == getattr(other, "value", other)

    __hash__ = None


print(1 + Number(2), Number(1) == 1, Number(1) != 2)
for action in (lambda: Number(1) + 1, lambda: {Number(1)}, lambda: Number(1) < 2, lambda: -Number(1)):
    try:
        action()
    except TypeError as error:
        print(error)


@dataclasses.dataclass(order=True, frozen=True)
class Point:
    x: int
    y: int = dataclasses.field(default=0, compare=False)


print(Point(1, 2), Point(1) < Point(2), {Point(1): "p"}[Point(1, 9)])
try:
    Point(1).x = 2
except dataclasses.FrozenInstanceError as error:
    print(error)


class Colour(enum.Flag):
    RED = enum.auto()
    BLUE = enum.auto()


print(Colour.RED | Colour.BLUE, list(Colour), Colour(2))


class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self): ...


try:
    Shape()
except TypeError as error:
    print(error)


@functools.singledispatch
def describe(value):
    return "object"


@describe.register
def _(value: int):
    return "int"


print(describe(1), describe("s"), describe(True))
print(super(D, D()).__thisclass__, type(D.__dict__["__dict__"]).__name__ if "__dict__" in D.__dict__ else "inherited")
