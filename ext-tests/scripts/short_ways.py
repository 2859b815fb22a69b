"""What is handled without the general way must come out as it does there."""
import io
import os
import tempfile
import weakref


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)


# Calls of types that need no argument tuple.
class Thing:
    pass


class Ref(weakref.ref):
    pass


thing = Thing()
for args, kwargs in ((), {}), ((1,), {}), ((thing, 1, 2), {}), ((thing,), {"callback": 3}), ((), {"object": thing}):
    print(attempt(weakref.ref, *args, **kwargs))
print(weakref.ref(thing) is weakref.ref(thing, None), weakref.ref(thing)() is thing)
print(attempt(Ref), attempt(Ref, thing, k=1), type(Ref(thing)) is Ref, Ref(thing) is Ref(thing))
for args in (), (b"",), (b"bytes",), ("text",), ("text", "ascii"), (b"", b""), (1, 2, 3, 4), (b"a", "x"), (-1,), (3,), ([1, 256],), (1.5,), (None,):
    print(attempt(bytearray, *args))
print(attempt(bytearray, source=b"xy"), attempt(bytearray, x=1), attempt(bytearray, errors="x"))

# Comparisons of small ints, of ASCII text, and truth.
print(attempt(min, []), attempt(max, [], default=3), min([2**40, 3, True]), max([1, 1.5, 2]), max([-1, 0, -5]))
print(attempt(min, [1, "a"]), attempt(max, ["a", 1]), min([3, 1, 2], key=lambda value: -value), attempt(min, 5))
print(attempt(min, (1 / 0 for i in [1])), min([0, -2**30, 2**30 - 1]), max([True, 1]), max([1, True]))
print(all([1, True, None]), any([0, False, ""]), any([0, 2**70]), all([]), attempt(any, (1 // 0 for i in [1])))
words = ["", "a", "\0", "ab", "a\0", "abcdefgh", "abcdefg", "abcdefghi", "abcdefgi", "zzzzzzzz", "\x7fabcdefg"]
print(sorted(words), sorted(words, reverse=True))
print(sorted(words + ["é", "zzzzzzzzé", "zzzzzzz\xff"]), ascii(sorted(words + ["\u20ac", "\U0001f40d"])))


# A set's key is found by identity before it is asked.
class Strange:
    def __eq__(self, other):
        return False

    def __hash__(self):
        return 7


strange = Strange()
print(len({strange, strange}), strange in {strange}, len({strange, Strange()} - {strange}))

# Lines of a text file, and the moments when there is none to read.
ENDS = "one\ntwo\r\nthree\rfour\r\r\nlast"
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lines")
    for extra in "", "\xe9", "\u20ac", "\U0001f40d":
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(extra + ENDS)
        for newline in None, "", "\n", "\r", "\r\n":
            with open(path, encoding="utf-8", newline=newline) as file:
                print(ascii(newline), ascii(list(file)), end=" ")
                file._CHUNK_SIZE = 4
                file.seek(0)
                print(ascii([file.readline(5) for i in range(9)]))

    class Shut(io.TextIOWrapper):
        closed = True

    with open(path, "rb") as raw:
        print(attempt(Shut(raw).readline))
    file = open(path, encoding="utf-8")
    print(file.readline() != "")
    file.buffer.raw.close()
    print(attempt(file.readline), attempt(next, file))
    file = open(path, encoding="utf-8")
    buffer = file.detach()
    print(attempt(file.readline), attempt(next, file), attempt(io.TextIOWrapper.__new__(io.TextIOWrapper).readline))
    file = io.TextIOWrapper(buffer, encoding="utf-8")
    raw = buffer.detach()
    print(attempt(file.readline), attempt(file.flush))
    raw.close()
    with open(path, "r+", encoding="utf-8") as file:
        file.write("start")
        file.seek(0)
        print(ascii(file.readline()), file.tell() > 0)
