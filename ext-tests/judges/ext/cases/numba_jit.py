# packages: python3-numba
# level: 5
"""Functions compiled at run time, boxed and unboxed by numba's own extension."""
from numba import njit, vectorize, prange, types, typed
import numpy as np
@njit
def f(n):
    s = 0.0
    for i in range(n): s += i * 0.5
    return s
print(f(1000), f.signatures)
@vectorize(["float64(float64, float64)"])
def g(a, b): return a * b + 1
print(g(np.arange(3.0), 2.0))
@njit
def h(a):
    r = np.zeros_like(a)
    for i in range(a.shape[0]): r[i] = a[i] ** 2
    if a[0] > 5: raise ValueError("big")
    return r, (1, 2.5), "text"
print(h(np.arange(4.0)))
try: h(np.array([9.0]))
except ValueError as e: print(e)
@njit
def bad(x): return x.nope
try: bad(3)
except Exception as e: print(type(e).__name__)
d = typed.Dict.empty(types.unicode_type, types.int64); d["a"] = 5; print(d)
