# SPDX-License-Identifier: MIT
"""Compares what two interpreters make of the sources that collect.py stored.

    compare.py snippets.json python-a python-b [--compile]

Each interpreter turns every source into a syntax tree (with --compile: into code) and reports the
tree with all positions, or the exception with message, file, line, columns and text, and warnings.
"""
import ast
import json
import subprocess
import sys
import warnings

MODES = {"exec": 257, "eval": 258, "single": 256, "func_type": 345}


def outcome(parse, source, mode, flags):
    """A printable account of parse(source, mode, flags)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tree = parse(source, mode, flags)
            result = ["ok", dump(tree)]
        except SyntaxError as error:
            result = [type(error).__name__, repr(error.args)]
        except BaseException as error:
            result = [type(error).__name__, str(error)]
    result.append([[w.category.__name__, str(w.message), w.lineno, w.filename] for w in caught])
    return result


def dump(node):
    """ast.dump with attributes for the node classes of any module."""
    if hasattr(node, "_fields"):
        parts = [dump(getattr(node, name, None)) for name in node._fields + node._attributes]
        return "%s(%s)" % (type(node).__name__, ", ".join(parts))
    if isinstance(node, list):
        return "[%s]" % ", ".join(map(dump, node))
    if hasattr(node, "co_code"):
        return "code"
    return repr(node)


def load(row):
    kind, text, mode, flags = row
    return (text if kind == "str" else text.encode("latin-1")), mode, flags


def probe(path, only_ast):
    sys.setrecursionlimit(5000)
    extra = ast.PyCF_ONLY_AST if only_ast else 0
    for row in json.load(open(path)):
        account = outcome(lambda s, m, f: compile(s, "<test>", m, f | extra, True), *load(row))
        print(json.dumps(account))


def main():
    if sys.argv[1] == "--probe":
        return probe(sys.argv[2], sys.argv[3] == "ast")
    path, first, second, *options = sys.argv[1:]
    what = "code" if "--compile" in options else "ast"
    results = [subprocess.run([python, __file__, "--probe", path, what], stdout=subprocess.PIPE,
                              check=True, text=True).stdout.splitlines()
               for python in (first, second)]
    rows, failed = json.load(open(path)), 0
    for row, a, b in zip(rows, *results, strict=True):
        if a != b:
            failed += 1
            print(row, a[:400], b[:400], sep="\n    ")
    print("%d sources, %d differ" % (len(rows), failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
