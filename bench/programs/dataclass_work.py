# SPDX-License-Identifier: MIT
"""Dataclasses: creation, comparison, ordering, hashing, replace, asdict; class building too."""
import sys
from dataclasses import asdict, astuple, dataclass, field, make_dataclass, replace


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0
    patch: int = 0


@dataclass
class Package:
    name: str
    version: Version
    needs: list = field(default_factory=list)
    size: int = field(default=0, compare=False)
    label: str = field(init=False, repr=False)

    def __post_init__(self):
        self.label = f"{self.name}-{self.version.major}"


@dataclass(slots=True)
class Point:
    x: float
    y: float

    def moved(self, dx, dy):
        return Point(self.x + dx, self.y + dy)


def main(scale):
    for _ in range(scale):
        versions = [Version(n % 5, n * 7 % 11, n * 3 % 13) for n in range(12000)]
        distinct, latest = len(set(versions)), max(versions)
        ordered = sorted(versions[:1500])
        packages = [Package(f"p{n % 40}", v, size=n) for n, v in enumerate(versions[:6000])]
        for before, after in zip(packages, packages[1:]):
            after.needs.append(before.version)
        equal = sum(a == b for a, b in zip(packages, packages[5:]))
        newer = [replace(p.version, major=p.version.major + 1) for p in packages]
        dumped = sum(len(asdict(p)["needs"]) + astuple(p)[3] for p in packages[:1500])
        point = Point(0.0, 0.0)
        for n in range(60000):
            point = point.moved(1.0, n & 1)
        built = [make_dataclass(f"Made{n}", [("a", int), ("b", str, "x")])(n) for n in range(12)]
    print(distinct, latest, ordered[700], equal, newer[17], dumped, point, built[-1])
    print(packages[1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
