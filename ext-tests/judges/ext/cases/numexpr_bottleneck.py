# packages: python3-numexpr, python3-bottleneck
# level: 3
"""Compiled expressions over arrays, and moving statistics."""
import numpy as np, numexpr as ne, bottleneck as bn
a = np.arange(1000.0); b = a[::-1].copy()
print(ne.evaluate("2*a + 3*b - sin(a)").sum().round(6), ne.evaluate("where(a > b, a, b)")[:3], ne.evaluate("sum(a)"))
for e in ("a +", "foo(a)", "a + 'x'"):
    try: ne.evaluate(e)
    except Exception as x: print(type(x).__name__, str(x)[:60])
a[3] = np.nan
print(bn.nansum(a), round(bn.nanmean(a), 4), bn.move_mean(a[:8], 3, min_count=1), bn.rankdata([3, 1, 2]), bn.partition(np.array([3, 1, 2]), 1), bn.nanargmax(a))
try: bn.nansum("x")
except Exception as x: print(type(x).__name__, x)
try: bn.move_mean(a, 0)
except Exception as x: print(type(x).__name__, x)
