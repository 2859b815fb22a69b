# SPDX-License-Identifier: MIT
"""Binary data: struct, bytes, bytearray, memoryview, array, int to bytes and back."""
import array
import struct
import sys

HEADER = struct.Struct("<4sHHI")
ENTRY = struct.Struct(">Bhid")


def checksum(data):
    low, high = 1, 0
    for byte in data:
        low = (low + byte) % 65521
        high = (high + low) % 65521
    return high << 16 | low


def pack(count):
    out = bytearray(HEADER.pack(b"KING", 1, 2, count))
    for n in range(count):
        out += ENTRY.pack(n & 255, n % 1000 - 500, n * n % 100003, n / 4)
    return bytes(out)


def unpack(data):
    magic, _, _, count = HEADER.unpack_from(data)
    total = 0.0
    for a, b, c, d in ENTRY.iter_unpack(memoryview(data)[HEADER.size:]):
        total += a + b + c + d
    return magic, count, total


def squeeze(data):
    """Run lengths: (count, byte) pairs."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 1
        while run < 255 and at + run < len(data) and data[at + run] == data[at]:
            run += 1
        out.append(run)
        out.append(data[at])
        at += run
    return bytes(out)


def unsqueeze(data):
    return b"".join(bytes([data[i + 1]]) * data[i] for i in range(0, len(data), 2))


def main(scale):
    for _ in range(scale):
        data = pack(30000)
        facts = unpack(data)
        runs = b"".join(bytes([n % 7]) * (n % 40) for n in range(5000))
        small = squeeze(runs)
        same = unsqueeze(small) == runs
        cells = array.array("i", range(60000))
        view = memoryview(cells)
        for i in range(0, len(view), 2):
            view[i] = -view[i]
        total = sum(int.from_bytes(data[i:i + 3], "little") for i in range(0, 150000, 3))
        shouted = bytes(b ^ 0x20 for b in b"Snakes" * 15000)
        words = data.hex(":").split(":")[:4], data.find(b"\xff\xff"), data.count(b"\0")
    print(facts, checksum(data[:120000]), len(small), same, sum(cells), total, shouted[:6], words)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
