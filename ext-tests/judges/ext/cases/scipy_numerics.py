# packages: python3-scipy
# level: 4
"""Integration, optimisation, sparse and spatial structures, statistics; errors out of callbacks."""
import numpy as np
from scipy import integrate, optimize, sparse, spatial, special, stats, interpolate, signal, linalg, fft, ndimage
from scipy.sparse import linalg as sl
print(np.round(integrate.quad(lambda x: np.exp(-x * x), 0, 3)[0], 12))
print(optimize.minimize(lambda v: (v[0] - 1) ** 2 + (v[1] + 2) ** 2, [0, 0], method="BFGS").x.round(4))
print(optimize.brentq(lambda x: x ** 3 - 2, 0, 2))
m = sparse.csr_matrix(np.eye(5) * 2 + np.diag(np.ones(4), 1)); print(sl.spsolve(m.tocsc(), np.ones(5)).round(6), m.nnz, (m @ m).toarray()[0])
t = spatial.cKDTree(np.arange(20.0).reshape(10, 2)); print(t.query([3.1, 4.2], k=2)); print(sorted(t.query_pairs(3.0)))
print(special.gamma([0.5, 1, 5]).round(8), special.jv(1, 2.5).round(8))
print(stats.norm.cdf(1.2).round(8), stats.ttest_ind([1, 2, 3, 4], [2, 3, 4, 6]).pvalue.round(6), stats.linregress([1, 2, 3], [2, 4, 6.5]).slope)
print(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5), signal.convolve([1, 2, 3], [0, 1, 0.5]), linalg.expm(np.eye(2)).round(6))
print(np.abs(fft.fft([1, 2, 3, 4])).round(6), ndimage.gaussian_filter(np.arange(6.0), 1).round(5))
print(integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0]).y[0, -1].round(4))
print(spatial.Delaunay(np.array([[0, 0], [1, 0], [0, 1], [1, 1.1]])).simplices.shape, spatial.distance.cdist([[0, 0]], [[3, 4]]))
try: optimize.brentq(lambda x: x + 5, 0, 1)
except ValueError as e: print(e)
def bad(x): raise KeyError("in callback")
for f in (lambda: integrate.quad(bad, 0, 1), lambda: optimize.minimize(bad, [1.0])):
    try: f()
    except KeyError as e: print("KeyError", e)
