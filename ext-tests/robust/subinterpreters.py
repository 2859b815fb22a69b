# SPDX-License-Identifier: MIT
"""Interpreters that come and go: what outlives them is dropped safely, tracing goes on in them."""
import gc
import io
import sys
import tracemalloc
import unittest

import _xxsubinterpreters as interpreters


def run(code):
    number = interpreters.create()
    try:
        interpreters.run_string(number, code)
    finally:
        interpreters.destroy(number)


class Subinterpreters(unittest.TestCase):
    def test_modules_made_anew(self):
        # A built-in module's dict is kept for later interpreters, and what is in it with it.
        for name in "_io _signal _pickle _datetime _elementtree _sre _thread marshal posix sys".split():
            for _ in range(3):
                run(f"import sys\nsys.modules.pop({name!r}, None)\nimport {name}")
                gc.collect()
        run("import sys\nsys.keeper = [lambda: None, [], {}, type('T', (), {})]")
        run("pass")
        gc.collect()

    def test_exception_classes_stay_apart(self):
        run("import io\ntry:\n    io.BytesIO().fileno()\nexcept io.UnsupportedOperation:\n    pass")
        with self.assertRaises(io.UnsupportedOperation):
            io.BytesIO().fileno()

    def test_nothing_stays(self):
        for _ in range(5):
            run("import json, io, datetime, re")
        before = sys.getallocatedblocks()
        for _ in range(40):
            run("import json, io, datetime, re")
        self.assertLess(sys.getallocatedblocks() - before, 40)

    def test_tracing_of_raw_memory(self):
        tracemalloc.start(5)
        try:
            run("import json, threading\njson.dumps(list(range(100)))")
        finally:
            tracemalloc.stop()


if __name__ == "__main__":
    unittest.main()
