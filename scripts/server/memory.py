"""A server's memory over time (Linux)."""

import re
import threading

from client import Client


class Memory:
    """Samples a server's memory besides its cache, which has a bound of its own, in MiB, every second until `stop`."""

    def __init__(self, pid, base):
        self.pid, self.client = pid, Client(base)
        self.samples = []
        self.most = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sample(self):
        while not self.ended.wait(1.0):
            answer = self.client.send("/metrics", b"", "GET")
            if cached := re.search(rb"^whysim_cache_bytes (\d+)", answer.body, re.MULTILINE):
                now = resident(self.pid)
                self.most = max(self.most, now)
                self.samples.append(now - int(cached[1]) / 2**20)

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.samples


def resident(pid):
    """Resident memory of `pid` in MiB, from /proc."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise SystemExit(f"process {pid} has ended: /proc/{pid}/status holds no VmRSS")
