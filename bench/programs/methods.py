# SPDX-License-Identifier: MIT
"""Many small objects that call one another's methods: inheritance, super, properties."""
import sys


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.moves = 0

    @property
    def balance(self):
        return self._balance

    def fee(self, amount):
        return 0

    def deposit(self, amount):
        self._balance += amount
        self.moves += 1

    def withdraw(self, amount):
        cost = amount + self.fee(amount)
        if cost > self.balance:
            return False
        self._balance -= cost
        self.moves += 1
        return True


class FeeAccount(Account):
    def fee(self, amount):
        return super().fee(amount) + amount // 100


class CreditAccount(FeeAccount):
    limit = 500

    @property
    def balance(self):
        return self._balance + self.limit


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Slotted(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    @classmethod
    def origin(cls):
        return cls(0, 0)

    @staticmethod
    def distance(a, b):
        return abs(a.x - b.x) + abs(a.y - b.y)


class Bank:
    def __init__(self, accounts):
        self.accounts = accounts
        self.refused = 0

    def transfer(self, source, target, amount):
        if self.accounts[source].withdraw(amount):
            self.accounts[target].deposit(amount)
        else:
            self.refused += 1


def main(scale):
    kinds = (Account, FeeAccount, CreditAccount)
    bank = Bank([kinds[i % 3](f"owner{i}", 1000) for i in range(30)])
    state = 17
    for _ in range(140000 * scale):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        bank.transfer((state >> 8) % 30, (state >> 16) % 30, state % 97)
    place, same = Slotted.origin(), 0
    for i in range(120000 * scale):
        place = place + Slotted(i & 3, 1)
        same += place == Slotted(i, i)
    print(sum(a._balance for a in bank.accounts), sum(a.moves for a in bank.accounts),
          bank.refused, same, Slotted.distance(place, Slotted.origin()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
