# packages: python3-brotli, python3-crcmod, python3-fonttools
# level: 2
"""Compression, checksums and curves."""
import brotli, crcmod.predefined, hashlib
from fontTools.misc import bezierTools
from fontTools.pens.boundsPen import BoundsPen
c = brotli.compress(b"hello " * 100); print(len(c), brotli.decompress(c)[:12])
k = brotli.Compressor(quality=5); print(len(k.process(b"a" * 1000) + k.finish()))
for v in (b"x", "s", 5):
    try: brotli.decompress(v)
    except Exception as e: print(type(e).__name__, e)
print(hex(crcmod.predefined.mkCrcFun("crc-32")(b"123456789")), hex(crcmod.predefined.mkCrcFun("crc-64")(b"123456789")), hex(crcmod.mkCrcFun(0x104C11DB7, initCrc=0)(b"123456789")))
print(bezierTools.calcQuadraticBounds((0, 0), (50, 100), (100, 0)), bezierTools.splitCubicAtT((0, 0), (25, 100), (75, 100), (100, 0), 0.5), bezierTools.__file__[-3:])
p = BoundsPen(None); p.moveTo((0, 0)); p.curveTo((1, 5), (3, 5), (4, 0)); p.closePath(); print(p.bounds)
