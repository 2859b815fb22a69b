"""Exceptions: chains, groups, notes, suggestions; ends with an uncaught one."""
import sys
import traceback


def show(action):
    try:
        action()
    except BaseException:
        traceback.print_exc(file=sys.stdout)


def chain():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("could not") from error


def context():
    try:
        1 / 0
    finally:
        [][3]


def group():
    error = ExceptionGroup("many", [ValueError(1), ExceptionGroup("deep", [TypeError("t"), OSError(2, "no", "f")])])
    error.add_note("a note\nof two lines")
    raise error


def star():
    try:
        group()
    except* ValueError as values:
        print("values", values.exceptions)
    except* OSError as errors:
        print("errors", errors)


def suggestion():
    value = "text"
    value.uper()


def name_suggestion():
    prefix = 1
    return prefx


def recursion():
    return recursion()


for action in (chain, context, group, star, suggestion, name_suggestion):
    show(action)
try:
    recursion()
except RecursionError as error:
    print(error)
for source in ("f(", "a b", "def f():\nreturn", "x = 'abc", "1 = x", "f(a for a in b, c)", "print 1",
               "if x = 1: pass", "\tx\n  y", "'\\N{no such}'", "{1:2, 3}", "break", "lambda: (yield)",
               "async def f(): [await x for x in y]", "nonlocal x", "f'{a b}'", "f'{!r}'", "0777", "1__0"):
    try:
        compile(source, "snippet", "exec")
        print("compiles:", source)
    except SyntaxError as error:
        print(type(error).__name__, error, error.lineno, error.offset, error.end_lineno, error.end_offset)
for action in (lambda: int("x" * 5), lambda: [].index(1), lambda: (lambda a, /, b, *, c: 0)(1), lambda: "%d" % "s",
               lambda: "{} {1}".format(1, 2), lambda: b"\xff".decode(), lambda: "\ud800".encode(), lambda: open("/none/x"),
               lambda: iter(3), lambda: {}[[]], lambda: (1, 2) + [3], lambda: "a" * 1.5, lambda: max(()),
               lambda: int("9" * 5000), lambda: __import__("no.such"), lambda: print(sep=1), lambda: chr(-1)):
    try:
        print(action())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


class Holder:
    @property
    def value(self):
        return self._vale


def last():
    return (Holder().value +
            1)


last()
