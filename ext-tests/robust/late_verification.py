# SPDX-License-Identifier: MIT
"""A function's code from a .pyc is checked at its first call: broken code is an exception then,
whoever looks at it before, and as often as it is called."""
import dis
import marshal
import sys
import unittest

RESUME = dis.opmap["RESUME"]
POP_TOP = dis.opmap["POP_TOP"]
RETURN_VALUE = dis.opmap["RETURN_VALUE"]


def break_body(code):
    """The same code that takes more from its stack than there is, from behind RESUME on."""
    data = bytearray(code.co_code)
    start = next(i for i in range(0, len(data), 2) if data[i] == RESUME) + 2
    for i in range(start, len(data) - 2, 2):
        data[i], data[i + 1] = POP_TOP, 0
    data[-2], data[-1] = RETURN_VALUE, 0
    return code.replace(co_code=bytes(data))


def loaded_again(code):
    return marshal.loads(marshal.dumps(code))


def broken_function(source, **changes):
    """A module's code with a broken function f in it, run after a trip through marshal."""
    outer = compile(source, "<made>", "exec")
    consts = tuple(break_body(c).replace(**changes) if hasattr(c, "co_code") else c for c in outer.co_consts)
    names = {}
    exec(loaded_again(outer.replace(co_consts=consts)), names)
    return names["f"]


class LateVerification(unittest.TestCase):
    def assertRefused(self, function, *args):
        with self.assertRaisesRegex(ValueError, "^code: .* of f$"):
            function(*args)

    def test_refused_at_every_call(self):
        f = broken_function("def f(a): return a.b(a) + 1")
        for _ in range(20):
            self.assertRefused(f, 1)

    def test_handlers_of_broken_code_are_not_used(self):
        f = broken_function("def f():\n try: g()\n except ValueError: return 1", co_exceptiontable=b"\x01" * 99)
        self.assertRefused(f)

    def test_variables_are_set_up_before(self):
        f = broken_function("def f(a):\n def g(): return a\n return g")
        self.assertRefused(f, 1)
        self.assertEqual(f.__code__.co_cellvars, ("a",))

    def test_traced(self):
        seen = []

        def trace(frame, event, argument):
            seen.append((event, sorted(frame.f_locals)))
            return trace

        f = broken_function("def f(a, b=2): return a")
        sys.settrace(trace)
        try:
            self.assertRefused(f, 1)
        finally:
            sys.settrace(None)
        self.assertIn(("call", ["a", "b"]), seen)

    def test_trace_function_that_raises(self):
        def trace(frame, event, argument):
            if frame.f_code.co_name == "f":
                raise KeyError(event)

        f = broken_function("def f():\n try: g()\n except KeyError: return 1", co_exceptiontable=b"\x01" * 99)
        sys.settrace(trace)
        try:
            with self.assertRaises(KeyError):
                f()
        finally:
            sys.settrace(None)

    def test_read_without_a_call(self):
        code = broken_function("def f(a): return a").__code__
        self.assertEqual(loaded_again(code), code)
        self.assertEqual(hash(loaded_again(code)), hash(code))
        self.assertEqual(code.replace(co_name="g").co_code, code.co_code)
        self.assertEqual(len(code.co_code), len(list(code.co_positions())) * 2)

    def test_generators_are_refused_when_loaded(self):
        for source in "def f(): yield 1", "async def f(): await 1", "async def f(): yield 1":
            with self.assertRaises(ValueError):
                broken_function(source)

    def test_good_code_runs(self):
        code = compile("def f(n):\n try: return 1 // n\n except ZeroDivisionError: return 'none'", "<made>", "exec")
        names = {}
        exec(loaded_again(code), names)
        self.assertEqual([names["f"](n % 2) for n in range(20)], ["none", 1] * 10)


if __name__ == "__main__":
    unittest.main()
