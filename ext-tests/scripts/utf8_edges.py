"""UTF-8 both ways: every width mixed with ASCII runs, errors anywhere, all handlers, input in parts."""
import codecs
import random

HANDLERS = ["strict", "ignore", "replace", "surrogatepass", "surrogateescape", "backslashreplace"]
ALPHABETS = ["abcdefgh" * 3, "abc\xe9", "a\xe9\u20ac", "a\u20ac", "ab\u20ac\U0001f600", "\xe9", "\u20acx",
             "x\ud800", "\udc80abc\u20ac", "\U0001f600", "abcdefghijklmnop\xe9", "\u041f\u0440 ",
             "\u65e5\u672c a"]
BYTES = [0x41, 0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]


def outcome(function, *args):
    try:
        return function(*args)
    except UnicodeError as error:
        return error.start, error.end, error.reason


def in_parts(data, cut, handler):
    decoder = codecs.getincrementaldecoder("utf-8")(handler)
    return decoder.decode(data[:cut]), decoder.getstate(), decoder.decode(data[cut:], True)


def damaged(data, rng):
    data = bytearray(data)
    for _ in range(rng.randrange(4)):
        if data:
            at = rng.randrange(len(data))
            data[at:at + 1] = rng.choice([b"", bytes([rng.choice(BYTES)])])
    return bytes(data)


rng = random.Random(5)
digest = 0
for i in range(4000):
    text = "".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(rng.randrange(60)))
    data = text.encode("utf-8", "surrogatepass")
    assert data.decode("utf-8", "surrogatepass") == text
    broken = damaged(data, rng)
    cut = rng.randrange(len(broken) + 1)
    results = []
    for handler in HANDLERS:
        results += [outcome(text.encode, "utf-8", handler), outcome(broken.decode, "utf-8", handler),
                    outcome(in_parts, broken, cut, handler)]
    digest = (digest * 31 + sum(map(ord, repr(results)))) % (1 << 61)
    if i % 200 == 0:
        print(ascii(results))
print(digest)
