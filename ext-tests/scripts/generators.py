"""Generators and coroutines: sending, throwing, delegation, finalisation."""
import asyncio


def inner():
    try:
        received = yield "ready"
        while received is not None:
            received = yield received * 2
    except KeyError as error:
        yield f"caught {error!r}"
    finally:
        print("inner is finished")
    return "result"


def outer():
    print("inner gave", (yield from inner()))


generator = outer()
print(next(generator), generator.send(4), generator.send("ab"))
print(generator.throw(KeyError("lost")))
try:
    next(generator)
except StopIteration as stop:
    print("stopped with", stop.value)


def stubborn():
    try:
        yield 1
    finally:
        yield 2


try:
    generator = stubborn()
    next(generator)
    generator.close()
except RuntimeError as error:
    print(error)


def leaks_stop():
    yield next(iter(()))


try:
    list(leaks_stop())
except RuntimeError as error:
    print(error, repr(error.__cause__))


async def ticks(count):
    for i in range(count):
        await asyncio.sleep(0)
        yield i


async def work(name):
    return name, [i async for i in ticks(3) if i != 1]


async def main():
    print(await asyncio.gather(work("a"), work("b")))
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as error:
        print(type(error).__name__)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work(i)) for i in range(2)]
    print([task.result() for task in tasks])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(ValueError("one")))
            group.create_task(fail(TypeError("two")))
    except* ValueError as errors:
        print(errors.exceptions)
    except* TypeError as errors:
        print(errors.exceptions)


async def fail(error):
    raise error


asyncio.run(main())
