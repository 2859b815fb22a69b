# packages: python3-tables
# level: 4
"""HDF5 files: arrays, tables, indexes, queries, pickled attributes."""
import tables, numpy as np, os, tempfile
p = tempfile.mktemp(".h5")
with tables.open_file(p, "w") as f:
    a = f.create_carray("/", "a", obj=np.arange(12).reshape(3, 4)); a.attrs.unit = "m"; a.attrs.obj = {"x": [1, 2]}
    class R(tables.IsDescription):
        n = tables.Int32Col(); s = tables.StringCol(8); x = tables.Float64Col()
    t = f.create_table("/g", "t", R, createparents=True, filters=tables.Filters(5, "zlib"))
    r = t.row
    for i in range(10): r["n"] = i; r["s"] = f"s{i}"; r["x"] = i / 2; r.append()
    t.flush(); t.cols.n.create_index()
with tables.open_file(p) as f:
    print(f.root.a[1:], f.root.a.attrs.unit, f.root.a.attrs.obj, [r["s"] for r in f.root.g.t.where("(n > 3) & (x < 3.5)")], f.root.g.t[2], [n._v_pathname for n in f.walk_nodes()])
    try: f.root.zz
    except tables.NoSuchNodeError as e: print(e)
os.remove(p)
