# SPDX-License-Identifier: MIT
"""Logging: levels, formats, filters, handlers, messages that nobody wants to see."""
import io
import logging
import sys


class Counter(logging.Handler):
    def __init__(self):
        super().__init__()
        self.counts = {}

    def emit(self, record):
        self.counts[record.levelname] = self.counts.get(record.levelname, 0) + 1


class EvenOnly(logging.Filter):
    def filter(self, record):
        return not record.args or record.args[0] % 2 == 0


def main(scale):
    out, counter = io.StringIO(), Counter()
    stream = logging.StreamHandler(out)
    stream.setFormatter(logging.Formatter("%(levelname)-8s %(name)s:%(funcName)s %(message)s"))
    stream.addFilter(EvenOnly())
    root = logging.getLogger("bench")
    root.propagate = False
    root.setLevel(logging.INFO)
    root.addHandler(stream)
    root.addHandler(counter)
    child = root.getChild("inner.part")
    for n in range(9000 * scale):
        child.debug("unseen %d", n)
        child.info("value %d of %s", n, "many")
        if n % 10 == 0:
            root.warning("round %d", n)
        if n % 100 == 0:
            try:
                [][n]
            except IndexError:
                child.exception("failed %d", n)
        for _ in range(10):
            child.debug("still unseen")
    lines = out.getvalue().splitlines()
    print(len(lines), lines[0], lines[-1], sorted(counter.counts.items()),
          sum(line == "IndexError: list index out of range" for line in lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
