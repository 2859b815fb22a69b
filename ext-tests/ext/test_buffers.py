# SPDX-License-Identifier: MIT
from buffers import Matrix, byte_sum, fill

m = Matrix(2, 3)
assert m.exports == 0
v = memoryview(m)
assert (m.exports, v.shape, v.strides, v.format, v.nbytes, v.readonly) == (1, (2, 3), (24, 8), "d", 48, False)
v[1, 2] = 2.5
assert v.tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 2.5]] and v[1, 2] == 2.5
flat = v.cast("B").cast("d")
assert list(flat) == [0, 0, 0, 0, 0, 2.5]
assert bytes(m)[-8:] == bytes(flat[5:])
flat.release()
v.release()
assert m.exports == 0
try:
    v[0, 0]
except ValueError as error:
    assert "released" in str(error)
else:
    raise AssertionError("read after release")

assert byte_sum(b"abc") == 294 and byte_sum(memoryview(b"a.b.")[:2]) == 97 + 46
for bad in ("text", 5, memoryview(b"a.b.")[::2]):
    try:
        byte_sum(bad)
    except (TypeError, BufferError):
        pass
    else:
        raise AssertionError(bad)
array = bytearray(4)
fill(array, 7)
assert array == b"\7\7\7\7"
fill(m, 0)
assert m.exports == 0
try:
    fill(b"fixed", 1)
except TypeError as error:
    assert str(error) == "fill() argument 1 must be read-write bytes-like object, not bytes"
else:
    raise AssertionError("wrote to bytes")
