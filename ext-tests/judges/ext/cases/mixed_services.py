# packages: python3-coverage, python3-xxhash, python3-setproctitle, python3-bson, python3-pycryptodome, python3-ruamel.yaml, python3-apsw, python3-ephem, python3-netifaces, python3-blosc, python3-lzo, python3-snappy, python3-pycurl, python3-mysqldb, python3-ldap, python3-systemd
# level: 4
"""A little of many modules: tracing, hashes, ciphers, databases, compression, clients."""
import io, json
def err(f, *a, **k):
    try: return f(*a, **k)
    except Exception as e: return f"{type(e).__name__}: {e}"
import coverage, tempfile, os, sys
src = "def f(x):\n    if x:\n        return 1\n    return 2\nf(1)\n"
p = os.path.join(tempfile.mkdtemp(), "traced.py"); open(p, "w").write(src)
c = coverage.Coverage(data_file=None, branch=True, config_file=False); c.start(); exec(compile(src, p, "exec")); c.stop()
print(sorted(c.get_data().lines(p)), sorted(c.get_data().arcs(p)), c.analysis2(p)[1:4])
import xxhash; print(xxhash.xxh64(b"abc", seed=3).hexdigest(), xxhash.xxh3_128_hexdigest("text"), err(xxhash.xxh32, 5))
import setproctitle; setproctitle.setproctitle("kin"); print(setproctitle.getproctitle())
import bson; print(bson.encode({"a": [1, 2.5, None, "x", b"y"], "d": {"e": True}}), bson.decode(bson.encode({"a": {"b": [1]}})), bson.has_c(), err(bson.encode, {"x": object}), err(bson.decode, b"\5"))
from Cryptodome.Cipher import AES; from Cryptodome.Hash import SHA256, BLAKE2b; from Cryptodome.PublicKey import RSA; from Cryptodome.Util import number
a = AES.new(b"k" * 16, AES.MODE_GCM, nonce=b"n" * 12); print(a.encrypt_and_digest(b"hello"), SHA256.new(b"x").hexdigest()[:16], BLAKE2b.new(data=b"x", digest_bits=256).hexdigest()[:16], number.inverse(3, 101), number.isPrime(2 ** 89 - 1), err(AES.new, b"k", AES.MODE_ECB))
import ruamel.yaml; y = ruamel.yaml.YAML(typ="safe"); print(y.load("a: [1, 2, {b: c}]\nd: 2020-01-02"), err(y.load, "a: [1")[:30])
import apsw; db = apsw.Connection(":memory:"); cur = db.cursor(); cur.execute("create table t(a, b)"); cur.executemany("insert into t values(?, ?)", [(i, f"s{i}") for i in range(5)])
db.createscalarfunction("twice", lambda x: x * 2); print(list(cur.execute("select twice(a), b from t where a > 2")), err(cur.execute, "select nope"), err(lambda: list(cur.execute("select twice('a', 1)"))))
def boom(x): raise KeyError("in sql")
db.createscalarfunction("boom", boom); print(err(lambda: list(cur.execute("select boom(1)"))))
import ephem; print(ephem.Mars("2020/1/2").ra, ephem.next_full_moon("2020/1/1"), ephem.degrees("12:30") + 1, err(ephem.Date, "x"))
import netifaces; print("lo" in netifaces.interfaces(), netifaces.ifaddresses("lo")[netifaces.AF_INET][0]["addr"], err(netifaces.ifaddresses, "zz9"))
import blosc; d = bytes(range(100)) * 50; print(blosc.decompress(blosc.compress(d, 4)) == d, err(blosc.decompress, b"x" * 20)[:20])
import lzo; print(lzo.decompress(lzo.compress(d)) == d, err(lzo.decompress, b"zzzz")[:20])
import snappy; print(snappy.uncompress(snappy.compress(d)) == d, err(snappy.uncompress, b"\xff" * 9)[:30])
import pycurl; h = pycurl.Curl(); b = io.BytesIO(); h.setopt(pycurl.URL, "file://" + p); h.setopt(pycurl.WRITEFUNCTION, b.write); h.perform(); print(b.getvalue()[:12], h.getinfo(pycurl.SIZE_DOWNLOAD), err(h.setopt, pycurl.URL, 5), err(h.setopt, -1, 5))
import MySQLdb, ldap, systemd.id128, systemd.journal; print(err(MySQLdb.connect, host="127.0.0.1", port=1)[:16], MySQLdb.escape_string("a'b"), ldap.dn.explode_dn("cn=a,dc=b"), err(ldap.initialize("ldap://127.0.0.1:1").simple_bind_s)[:18], systemd.id128.get_machine if hasattr(systemd.id128, "get_machine") is None else "id")
