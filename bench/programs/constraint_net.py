# SPDX-License-Identifier: MIT
"""Rules between cells: changes spread by rank, rules come and go, loops are refused."""
import sys


class Cell:
    __slots__ = ("name", "value", "rank", "rule", "readers")

    def __init__(self, name, value=0):
        self.name, self.value, self.rank = name, value, 0
        self.rule, self.readers = None, []


class Rule:
    """Keeps `target` equal to what compute() makes of the sources."""

    def __init__(self, target, *sources):
        self.target, self.sources = target, sources


class Linear(Rule):
    def __init__(self, target, source, factor=1, offset=0):
        super().__init__(target, source)
        self.factor, self.offset = factor, offset

    def compute(self):
        return (self.sources[0].value * self.factor + self.offset) % 1000003


class Largest(Rule):
    def compute(self):
        return max(source.value for source in self.sources)


class Net:
    def __init__(self):
        self.runs = self.changes = 0

    def attach(self, rule):
        target = rule.target
        if any(self.reaches(target, source) for source in rule.sources):
            raise ValueError(target.name)
        if target.rule is not None:
            self.detach(target.rule)
        target.rule = rule
        for source in rule.sources:
            source.readers.append(rule)
        self.lift(target)
        self.spread([rule])

    def detach(self, rule):
        rule.target.rule = None
        for source in rule.sources:
            source.readers.remove(rule)

    def reaches(self, start, goal):
        seen, stack = set(), [start]
        while stack:
            cell = stack.pop()
            if cell is goal:
                return True
            if cell not in seen:
                seen.add(cell)
                stack.extend(rule.target for rule in cell.readers)
        return False

    def lift(self, cell):
        """Ranks grow along the rules, so that each rule runs after those it reads from."""
        stack = [cell]
        while stack:
            cell = stack.pop()
            need = 1 + max(source.rank for source in cell.rule.sources)
            if cell.rank < need:
                cell.rank = need
                stack.extend(rule.target for rule in cell.readers)

    def spread(self, rules):
        waiting = {}
        for rule in rules:
            waiting.setdefault(rule.target.rank, []).append(rule)
        while waiting:
            for rule in waiting.pop(min(waiting)):
                self.runs += 1
                target, value = rule.target, rule.compute()
                if value != target.value:
                    target.value = value
                    self.changes += 1
                    for reader in target.readers:
                        queue = waiting.setdefault(reader.target.rank, [])
                        if reader not in queue:
                            queue.append(reader)

    def put(self, cell, value):
        cell.value = value
        self.spread(cell.readers)


def main(scale):
    net, refused = Net(), 0
    chain = [Cell(f"c{n}") for n in range(250)]
    for before, after in zip(chain, chain[1:]):
        net.attach(Linear(after, before, 3, 1) if before.name.endswith("5") else Linear(after, before))
    leaves = [Cell(f"leaf{n}", n) for n in range(64)]
    level, tree = leaves, []
    while len(level) > 1:
        above = [Cell(f"max{len(tree)}-{n}") for n in range(len(level) // 2)]
        for n, cell in enumerate(above):
            net.attach(Largest(cell, level[2 * n], level[2 * n + 1]))
        tree.append(above)
        level = above
    for n in range(350 * scale):
        net.put(chain[0], n)
        for k in range(12):
            net.put(leaves[(n * 5 + k) % 64], n * 7 % 101 + k)
        if n % 10 == 0:
            try:
                net.attach(Linear(chain[3], chain[-1]))
            except ValueError:
                refused += 1
            net.attach(Linear(chain[200], chain[199], n % 5 + 1, n))
    print(net.runs, net.changes, refused, chain[-1].value, level[0].value, chain[-1].rank)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
