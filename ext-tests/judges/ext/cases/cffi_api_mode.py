# packages: python3-cffi, gcc, python3-dev
# level: 3
"""A module that cffi generates and compiles, with a callback into Python."""
import cffi, os, sys, tempfile, importlib
ffi = cffi.FFI(); ffi.cdef("int add(int, int); typedef struct { int x; double y; char name[8]; } rec; double total(rec *, int); extern \"Python\" int back(int); int twice(int);")
ffi.set_source("_crossing_cffi", "static int add(int a, int b) { return a + b; } typedef struct { int x; double y; char name[8]; } rec; static double total(rec *r, int n) { double t = 0; while (n-- > 0) t += r[n].x * r[n].y; return t; } static int back(int); static int twice(int n) { return back(back(n)); }")
with tempfile.TemporaryDirectory() as d:
    ffi.compile(tmpdir=d); sys.path.insert(0, d)
    from _crossing_cffi import ffi as f, lib
    @f.def_extern()
    def back(n): return n * 3
    r = f.new("rec[]", [(1, 2.5, b"ab"), (3, 4.0, b"c")]); print(lib.add(3, 4), lib.total(r, 2), lib.twice(5), f.string(r[0].name), f.sizeof("rec"), r)
    for a in ((1,), ("x", 2), (2 ** 40, 1)):
        try: lib.add(*a)
        except Exception as e: print(type(e).__name__, e)
