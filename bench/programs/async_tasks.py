# SPDX-License-Identifier: MIT
"""Async tasks on the standard loop: queues, gather, locks, async generators and managers."""
import asyncio
import sys


async def produce(queue, name, count):
    for i in range(count):
        await queue.put((name, i))
    await queue.put(None)


async def consume(queue, producers):
    total = 0
    while producers:
        item = await queue.get()
        if item is None:
            producers -= 1
        else:
            total += item[0] * item[1]
    return total


class Turnstile:
    """Counts how often it was entered and how many were inside at once."""

    def __init__(self, width):
        self.gate = asyncio.Semaphore(width)
        self.inside = self.most = self.entered = 0

    async def __aenter__(self):
        await self.gate.acquire()
        self.inside += 1
        self.entered += 1
        self.most = max(self.most, self.inside)

    async def __aexit__(self, *exception):
        self.inside -= 1
        self.gate.release()


async def visit(turnstile, times):
    for _ in range(times):
        async with turnstile:
            await asyncio.sleep(0)


async def ticks(count):
    for i in range(count):
        if i % 16 == 0:
            await asyncio.sleep(0)
        yield i


async def nested(depth):
    if depth == 0:
        await asyncio.sleep(0)
        return 1
    return await nested(depth - 1) + 1


async def work(scale):
    queue = asyncio.Queue(8)
    producers = [asyncio.create_task(produce(queue, n, 900 * scale)) for n in range(5)]
    total = await consume(queue, len(producers))
    await asyncio.gather(*producers)
    turnstile = Turnstile(3)
    await asyncio.gather(*(visit(turnstile, 120 * scale) for _ in range(10)))
    ticked = sum([i async for i in ticks(40000 * scale) if i & 1])
    depths = await asyncio.gather(*(nested(i % 40) for i in range(1500 * scale)))
    failed = await asyncio.gather(*(asyncio.wait_for(asyncio.Event().wait(), 0)
                                    for _ in range(20)), return_exceptions=True)
    return (total, turnstile.entered, turnstile.most, ticked, sum(depths),
            sum(isinstance(e, asyncio.TimeoutError) for e in failed))


if __name__ == "__main__":
    print(*asyncio.run(work(int(sys.argv[1]) if len(sys.argv) > 1 else 6)))
