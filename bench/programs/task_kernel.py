# SPDX-License-Identifier: MIT
"""A kitchen run by a small scheduler: jobs with priorities, mailboxes and states."""
import sys

READY, WAITING, DONE = range(3)


class Order:
    def __init__(self, number, courses):
        self.number = number
        self.courses = courses
        self.stamps = []


class Job:
    """Runs one step at a time; sleeps while its mailbox is empty."""

    def __init__(self, kitchen, name, priority):
        self.kitchen, self.name, self.priority = kitchen, name, priority
        self.state = WAITING
        self.box = []
        self.steps = 0
        kitchen.jobs.append(self)

    def send(self, item):
        self.box.append(item)
        if self.state == WAITING:
            self.kitchen.wake(self)

    def run(self):
        self.steps += 1
        if self.box:
            self.handle(self.box.pop(0))
        if not self.box and self.state == READY:
            self.state = WAITING

    def handle(self, item):
        raise NotImplementedError


class Waiter(Job):
    def __init__(self, kitchen, count):
        super().__init__(kitchen, "waiter", 1)
        self.left, self.served, self.seed = count, 0, 12345
        self.check = 0

    def roll(self, sides):
        self.seed = (self.seed * 16807) % 2147483647
        return self.seed % sides

    def handle(self, item):
        if isinstance(item, Order):
            self.served += 1
            self.check = (self.check * 7 + sum(item.stamps) + item.number) % 1000003
        if self.left:
            self.left -= 1
            courses = [self.kitchen.cooks[self.roll(len(self.kitchen.cooks))] for _ in range(1 + self.roll(4))]
            self.kitchen.chef.send(Order(self.left, courses))
        elif self.served == self.kitchen.total:
            self.state = DONE


class Chef(Job):
    def handle(self, order):
        if order.courses:
            order.courses.pop().send(order)
        else:
            self.kitchen.waiter.send(order)


class Cook(Job):
    def __init__(self, kitchen, name, priority, pace):
        super().__init__(kitchen, name, priority)
        self.pace, self.heat = pace, 0

    def handle(self, order):
        self.heat = (self.heat + self.pace) % 17
        order.stamps.append(self.heat)
        self.kitchen.chef.send(order)


class Kitchen:
    def __init__(self, total):
        self.total = total
        self.jobs, self.ready = [], []
        self.turns = 0
        self.waiter = Waiter(self, total)
        self.chef = Chef(self, "chef", 5)
        self.cooks = [Cook(self, f"cook{n}", 2 + n % 3, n + 2) for n in range(5)]

    def wake(self, job):
        job.state = READY
        self.ready.append(job)

    def pick(self):
        best = self.ready[0]
        for job in self.ready:
            if job.priority > best.priority:
                best = job
        return best

    def run(self):
        for _ in range(6):
            self.waiter.send("start")
        while self.ready:
            job = self.pick()
            job.run()
            self.turns += 1
            if job.state != READY:
                self.ready.remove(job)


def main(scale):
    kitchen = Kitchen(22000 * scale)
    kitchen.run()
    print(kitchen.turns, kitchen.waiter.served, kitchen.waiter.check,
          [(job.name, job.steps) for job in kitchen.jobs])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
