# packages: python3-h5py-serial, python3-shapely, python3-cvxopt, python3-pywt, python3-pyproj, python3-rtree, python3-pygit2, python3-grpcio
# level: 4
"""A little of many modules: files, geometry, optimisation, wavelets, repositories, remote calls."""
import numpy as np, tempfile, os
def err(f, *a, **k):
    try: return f(*a, **k)
    except Exception as e: return f"{type(e).__name__}: {e}"
import h5py; p = tempfile.mktemp(".h5")
with h5py.File(p, "w") as f:
    f["a"] = np.arange(12).reshape(3, 4); g = f.create_group("g"); g.attrs["u"] = "m"; g.create_dataset("s", data=["x", "yy"], dtype=h5py.string_dtype()); g.create_dataset("z", (100,), "f4", compression="gzip", chunks=True)[:] = 2
with h5py.File(p) as f:
    names = []; f.visit(names.append); print(f["a"][1:, ::2], names, f["g"].attrs["u"], f["g/s"][:], f["g/z"][...].sum(), err(lambda: f["zz"]), f["a"].dtype, err(f.create_group, "q")[:12])
    def stop(n): raise KeyError("stop")
    print(err(f.visit, stop))
os.remove(p)
import shapely, shapely.geometry as sg, shapely.wkt
a = sg.Polygon([(0, 0), (2, 0), (2, 2), (0, 2)]); b = sg.Point(1, 1).buffer(1.5, 4)
print(a.intersection(b).area, a.union(b).wkt[:40], a.contains(sg.Point(1, 1)), err(shapely.wkt.loads, "POINT (x"), list(sg.LineString([(0, 0), (1, 1)]).coords), sg.mapping(a)["type"])
import cvxopt; from cvxopt import matrix, solvers; solvers.options["show_progress"] = False
r = solvers.lp(matrix([1.0, 1.0]), matrix([[-1.0, 0.0], [0.0, -1.0]]), matrix([-1.0, -2.0])); print([round(v, 4) for v in r["x"]], r["status"], matrix([[1, 2], [3, 4]]) * matrix([1, 1]), err(matrix, "x"), np.array(matrix([1.0, 2.0])).shape)
import pywt; print([c.round(5) for c in pywt.dwt([1, 2, 3, 4], "db2")], pywt.wavedec(np.arange(8.0), "haar", level=2)[0].round(4), err(pywt.Wavelet, "nope"))
import pyproj; print([round(v, 3) for v in pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(8.5, 47.4)], pyproj.CRS(4326).name, round(pyproj.Geod(ellps="WGS84").inv(0, 0, 1, 1)[2], 3), str(err(pyproj.CRS, "nope"))[:20])
import rtree; i = rtree.index.Index(); [i.insert(n, (n, n, n + 1, n + 1)) for n in range(10)]; print(sorted(i.intersection((2.5, 2.5, 4.5, 4.5))), sorted(i.nearest((0, 0, 0, 0), 2)))
import pygit2, shutil; d = tempfile.mkdtemp(); repo = pygit2.init_repository(d, True); o = repo.create_blob(b"hello"); print(o, repo[o].data, repo.is_bare, err(repo.revparse_single, "HEAD"), list(repo)[:1])
t = repo.TreeBuilder(); t.insert("f", o, pygit2.GIT_FILEMODE_BLOB); s = pygit2.Signature("A", "a@b", 1, 0); c = repo.create_commit("refs/heads/m", s, s, "msg", t.write(), []); print(c, [e.name for e in repo[c].tree], repo[c].message); shutil.rmtree(d)
import grpc; from concurrent import futures
class H(grpc.GenericRpcHandler):
    def service(self, d): return grpc.unary_unary_rpc_method_handler(lambda q, c: q[::-1] if q != b"bad" else c.abort(grpc.StatusCode.NOT_FOUND, "no")) if d.method == "/s/m" else None
v = grpc.server(futures.ThreadPoolExecutor(2), handlers=[H()]); port = v.add_insecure_port("127.0.0.1:0"); v.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as ch:
    m = ch.unary_unary("/s/m"); print(m(b"abc", timeout=5), m.future(b"xy").result(5))
    for call, q in ((m, b"bad"), (ch.unary_unary("/s/none"), b"")):
        try: call(q, timeout=5)
        except grpc.RpcError as e: print(e.code(), e.details())
v.stop(None)
