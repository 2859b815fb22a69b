# packages: cython3, gcc, python3-dev
# level: 4
"""A module that Cython compiles: classes, generators, closures, memory views, tracebacks."""
import tempfile, subprocess, sys, os, sysconfig
from Cython.Build import cythonize
d = tempfile.mkdtemp(); os.chdir(d); sys.path.insert(0, d)
open("cyx.pyx", "w").write('''
cimport cython
cdef class V:
    cdef public double x
    cdef readonly list items
    def __init__(self, x=1.0): self.x = x; self.items = []
    def __add__(a, b): return V(a.x + b.x)
    def push(self, *a, k=None): self.items.extend(a); return k
    def gen(self):
        for i in self.items: yield i
    async def co(self): return self.x
cpdef int fib(int n) except -1:
    if n < 0: raise ValueError("neg")
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def closure(n):
    def inner(m=2): return n * m
    return inner
@cython.boundscheck(True)
def total(double[:] a):
    cdef double t = 0
    for i in range(a.shape[0]): t += a[i]
    return t
''')
from Cython.Compiler.Main import compile as cy
r = cy("cyx.pyx"); subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-w", "-I/usr/include/python3.11", "cyx.c", "-o", "cyx" + sysconfig.get_config_var("EXT_SUFFIX")], check=True)
import cyx, array
v = cyx.V(2.5) + cyx.V(); print(v.x, v.push(1, 2, k=3), list(v.gen()), cyx.fib(15), cyx.closure(4)(), cyx.closure(4)(m=5), cyx.total(array.array("d", [1, 2, 3])))
for f in (lambda: cyx.fib(-1), lambda: cyx.total(array.array("i", [1])), lambda: setattr(v, "items", 1), lambda: cyx.V("x"), lambda: cyx.closure()):
    try: f()
    except Exception as e: print(type(e).__name__, e)
try: v.co().send(None)
except StopIteration as e: print(e.value)
import traceback
try: cyx.fib(-1)
except ValueError as e: print([(x.name, x.lineno) for x in traceback.extract_tb(e.__traceback__)])
