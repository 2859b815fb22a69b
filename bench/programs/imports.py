# SPDX-License-Identifier: MIT
"""Imports: cached ones inside functions, and fresh ones of standard modules forgotten again."""
import importlib
import sys

NAMES = ["bisect", "calendar", "colorsys", "configparser", "csv", "difflib", "fnmatch",
         "fractions", "getopt", "gettext", "graphlib", "heapq", "html", "numbers", "optparse",
         "pprint", "queue", "sched", "shlex", "statistics", "string", "textwrap", "timeit"]


def cached(count):
    total = 0
    for _ in range(count):
        import os.path
        from collections import deque, namedtuple
        from functools import partial as part
        total += os.path.join is not None and part is not None and deque is not namedtuple
    return total


def fresh():
    """Import each module anew; returns how many public names they have together."""
    names = 0
    for name in NAMES:
        sys.modules.pop(name, None)
        names += any(not key.startswith("_") for key in vars(importlib.import_module(name)))
    return names


def missing(count):
    failed = 0
    for n in range(count):
        try:
            __import__(f"no_such_module_{n}")
        except ModuleNotFoundError as error:
            failed += error.name.endswith(str(n))
    return failed


def main(scale):
    for _ in range(scale):
        quick = cached(30000)
        found = sum(fresh() for _ in range(10))
        lost = missing(400)
    print(quick, found, lost)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
