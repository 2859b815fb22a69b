# SPDX-License-Identifier: MIT
"""Building text: concatenation, join, f-strings, %, format, StringIO, padding."""
import sys
from io import StringIO


def checksum(text):
    value = 7
    for byte in text.encode("utf-8"):
        value = (value * 31 + byte) % 1000003
    return value


def grow(count):
    text = ""
    for i in range(count):
        text += chr(97 + i % 26)
        if i % 50 == 49:
            text += "\n"
    return text


def table(rows):
    lines = []
    for i in range(rows):
        lines.append(f"{i:>6d} | {i * 0.37:10.3f} | {i:#06x} | {'item ' + str(i):<12} | {i!r:^8}")
        lines.append("%05d;%-8s;%8.2e;%x" % (i, "n" + str(i % 9), i / 7, i * 3))
        lines.append("{0}-{1:>{width}}-{name!s}".format(i, i * i, width=9, name=i & 1))
    return "\n".join(lines)


def stream(count):
    out = StringIO()
    for i in range(count):
        out.write("é" if i % 7 == 0 else "word ")
        print(i, end=",", file=out)
    return out.getvalue()


def shapes(count):
    parts = []
    for i in range(count):
        word = "snake" * (i % 4 + 1)
        parts.append(word.center(24, "~").upper() + word[::-1].title() + str(i).zfill(7))
    return "".join(reversed(parts))


def main(scale):
    for _ in range(scale):
        texts = grow(150000), table(14000), stream(70000), shapes(40000)
    print([len(text) for text in texts], checksum(texts[1][:60000]), checksum(texts[2][-20000:]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
