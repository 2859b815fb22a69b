# SPDX-License-Identifier: MIT
"""JSON: dumps and loads of nested data, with indent, sorted keys, hooks and broken input."""
import json
import sys


class Money:
    def __init__(self, cents):
        self.cents = cents


class Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, Money):
            return {"__money__": value.cents}
        return super().default(value)


def revive(mapping):
    return Money(mapping["__money__"]) if "__money__" in mapping else mapping


def document(count):
    return {
        "users": [{"id": n, "name": f"user {n}", "tags": ["a", "bé", "c\n"][: n % 4],
                   "score": n / 8, "active": n % 2 == 0, "parent": None if n % 3 else n - 1}
                  for n in range(count)],
        "matrix": [[x * y for x in range(20)] for y in range(20)],
        "text": "line with \"quotes\" and \\ and \u2603 " * 20,
    }


def main(scale):
    data = document(1500)
    errors = 0
    for _ in range(scale):
        for _ in range(8):
            text = json.dumps(data)
            same = json.loads(text) == data
        pretty = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
        tight = json.dumps(data, separators=(",", ":"))
        wallet = json.dumps([Money(n) for n in range(3000)], cls=Encoder)
        cents = sum(m.cents for m in json.loads(wallet, object_hook=revive))
        for n in range(1500):
            try:
                json.loads('{"a": [1, 2, {"b": ' + "x" * (n % 3) + "}]}")
            except json.JSONDecodeError as error:
                errors += error.pos
    print(same, len(text), len(pretty), len(tight), cents, errors)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 14)
