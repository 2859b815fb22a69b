"""Fifty threads, signals, collector runs and forks at once: no crash, no deadlock, no leak.

    INTERPRETER stress.py [SECONDS] [--threads N] [--growth MIB] [--seed N] [--jobs NAME,...]

Worker threads draw jobs at random; the main thread takes signals, forks, starts programs and
subinterpreters, and throws exceptions into threads. Now and then everybody waits at a checkpoint where
memory, objects, descriptors, threads and children are counted: the last count may not be above the
first. All of it happens in a child of this program, which ends a run that hangs, with every thread's stack.
"""
import argparse
import asyncio
import collections
import contextvars
import ctypes
import faulthandler
import gc
import hashlib
import io
import json
import os
import queue
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import weakref
import _thread
import zlib

PATIENCE = 120  # seconds without progress that count as a deadlock
PAGE = os.sysconf("SC_PAGESIZE")


class Thrown(Exception):
    """What is thrown into threads from outside, and by a signal handler."""


class Node:
    """A member of cycles, with a finaliser."""

    __slots__ = ("peer", "load", "__weakref__")
    finalised = 0

    def __init__(self, peer=None):
        self.peer, self.load = peer, bytearray(100)

    def __del__(self):
        Node.finalised += 1


class Shared:
    """What all threads change without a lock."""

    table = {}
    row = []
    members = set()
    lines = queue.Queue(100)
    lock = threading.RLock()
    condition = threading.Condition()
    semaphore = threading.Semaphore(5)
    local = threading.local()
    forks = threading.Semaphore(3)
    variable = contextvars.ContextVar("variable", default=0)


JOBS = {}


def job(function):
    JOBS[function.__name__] = function
    return function


@job
def containers(rng):
    table, row, members = Shared.table, Shared.row, Shared.members
    for _ in range(50):
        key = rng.randrange(300)
        table[key] = [key, str(key)]
        table.pop(key + 1, None)
        members.add(key)
        members.discard(key - 1)
        row.append(key)
        try:
            for k, v in table.items():
                len(v)
            sorted(members)
            row.sort()
        except (RuntimeError, ValueError):
            pass
        if len(row) > 200:
            del row[::2]


@job
def exceptions(rng):
    def deeper(n):
        try:
            if n == 0:
                raise KeyError(n)
            deeper(n - 1)
        except KeyError as error:
            raise ValueError(n) from error
        finally:
            n += 1
    for _ in range(5):
        try:
            deeper(rng.randrange(10))
        except (ValueError, KeyError) as error:
            traceback.format_exception(error)

    def endless():
        return endless()
    try:
        endless()
    except RecursionError:
        pass
    try:
        raise ExceptionGroup("group", [ValueError(1), TypeError(2)])
    except* ValueError:
        pass
    except* TypeError:
        pass


@job
def generators(rng):
    def numbers(limit):
        try:
            for i in range(limit):
                yield i
        finally:
            len(str(limit))

    def nested(depth):
        if depth:
            yield from nested(depth - 1)
        yield from numbers(5)
    started = []
    for i in range(20):
        g = nested(i % 5)
        next(g)
        started.append(g)
    started[0].close()
    try:
        started[1].throw(KeyError("thrown"))
    except KeyError:
        pass
    cycle = [started.pop()]
    cycle.append(cycle)
    sum(sum(g) for g in started)


@job
def coroutines(rng):
    async def leaf(n):
        await asyncio.sleep(0)
        return n

    async def root():
        tasks = [asyncio.ensure_future(leaf(i)) for i in range(10)]
        tasks[3].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)
    asyncio.run(root())


@job
def queues(rng):
    try:
        if rng.random() < 0.5:
            Shared.lines.put(Node(), timeout=0.01)
        else:
            Shared.lines.get(timeout=0.01)
    except (queue.Full, queue.Empty):
        pass


@job
def locks(rng):
    if Shared.lock.acquire(timeout=0.005):
        try:
            with Shared.lock:
                time.sleep(0)
        finally:
            Shared.lock.release()
    with Shared.condition:
        Shared.condition.notify_all()
        Shared.condition.wait(0.001)
    if Shared.semaphore.acquire(timeout=0.01):
        Shared.semaphore.release()
    own = _thread.allocate_lock()
    own.acquire()
    own.acquire(timeout=0.0001)
    own.release()


@job
def weakrefs(rng):
    values, keys = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary()
    seen = []
    for i in range(100):
        node = values[i] = Node()
        node.peer = Node(node)
        keys[node] = i
        weakref.ref(node, seen.append)
    weakref.finalize(node, seen.append, 1)
    proxy = weakref.proxy(node)
    proxy.load = b"new"
    list(values.items()), list(keys.items())
    del node
    try:
        len(proxy.load)
    except ReferenceError:
        pass


@job
def collector(rng):
    gc.collect(rng.randrange(3))
    if rng.random() < 0.05:
        for thing in gc.get_objects(0):
            gc.is_tracked(thing)
        gc.get_referrers(Shared.row)
    gc.set_threshold(rng.choice((50, 700, 2000)), 10, 10)


@job
def thread_locals(rng):
    Shared.local.value = Node()
    Shared.local.list = [Shared.local.value]
    context = contextvars.copy_context()

    def inside():
        token = Shared.variable.set(rng.random())
        Shared.variable.get()
        Shared.variable.reset(token)
        Shared.variable.set(Node())
    for _ in range(20):
        context.run(inside)
        context = context.copy()


@job
def text(rng):
    document = {str(i): [i, float(i), None, "é" * i, {"k": i}] for i in range(40)}
    assert json.loads(json.dumps(document)) == document
    re.sub(r"(\w+)\s(\d+)", lambda m: m[2] + m[1], "alpha 12 beta 34 " * 20)
    block = os.urandom(20000)
    assert zlib.decompress(zlib.compress(block)) == block
    hashlib.sha256(block * 5).hexdigest()
    n = rng.getrandbits(4000)
    assert n * n // (n or 1) == n and int(str(n)) == n
    "{:>10} {!r} {:x}".format("a", "b", n).encode().decode()


@job
def streams(rng):
    with tempfile.TemporaryFile("w+") as file:
        file.write("line\n" * 500)
        file.seek(0)
        assert len(file.readlines()) == 500
    reader, writer = os.pipe()
    os.write(writer, b"x" * 100)
    os.close(writer)
    with open(reader, "rb") as file:
        assert len(file.read()) == 100
    buffer = io.TextIOWrapper(io.BufferedRandom(io.BytesIO()), encoding="utf-8")
    buffer.write("é" * 1000)
    buffer.flush()


@job
def threads(rng):
    done = []
    started = [threading.Thread(target=done.append, args=(i,)) for i in range(3)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    assert len(done) == 3


@job
def introspection(rng):
    for frame in sys._current_frames().values():
        while frame is not None:
            frame.f_lineno, frame.f_code.co_name
            frame = frame.f_back

    def trace(frame, event, arg):
        return trace if rng.random() < 0.5 else None
    sys.settrace(trace)
    try:
        generators(rng)
    finally:
        sys.settrace(None)
    sys.setprofile(lambda *args: None)
    try:
        thread_locals(rng)
    finally:
        sys.setprofile(None)
    sys.setswitchinterval(rng.choice((1e-6, 1e-5, 1e-4, 5e-3)))


class Target:
    """A class whose attributes are changed while others use them."""

    value = 0

    def method(self):
        return self.value


@job
def classes(rng):
    space = {}
    exec(compile("def f(n):\n    return sum(i * n for i in range(10))\n", "<made>", "exec"), space)
    space["f"](3)
    made = type("Made", (Target,), {"other": property(lambda self: self.value), "f": space["f"]})
    instance = made()
    for i in range(50):
        Target.value = i
        instance.method()
        instance.other
        made.extra = i
        instance.extra
    Target.method = lambda self: self.value
    instance.method()


@job
def signals(rng):
    number = rng.choice((signal.SIGUSR1, signal.SIGUSR2))
    if rng.random() < 0.5:
        os.kill(os.getpid(), number)
    else:
        signal.pthread_kill(threading.main_thread().ident, number)


def work_of_child(seed):
    """What a forked child does: it may not touch a lock that another thread could have held."""
    rng = random.Random(seed)
    for name in ("exceptions", "generators", "weakrefs", "thread_locals", "classes", "threads"):
        JOBS[name](rng)
    gc.collect()


def end_of(pid):
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        Run.problems.append(f"a child ended with {status}")


@job
def forks(rng):
    if rng.random() < 0.9 or not Shared.forks.acquire(timeout=0.01):
        return
    try:
        seed, grand = rng.random(), rng.random() < 0.3
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                work_of_child(seed)
                if grand:
                    pid = os.fork()
                    if pid == 0:
                        os._exit(0)
                    os.waitpid(pid, 0)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        end_of(pid)
    finally:
        Shared.forks.release()


class Run:
    """The state of the run: workers count their rounds; a pause stops them at the checkpoint."""

    problems = []
    rounds = collections.Counter()
    beats = {}
    is_over = False
    pause = False
    resume = threading.Event()
    paused = 0
    guard = threading.Lock()
    throwable = False
    caught = 0
    taken = 0


def worker(number, seed, names):
    rng = random.Random(seed)
    while not Run.is_over:
        if Run.pause:
            with Run.guard:
                Run.paused += 1
            Run.resume.wait()
            with Run.guard:
                Run.paused -= 1
        name = rng.choice(names)
        try:
            JOBS[name](rng)
        except BaseException:
            Run.problems.append(f"{name}: {traceback.format_exc()}")
        Run.rounds[name] += 1
        Run.beats[number] = time.monotonic()


class Victim:
    """A thread into which exceptions are thrown."""

    def __init__(self):
        self.is_open, self.is_over = False, False
        self.ident = _thread.start_new_thread(self.run, ())

    def run(self):
        try:
            while not self.is_over and not Run.is_over:
                try:
                    self.is_open = True
                    for i in range(1000):
                        try:
                            [str(j) for j in range(20)]
                            Node().peer
                        finally:
                            i += 1
                    self.is_open = False
                    time.sleep(0)
                except Thrown:
                    Run.caught += 1
        except Thrown:
            Run.caught += 1
        finally:
            self.is_over = True

    def hit(self):
        if self.is_open and not self.is_over:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.ident), ctypes.py_object(Thrown))


def take_signal(number, frame):
    Run.taken += 1
    [Node() for _ in range(3)]
    if Run.throwable and number == signal.SIGALRM:
        Run.throwable = False
        raise Thrown


def be_interrupted():
    try:
        Run.throwable = True
        signal.setitimer(signal.ITIMER_REAL, 0.001 + random.random() / 100)
        time.sleep(0.01)
        sum(range(1000))
        Run.throwable = False
    except Thrown:
        Run.caught += 1


def child_that_ends_by_itself():
    """A fork whose child leaves through the interpreter's finalisation."""
    pid = os.fork()
    if pid == 0:
        try:
            work_of_child(1)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        sys.exit(0)
    end_of(pid)


def program():
    done = subprocess.run([sys.executable, "-S", "-c", "print(sum(range(10)))"],
                          capture_output=True, text=True)
    if (done.returncode, done.stdout) != (0, "45\n"):
        Run.problems.append(f"a program ended with {done.returncode}: {done.stdout}{done.stderr}")


def subinterpreter():
    import _xxsubinterpreters as interpreters
    made = interpreters.create()
    interpreters.run_string(made, "import json; x = [json.loads('[1]') for _ in range(10)]; x.append(x)")
    interpreters.destroy(made)


def checkpoint(workers):
    """Stops all workers; resident bytes, objects of ours, descriptors, threads."""
    Run.resume.clear()
    Run.pause = True
    until = time.monotonic() + PATIENCE
    while Run.paused < workers:
        if time.monotonic() > until:
            Run.problems.append(f"only {Run.paused} of {workers} threads came to the checkpoint")
            faulthandler.dump_traceback(all_threads=True)
            return None
        time.sleep(0.01)
    with Shared.lines.mutex:
        Shared.lines.queue.clear()
    Shared.table.clear(), Shared.members.clear(), Shared.row.clear()
    for _ in range(3):
        gc.collect()
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * PAGE
    count = {"resident": resident, "objects": len(gc.get_objects()),
             "nodes": sum(type(x) is Node for x in gc.get_objects()),
             "descriptors": len(os.listdir("/proc/self/fd")),
             "threads": len(os.listdir("/proc/self/task"))}
    Run.pause = False
    Run.resume.set()
    while Run.paused:
        time.sleep(0.001)
    return count


def compare(counts, growth):
    first, last = counts[0], counts[-1]
    limits = {"resident": growth << 20, "objects": first["objects"] // 20, "nodes": 100,
              "descriptors": 2, "threads": 3}
    for name, limit in limits.items():
        if last[name] - first[name] > limit:
            Run.problems.append(f"{name} grew from {first[name]} to {last[name]}")
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
        Run.problems.append(f"a child was left: {pid}, {status}")
    except ChildProcessError:
        pass


def conduct(options):
    """The main thread's part until time is up; the counts at the checkpoints."""
    rng = random.Random(options.seed)
    victims = [Victim() for _ in range(3)]
    start = time.monotonic()
    pauses = [start + options.seconds * i / 10 for i in range(2, 11)]
    counts, rounds = [], 0
    while pauses and not Run.problems:
        be_interrupted()
        rounds += 1
        for victim in victims:
            if rng.random() < 0.5:
                victim.hit()
        victims = [Victim() if victim.is_over else victim for victim in victims]
        if rounds % 10 == 0:
            child_that_ends_by_itself()
        if rounds % 50 == 25:
            program()
        if rounds % 20 == 5 and options.subinterpreters:
            subinterpreter()
        now = time.monotonic()
        for number, beat in list(Run.beats.items()):
            if now - beat > PATIENCE:
                Run.problems.append(f"thread {number} has not moved for {now - beat:.0f} s")
                faulthandler.dump_traceback(all_threads=True)
        if now > pauses[0]:
            del pauses[0]
            counts.append(checkpoint(options.threads))
            print(f"{now - start:5.0f} s  {counts[-1]}", flush=True)
    return counts


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=float, default=20)
    parser.add_argument("--threads", type=int, default=50, metavar="N")
    parser.add_argument("--growth", type=int, default=24, metavar="MIB", help="of resident memory that is borne")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--jobs", default=",".join(JOBS), metavar="NAME,...")
    parser.add_argument("--no-subinterpreters", dest="subinterpreters", action="store_false")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def supervise(seconds):
    """Runs this program once more, in a session of its own; its exit status."""
    child = subprocess.Popen([sys.executable, *sys.argv, "--inside"], start_new_session=True)
    try:
        status = child.wait(seconds + 2 * PATIENCE)
    except subprocess.TimeoutExpired:
        print("stress: hangs", flush=True)
        child.send_signal(signal.SIGABRT)
        time.sleep(5)
        status = 1
    if status < 0:
        print(f"stress: ended by {signal.Signals(-status).name}", flush=True)
    try:
        os.killpg(child.pid, signal.SIGKILL)  # what it left behind
    except ProcessLookupError:
        pass
    return 1 if status else 0


def quiet_about_thrown(unraisable):
    """An exception thrown into a finaliser is reported there and ends; that is as it should be."""
    if not issubclass(unraisable.exc_type, Thrown):
        sys.__unraisablehook__(unraisable)


def main():
    options = parse_arguments()
    if not options.inside:
        return supervise(options.seconds)
    faulthandler.enable()
    sys.unraisablehook = quiet_about_thrown
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setswitchinterval(1e-5)
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        signal.signal(number, take_signal)
    names = options.jobs.split(",")
    started = [threading.Thread(target=worker, args=(i, options.seed * 1000 + i, names), daemon=True)
               for i in range(options.threads)]
    for thread in started:
        thread.start()
    try:
        counts = conduct(options)
    finally:
        Run.is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
    for thread in started:
        thread.join(PATIENCE)
        if thread.is_alive():
            Run.problems.append(f"{thread.name} does not end")
    if not Run.problems:
        compare(counts, options.growth)
    for problem in Run.problems[:10]:
        print(problem)
    print(f"{sum(Run.rounds.values())} jobs, {Run.taken} signals, {Run.caught} exceptions thrown, "
          f"{Node.finalised} finalised")
    for name in names:
        if not Run.rounds[name]:
            Run.problems.append(f"{name} never ran")
    print("stress: " + ("failed" if Run.problems else "passed"))
    sys.stdout.flush()
    return 1 if Run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
