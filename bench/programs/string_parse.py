# SPDX-License-Identifier: MIT
"""Taking text apart: a hand-written calculator, split and strip, counting of words."""
import sys


class Calculator:
    """Recursive descent over + - * / ( ) and whole numbers; / is floor division."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self):
        char = self.peek()
        self.at += 1
        return char

    def sum(self):
        value = self.term()
        while self.peek() and self.peek() in "+-":
            value = value + self.term() if self.take() == "+" else value - self.term()
        return value

    def term(self):
        value = self.atom()
        while self.peek() and self.peek() in "*/":
            value = value * self.atom() if self.take() == "*" else value // (self.atom() or 1)
        return value

    def atom(self):
        char = self.peek()
        if char == "(":
            self.take()
            value = self.sum()
            assert self.take() == ")"
            return value
        if char == "-":
            self.take()
            return -self.atom()
        start = self.at
        while self.at < len(self.text) and self.text[self.at].isdigit():
            self.at += 1
        return int(self.text[start:self.at])


def parse_records(text):
    total = {}
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if not line or line.startswith("["):
            continue
        key, _, value = line.partition("=")
        fields = [field.strip() for field in value.split(",")]
        total[key.rstrip()] = sum(int(f) if f.isdigit() else len(f) for f in fields if f)
    return total


def count_words(text):
    counts = {}
    for word in text.lower().replace(".", " ").replace(",", " ").split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]


def main(scale):
    formulas = [f"({n} + 3) * {n % 7} - -{n * n} / (1 + {n % 5}) + ((2*{n}))" for n in range(600)]
    settings = "\n".join(f"key{n} = {n}, alpha{n} ,, {n * 3} # remark {n}\n[part]" for n in range(9000))
    prose = "The snake, the king. A king of the grass sleeps, the snake wakes. " * 1800
    for _ in range(scale):
        value = sum(Calculator(text).sum() for _ in range(4) for text in formulas)
        records = parse_records(settings)
        words = count_words(prose)
    print(value, len(records), sum(records.values()), words)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
