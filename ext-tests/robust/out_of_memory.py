# SPDX-License-Identifier: MIT
"""Each scenario with the allocation failing that is the n-th from its start, for n = 0, 1, ...: MemoryError
or the right result, and the interpreter goes on. KS_NOMEMORY_LIMIT is the highest n (default 400)."""
import os
import subprocess
import sys
import unittest

LIMIT = int(os.environ.get("KS_NOMEMORY_LIMIT", "400"))

SCENARIOS = {
    "exceptions": """
def f():
    try:
        raise KeyError('k')
    except KeyError as error:
        raise ValueError('v') from error
try:
    f()
except ValueError as error:
    repr(error), error.__cause__
""",
    "dict": "d = {i: str(i) for i in range(50)}; d |= {'a': 1}; dict(d); list(d.items()); d.pop(3); d.copy()",
    "list": "x = list(range(60)); x += x; x.sort(key=lambda i: -i); x[3:9] = [1, 2]; x * 3; tuple(x); set(x)",
    "str": "s = 'a' + str(12345678901234567890); s.split('1'); s.replace('1', 'é' * 9); '{:>20}'.format(s); "
           "f'{s!r:^40}'; s.encode(); '%s %d %5.2f' % (s, 3, 1.5); ','.join([s] * 5); s.upper().title()",
    "int": "x = 3 ** 400; str(x); int(str(x)); divmod(x, 7 ** 90); x << 500; x.to_bytes(100, 'big'); float(x)",
    "class": """
class Meta(type):
    def __new__(cls, name, bases, space, **more):
        return super().__new__(cls, name, bases, space)
class A(metaclass=Meta):
    x: int = 1
    __slots__ = ('a', 'b')
    def f(self): return super().__repr__()
    @property
    def p(self): return 3
class B(A):
    def __eq__(self, other): return True
    __hash__ = None
b = B(); b.z = 1; b.a = 2; b.p; b.f(); del b.z
""",
    "generator": "def g():\n  try:\n    x = yield 1\n  finally:\n    yield from [2]\nlist(g()); h = g(); next(h); h.send(3)",
    "compile": "compile('def f(a, *b, c=1, **d) -> int:\\n  \"doc\"\\n  return [x for x in a if x] + f\"{a!r:>{c}}\"\\n"
               "match f:\\n  case {\"k\": [1, *r]}: pass\\n  case A(x=1) | None: pass\\n', 'x', 'exec')",
    "ast": "import ast; ast.unparse(ast.parse('a = [1, *b]\\nclass C(D, k=1): pass\\nlambda x: x')); ast.literal_eval('[1, {2: 3}]')",
    "syntax error": "try:\n  compile('a = = 1', 'x', 'exec')\nexcept SyntaxError as e:\n  str(e)",
    "regex": "re.compile('(?P<a>x+)|[b-d]*?(?=e)'); re.sub('(a)(b)?', r'\\1-', 'abcab' * 5); re.findall('.', 'abc' * 9)",
    "json": "json.loads(json.dumps({'a': [1, 2.5, None, 'é'], 'b': {'c': True}}))",
    "import": "import importlib; sys.modules.pop('colorsys', None); import colorsys; importlib.reload(colorsys)",
    "warnings": "warnings.warn('text'); warnings.warn_explicit('t', UserWarning, 'f', 1)",
    "marshal": "import marshal; marshal.loads(marshal.dumps({'a': (1, 2.0, [b'x', 'y', 3 ** 50], frozenset({1}))}))",
    "copy and pickle": "import pickle, copy; pickle.loads(pickle.dumps([1, 'a', {2: (3.0,)}])); copy.deepcopy([{}, [1]])",
    "weakref": "class W: pass\nw = W(); r = weakref.ref(w, len); weakref.proxy(w); d = weakref.WeakValueDictionary(); d[1] = w; "
               "del r",
    "traceback": "try:\n  1 / 0\nexcept ZeroDivisionError as e:\n  traceback.format_exception(e)",
    "itertools": "import itertools; list(itertools.permutations(range(4), 2)); list(itertools.groupby('aabb')); "
                 "list(itertools.product('ab', repeat=2)); itertools.tee([1, 2])",
    "streams": "io.StringIO('a\\nb').readlines(); t = io.TextIOWrapper(io.BytesIO(b'x\\xc3\\xa9\\n')); t.read(); io.BytesIO().write(b'1' * 9)",
    "datetime": "import datetime as m; m.datetime(2020, 1, 2).isoformat(); m.timedelta(3) * 2; m.datetime.now(m.timezone.utc).strftime('%Y')",
    "threads": "t = threading.Thread(target=len, args=([],))",
    "struct sequence": "import os, time; os.stat('/'); time.localtime(); sys.float_info; os.times()",
}

INSIDE = """
import sys, re, json, warnings, weakref, traceback, io, threading, colorsys, ast, pickle, copy, datetime, itertools, marshal
sys.path.append('/usr/lib/python3.11/lib-dynload')
import _testcapi
warnings.simplefilter('ignore')
scenario = compile(sys.argv[1], '<scenario>', 'exec')
first, last = int(sys.argv[2]), int(sys.argv[3])
refused = 0
exec(scenario, {**globals()})
for n in range(first, last):
    space = {**globals()}
    print(n, file=sys.stderr, flush=True)
    caught = None
    try:
        _testcapi.set_nomemory(n, n + 1)
        exec(scenario, space)
    except MemoryError:
        refused += 1
    except BaseException as error:
        caught = error
    finally:
        _testcapi.remove_mem_hooks()
    if isinstance(caught, RuntimeError) and re.match(r"can't allocate .*lock", str(caught)):
        continue
    if caught is not None and not isinstance(caught.__context__, MemoryError) and not isinstance(caught.__cause__, MemoryError):
        print(n, type(caught).__name__, caught)
    space.clear()
print('refused', refused)
"""


class OutOfMemory(unittest.TestCase):
    """One test a scenario, made below."""

    def run_scenario(self, text):
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", INSIDE, text, "0", str(LIMIT)],
                              capture_output=True, text=True, errors="replace", timeout=600)
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0, done.stderr[-1500:])
        self.assertTrue(lines and lines[-1].startswith("refused "), done.stderr[-1500:])
        self.assertEqual(lines[:-1], [])


def add(name, text):
    setattr(OutOfMemory, "test_" + name.replace(" ", "_"), lambda self: self.run_scenario(text))


for name, text in SCENARIOS.items():
    add(name, text)

if __name__ == "__main__":
    unittest.main()
