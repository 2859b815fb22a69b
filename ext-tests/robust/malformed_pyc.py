# SPDX-License-Identifier: MIT
"""Data of .pyc files that no compiler wrote: an exception each time, or code that runs."""
import marshal
import random
import struct
import unittest

REFUSED = (ValueError, TypeError, EOFError, MemoryError, SystemError)
SOURCE = """
def outer(a, b=(1, 'two', frozenset({'x'}) if a in {'k', 'l'} else 3.0), *rest, c, **named):
    def inner():
        nonlocal b
        for b in rest:
            try:
                yield a, b, c
            except* OSError as error:
                print(f'{error!r:>{a}}')
    return inner
"""


def shared_tuple(depth):
    """Marshal data of a tuple that two paths lead into at every level."""
    data = b"\xa9\x00"
    for number in range(depth):
        data = b"\xa9\x02" + data + b"r" + struct.pack("<i", depth - number)
    return data


class MalformedPyc(unittest.TestCase):
    def test_tuple_that_holds_itself(self):
        for data in b"\xa9\x01r\0\0\0\0", b"\xa9\x01)\x01r\0\0\0\0", b"\xa9\x02Nr\0\0\0\0":
            with self.assertRaisesRegex(ValueError, "invalid reference"):
                marshal.loads(data)

    def test_tuple_that_holds_itself_through_a_list(self):
        items = []
        items.append((items,))
        again = marshal.loads(marshal.dumps((items, items[0])))
        self.assertIs(again[0][0], again[1])
        self.assertIs(again[1][0], again[0])

    def test_constants_shared_many_times(self):
        nest = marshal.loads(shared_tuple(80))
        code = compile("0", "<made>", "eval").replace(co_consts=(0, nest))
        self.assertEqual(eval(code), 0)

    def test_constants_nested_deeply(self):
        nest = ()
        for _ in range(100_000):
            nest = (nest,)
        code = compile("0", "<made>", "eval").replace(co_consts=(0, nest))
        self.assertEqual(eval(code), 0)

    def test_every_truncation(self):
        data = marshal.dumps(compile(SOURCE, "<made>", "exec"))
        for size in range(len(data)):
            with self.assertRaises(REFUSED):
                marshal.loads(data[:size])

    def test_changed_bytes(self):
        data = marshal.dumps(compile(SOURCE, "<made>", "exec"))
        chance = random.Random(311)
        for _ in range(20_000):
            changed = bytearray(data)
            for _ in range(chance.choice((1, 1, 2, 4))):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            try:
                marshal.loads(changed)
            except REFUSED:
                pass


if __name__ == "__main__":
    unittest.main()
