"""Requests from one client, their times and their answers."""

import http.client
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Answer:
    """One request's end: `status` is 0 where the connection failed."""

    status: int
    seconds: float
    body: bytes
    headers: dict = field(default_factory=dict)


class Client:
    """A connection that is kept open, as a client library keeps it."""

    def __init__(self, base, timeout=60.0):
        self.address = urlsplit(base)
        self.timeout = timeout
        self.connection = None
        # When the last request had been sent, by time.perf_counter.
        self.sent_at = 0.0

    def send(self, path, body, method="POST"):
        """Sends `body` (bytes) and returns the Answer; never raises for a failed connection."""
        start = time.perf_counter()
        self.sent_at = float("inf")
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.address.hostname, self.address.port, timeout=self.timeout
                )
            headers = {"Content-Type": "application/json"}
            self.connection.request(method, path, body or None, headers)
            self.sent_at = time.perf_counter()
            reply = self.connection.getresponse()
            text = reply.read()
            found = {name.lower(): value for name, value in reply.getheaders()}
            if found.get("connection") == "close":
                self.close()
            return Answer(reply.status, time.perf_counter() - start, text, found)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(0, time.perf_counter() - start, repr(error).encode())

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def percentile(values, share):
    """The value below which `share` (0 to 1) of `values` lie, by the nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def wait_ready(base, path="/health", seconds=120.0):
    """Waits until `path` is answered with 200; an error after `seconds`."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if Client(base, 5.0).send(path, b"", "GET").status == 200:
            return
        time.sleep(0.2)
    raise SystemExit(f"{base}{path} did not answer with 200 within {seconds:.0f} s")


def as_json(value):
    return json.dumps(value).encode()
