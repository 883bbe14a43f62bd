"""An open loop: requests start by the clock, whether or not earlier ones have been answered."""

import queue
import threading
import time
from dataclasses import dataclass

from client import Answer, Client


@dataclass
class Sent:
    """A request with its answer; `at` is when it was sent, by time.perf_counter."""

    kind: str
    path: str
    body: bytes
    answer: Answer
    at: float


def open_loop(base, planned, rate, workers=256, timeout=60.0):
    """Sends `planned` at `rate` a second over at most `workers` connections; their Sents.

    Where all workers wait for answers the next request is late: the times then hide nothing,
    for a request's seconds are counted from when it should have been sent.
    """
    waiting = queue.Queue()
    done = []

    def work():
        client = Client(base, timeout)
        while (job := waiting.get()) is not None:
            due, kind, path, body = job
            at = time.perf_counter()
            answer = client.send(path, body)
            answer.seconds += at - due
            done.append(Sent(kind, path, body, answer, at))
        client.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    for number, (kind, path, body) in enumerate(planned):
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        waiting.put((due, kind, path, body))
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    return done


class Memory:
    """Samples a process's resident memory, in MiB, every second until `stop`."""

    def __init__(self, pid):
        self.pid = pid
        self.samples = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sample(self):
        while not self.ended.wait(1.0):
            self.samples.append(resident(self.pid))

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.samples


def resident(pid):
    """Resident memory of `pid` in MiB, from /proc (Linux)."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise SystemExit(f"process {pid} has ended: /proc/{pid}/status holds no VmRSS")
