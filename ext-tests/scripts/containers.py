"""Containers, numbers and text: what they print and how they order."""
import collections
import decimal
import fractions
import itertools
import re
import string

numbers = [0, 1, -1, 2**63, -2**200, 3.0, 1e16, 1e-5, float("inf"), -0.0, 0.1, 1j, complex(1, -0.0), True]
print(numbers)
print([hash(number) for number in numbers])
print([divmod(a, b) for a in (7, -7, 2**70) for b in (3, -3)], 7 % -3.5, pow(3, 2**70, 97), pow(3, -1, 7))
print(round(2.5), round(-1.55, 1), round(12345, -2), (2**100).bit_length(), int.from_bytes(b"\x01\x02", "little"))
for spec in ("10.3f", "<+8", "^8", "e", "g", ",", "_", "%", "08.2f", "z.0f"):
    print(repr(format(-1234.5678, spec)), end=" ")
print()
print(f"{255:#x} {255:#_b} {'text':*^10} {3.14159!r:>10} {10**20:,} {b'x'!s} {'é'!a} {1=} {numbers[0] = !s}")
words = "the quick brown fox jumps over the lazy dog the end".split()
count = collections.Counter(words)
print(count.most_common(2), sorted(set(words)), dict(itertools.groupby(map(len, words), bool)).keys())
ordered = collections.OrderedDict.fromkeys("abc")
ordered.move_to_end("a")
print(ordered, collections.deque(range(5), 3), collections.ChainMap({"a": 1}, {"b": 2}))
matrix = {(i, j): i * j for i in range(3) for j in range(3) if i != j}
print(matrix, {**matrix, (9, 9): 0}.popitem(), matrix | {1: 2} == matrix)
values = list(range(10))
values[2:5] = "xyz!"
del values[::3]
values.sort(key=str, reverse=True)
print(values, values[::-2], [*values, *"ab"][-3:])
print("ß".upper(), "ǅ".swapcase(), "İ".lower(), "e\u0301", "straße".casefold(), "½".isnumeric(), "a\tb".expandtabs(4))
print("a,b,,c".split(","), " x  y ".split(), "line\r\nnext\x0cpage".splitlines(), "abcabc".rpartition("b"))
print(b"bytes \x00\xff", bytearray(b"ab").join([b"1", b"2"]), bytes.fromhex("00 ff"), memoryview(b"abcd")[1:3].tobytes())
print(re.sub(r"(?P<first>\w)(\w*)", lambda m: m["first"].upper() + m[2], "some words"), re.findall(r"(a)|(b)?c", "abcc"))
print(re.split(r"(?<=,)\s*", "a, b,c"), re.fullmatch(r"(?:(\d+)|x)+", "12x3").groups(), re.search(r"(?i)É", "é"))
print(decimal.Decimal("1.10") * 3, fractions.Fraction(3, 6) + 1, string.Template("$a ${b}").substitute(a=1, b=2))
text = {1, "a", None, (1, 2), frozenset({3})}
print(len(text), (1, 2) in text, {1, 2} <= {1, 2, 3}, {1, 2} ^ {2, 3}, sorted({3, 1} | {2}))
recursive = [1]
recursive.append(recursive)
mapping = {"self": None}
mapping["self"] = mapping
print(recursive, mapping)


def match(value):
    match value:
        case 0 | 1:
            return "small"
        case int(n) if n < 0:
            return f"negative {n}"
        case [first, *rest]:
            return f"sequence {first} {rest}"
        case {"key": key, **others}:
            return f"mapping {key} {others}"
        case str() as text:
            return f"text {text}"
        case complex(real=real, imag=imag):
            return f"complex {real} {imag}"
        case _:
            return "other"


for value in (1, -5, (1, 2, 3), [], {"key": 1, "x": 2}, "s", 3j, None):
    print(match(value))
