# SPDX-License-Identifier: MIT
"""Makes the fuzzers' first inputs from a standard library: seeds.py LIBRARY FOLDER

Fuzzers like small inputs, so sources are cut into their top-level statements; of the .pyc bodies
every code object that is small enough becomes an input of its own.
"""
import ast
import marshal
import os
import pathlib
import sys

MAX_BYTES = 1500


def statements(text):
    """The top-level statements of a module."""
    lines = text.splitlines(keepends=True)
    return ["".join(lines[node.lineno - 1:node.end_lineno]) for node in ast.parse(text).body]


def code_objects(code):
    """The code object and all inside it."""
    yield code
    for item in code.co_consts:
        if hasattr(item, "co_code"):
            yield from code_objects(item)


def store(folder, inputs):
    os.makedirs(folder, exist_ok=True)
    for number, data in enumerate(sorted(inputs, key=len)):
        (folder / str(number)).write_bytes(data)


def main():
    library, target = map(pathlib.Path, sys.argv[1:])
    sources, bodies = set(), set()
    for path in sorted(library.glob("*.py")) + sorted(library.glob("test/test_[a-g]*.py")):
        try:
            text = path.read_text()
            pieces = statements(text)
        except (SyntaxError, ValueError):
            continue
        sources.update(piece.encode() for piece in pieces if piece and len(piece) < MAX_BYTES)
    for path in sorted(library.glob("__pycache__/*.cpython-311.pyc")):
        for code in code_objects(marshal.loads(path.read_bytes()[16:])):
            plain = code.replace(co_filename="f", co_qualname=code.co_name)
            data = marshal.dumps(plain)
            if len(data) < MAX_BYTES:
                bodies.add(data)
    store(target / "source", sorted(sources)[::8])
    store(target / "pyc", sorted(bodies)[::8])


if __name__ == "__main__":
    main()
