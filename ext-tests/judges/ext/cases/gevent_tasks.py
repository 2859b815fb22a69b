# packages: python3-gevent
# level: 5
"""Greenlets under a patched standard library: pools, queues, time-outs, sockets, killing."""
import gevent, gevent.pool, gevent.queue, gevent.event, gevent.lock, gevent.monkey
gevent.monkey.patch_all()
import socket, time, threading
from gevent.server import StreamServer
out = []
def worker(n):
    for i in range(3):
        out.append((n, i)); gevent.sleep(0)
gevent.joinall([gevent.spawn(worker, n) for n in range(3)]); print(out)
print(gevent.pool.Pool(3).map(lambda x: x * x, range(6)))
q = gevent.queue.Queue(); g = gevent.spawn(lambda: [q.get() for _ in range(3)]); [q.put(i) for i in range(3)]; print(g.get())
try:
    with gevent.Timeout(0.01): gevent.sleep(1)
except gevent.Timeout as t: print("timeout", t)
g = gevent.spawn(lambda: 1 / 0); g.join(); print(type(g.exception).__name__, g.successful())
def handle(s, a):
    s.sendall(s.recv(100).upper())
s = StreamServer(("127.0.0.1", 0), handle); s.start()
c = socket.create_connection(("127.0.0.1", s.server_port)); c.sendall(b"hello"); print(c.recv(100)); c.close(); s.stop()
t = threading.Thread(target=lambda: out.append("thread")); t.start(); t.join(); print(out[-1], gevent.get_hub().loop.__class__.__module__)
e = gevent.event.AsyncResult(); gevent.spawn_later(0.01, e.set, 5); print(e.get())
g = gevent.spawn(gevent.sleep, 9); gevent.sleep(0); g.kill(); print(g.dead, repr(g.value))
