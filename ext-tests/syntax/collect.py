# SPDX-License-Identifier: MIT
"""Collects the sources that test modules compile, for compare.py.

    python3.11 collect.py snippets.json [test module ...]

compile, exec, eval and ast.parse are wrapped while the tests run; every distinct
(source, mode, flags) is stored once. Run it under the reference interpreter.
"""
import ast
import builtins
import codeop
import io
import json
import sys
import unittest

MODULES = """test_syntax test_exceptions test_fstring test_eof test_unparse test_named_expressions
test_patma test_grammar test_positional_only_arg test_string_literals test_unicode_identifiers
test_type_comments test_keywordonlyarg test_unpack_ex test_ast test_compile test_codeop test_flufl
test_future test_generators test_genexps test_global test_dictcomps test_setcomps test_listcomps
test_with test_except_star test_parser_stack test_peg_parser test_tokenize test_int test_float
test_complex test_bytes test_coroutines test_asyncgen test_lib2to3 test_unicode""".split()


class Collector:
    def __init__(self):
        self.found = {}
        self.compile = builtins.compile

    def add(self, source, mode, flags=0):
        if isinstance(source, str):
            try:
                source.encode()
            except UnicodeError:
                return
            key = ("str", source)
        elif isinstance(source, (bytes, bytearray, memoryview)):
            key = ("bytes", bytes(source).decode("latin-1"))
        else:
            return
        if isinstance(mode, str) and mode in ("exec", "eval", "single", "func_type"):
            self.found[key + (mode, flags & ~0x400 if isinstance(flags, int) else 0)] = None

    def install(self):
        plain_compile, plain_exec, plain_eval = builtins.compile, builtins.exec, builtins.eval

        def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
            self.add(source, mode, flags)
            return plain_compile(source, filename, mode, flags, dont_inherit, optimize, **more)

        def exec(source, *args, **more):
            self.add(source, "exec")
            if not args:
                frame = sys._getframe(1)
                args = frame.f_globals, frame.f_locals
            return plain_exec(source, *args, **more)

        def eval(source, *args):
            if isinstance(source, str):
                self.add(source.lstrip(" \t"), "eval")
            if not args:
                frame = sys._getframe(1)
                args = frame.f_globals, frame.f_locals
            return plain_eval(source, *args)

        builtins.compile, builtins.exec, builtins.eval = compile, exec, eval


def main():
    target, *modules = sys.argv[1:]
    collector = Collector()
    collector.install()
    for name in modules or MODULES:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName("test." + name)
            unittest.TextTestRunner(io.StringIO(), verbosity=0).run(suite)
        except BaseException as error:
            print(name, repr(error)[:200], file=sys.stderr)
    rows = [list(row) for row in collector.found if len(row[1]) < 200_000]
    with open(target, "w") as file:
        json.dump(rows, file)
    print(len(rows), "sources")


if __name__ == "__main__":
    main()
