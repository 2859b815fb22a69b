# SPDX-License-Identifier: MIT
"""Context variables, with statements, context managers made of generators, exit stacks."""
import sys
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from contextvars import ContextVar, copy_context

level = ContextVar("level", default=0)
user = ContextVar("user")
trail = []


@contextmanager
def raised_by(amount):
    token = level.set(level.get() + amount)
    try:
        yield level.get()
    finally:
        level.reset(token)


class Door:
    opened = 0

    def __enter__(self):
        Door.opened += 1
        return self

    def __exit__(self, *exception):
        Door.opened -= 1

    def close(self):
        trail.append(level.get())


def work(depth):
    with raised_by(depth) as now:
        return now if depth == 0 else now + work(depth - 1)


def as_user(name):
    user.set(name)
    return len(user.get()) + level.get()


def main(scale):
    total = 0
    for n in range(7000 * scale):
        total += work(n % 6)
        context = copy_context()
        total += context.run(as_user, f"user{n}")
        total += user not in copy_context()
    for n in range(25000 * scale):
        with Door(), Door() as door, nullcontext(n):
            total += Door.opened
        with suppress(ZeroDivisionError):
            total += 1 // (n % 3)
        if n % 25 == 0:
            with ExitStack() as stack:
                doors = [stack.enter_context(Door()) for _ in range(5)]
                stack.enter_context(closing(door))
                stack.callback(trail.append, n % 4)
                total += Door.opened
    print(total, level.get(), Door.opened, len(trail), sum(trail), len(copy_context()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
