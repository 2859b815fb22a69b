# SPDX-License-Identifier: MIT
"""Exceptions: raised, caught far away, chained, regrouped; finally and with on the way."""
import sys


class Problem(Exception):
    def __init__(self, code, text="problem"):
        super().__init__(code, text)
        self.code = code


class SmallProblem(Problem):
    pass


class Guard:
    def __init__(self, log, silent):
        self.log = log
        self.silent = silent

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.log[kind.__name__] = self.log.get(kind.__name__, 0) + 1
        return self.silent


def dig(depth, code):
    if depth == 0:
        raise (SmallProblem if code % 3 else Problem)(code)
    dig(depth - 1, code)


def careful(code, log):
    try:
        dig(code % 8, code)
    except SmallProblem as small:
        return small.code
    except Problem as problem:
        try:
            raise ValueError(f"code {problem.code}") from problem
        except ValueError as error:
            assert error.__cause__ is problem
            return -error.__cause__.code
    finally:
        log["finally"] = log.get("finally", 0) + 1


def main(scale):
    log, total, missing = {}, 0, 0
    table, row = {n: n for n in range(0, 100, 2)}, (1, 2, 3)
    for i in range(35000 * scale):
        total += careful(i, log)
    for i in range(60000 * scale):
        try:
            missing += table[i % 100]
        except KeyError as error:
            missing -= error.args[0]
        try:
            row[i % 6]
        except IndexError:
            missing += 1
        with Guard(log, True):
            if i % 5 == 0:
                int("x")
            elif i % 5 == 1:
                None.attribute
    grouped = 0
    for i in range(4000 * scale):
        try:
            raise ExceptionGroup("both", [ValueError(i), TypeError(i), OSError(i, "no")])
        except* (ValueError, TypeError) as group:
            grouped += len(group.exceptions)
        except* OSError as group:
            grouped += group.exceptions[0].errno % 7
    print(total, missing, grouped, sorted(log.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
