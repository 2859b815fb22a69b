"""Names and control flow: closures, nonlocal, global, class scope, walrus, with, finally, unpacking."""
import contextlib
import sys

x = "module"


def closures():
    x = "function"

    class Inside:
        seen = x
        x = "class"
        listed = [x for _ in range(1)]

        def method(self):
            nonlocal x
            x = "changed"
            return x, __class__.__name__

    return Inside.seen, Inside.x, Inside.listed, Inside().method(), x


print(closures())
print([function() for function in [lambda: i for i in range(3)]], [(lambda i=i: i)() for i in range(3)])


def control():
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            print("body", i)
        finally:
            print("finally", i)
    else:
        print("not reached")
    while True:
        try:
            return "from try"
        finally:
            with contextlib.suppress(ZeroDivisionError):
                1 / 0
            print("cleaned")


print(control())


class Manager:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, error, trace):
        print("exit", self.name, kind and kind.__name__, error)
        return self.swallow


with Manager("a", True) as a, Manager("b") as b:
    raise LookupError("inside")

head, *middle, (last, _) = 1, 2, 3, (4, 5)
print(head, middle, last, (n := 10), n, [y := 1, y**2])
try:
    one, two = 1, 2, 3
except ValueError as error:
    print(error)


def signature(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs


print(signature(1, d=4), signature(1, 2, 3, 4, d=0, f=6, b=7), signature(*"abcd", **{"d": 1, "x": 2}))
for call in ("signature()", "signature(1)", "signature(1, d=1, d=2)", "signature(1, c=1, **{'c': 2}, d=1)", "closures(1)"):
    try:
        eval(call)
    except (TypeError, SyntaxError) as error:
        print(type(error).__name__, error)


def tracer(frame, event, arg):
    if frame.f_code.co_name == "traced":
        print(event, frame.f_lineno - frame.f_code.co_firstlineno, arg if event == "return" else "")
        return tracer


def traced(flag):
    total = 0
    for i in range(2):
        total += i
    if flag:
        try:
            raise KeyError(total)
        except KeyError:
            pass
    return total


sys.settrace(tracer)
traced(True)
sys.settrace(None)
del x
try:
    x
except NameError as error:
    print(error)
sys.exit(3)
