# SPDX-License-Identifier: MIT
"""The compiler: source to code, eval of small expressions, ast walks, unparse."""
import ast
import sys

UNIT = '''
class Thing{n}(Base):
    """Thing number {n}."""
    kind: str = "t{n}"

    def __init__(self, *items, size={n}, **more):
        self.items = [item for item in items if item is not None]
        self.size, self.more = size, more

    @property
    def total(self):
        try:
            return sum(i * {n} for i in self.items) + len(self.more)
        except (TypeError, ValueError) as error:
            raise RuntimeError(f"bad {{self.kind!r:>10}} {{error}}") from error
        finally:
            self.size += 1

    async def wait(self, other):
        async with other as lock:
            return await lock.get({n}) if lock else {{"a": {n}, **self.more}}

    def pick(self, value):
        match value:
            case [x, y, *rest] if x > {n}:
                return lambda z=x: z + y + len(rest)
            case {{"key": str() as text}}:
                return text[1:{n}:-1]
            case _:
                while value and value < {n}: value += 1
                return not value
'''


class Census(ast.NodeVisitor):
    def __init__(self):
        self.counts = {}

    def generic_visit(self, node):
        name = type(node).__name__
        self.counts[name] = self.counts.get(name, 0) + 1
        super().generic_visit(node)


def main(scale):
    source = "class Base: pass\n" + "".join(UNIT.format(n=n) for n in range(1, 26))
    for _ in range(scale):
        for _ in range(4):
            code = compile(source, "made", "exec")
        space = {}
        exec(code, space)
        total = space["Thing7"](1, None, 3, extra=2).total
        evaluated = sum(eval(f"({n} * 3 + len('{n}')) % 7 if {n} else [1, 2][0]") for n in range(1200))
        tree = ast.parse(source)
        census = Census()
        census.visit(tree)
        again = ast.dump(ast.parse(ast.unparse(tree))) == ast.dump(tree)
        wrong = 0
        for text in ("a b", "def f(:", "x = (1", "for in y:", "'open", "return", "1 = x") * 20:
            try:
                compile(text, "bad", "exec")
            except SyntaxError as error:
                wrong += error.offset or 0
    print(total, evaluated, again, wrong, sorted(census.counts.items(), key=lambda c: (-c[1], c[0]))[:6])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
