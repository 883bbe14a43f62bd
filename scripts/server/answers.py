"""Whether answers under load are those that a server gives at rest."""

import collections
import json
import random
import threading

from client import Client

# Vectors may differ in the last bits by the batch a text was in.
TOLERANCE = 1e-4


def expected(base, requests):
    """The answers to `requests` (bodies by path), by (path, body)."""
    client, answers = Client(base), {}
    for path, bodies in requests.items():
        for body in bodies:
            answer = client.send(path, body)
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {answer.body[:300]!r}")
            answers[path, body] = json.loads(answer.body)
    return answers


def same(one, other):
    """Whether two JSON values are equal, numbers with a fraction to TOLERANCE."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def parsed(body):
    """The JSON in `body`, or None."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def wrong(answer, before):
    """What is wrong with an answer to a good request, or None."""
    found = parsed(answer.body)
    if answer.status == 200:
        return None if same(found, before) else "200 with another answer"
    code = {429: "queue_full", 503: "timeout"}.get(answer.status)
    if code is None:
        return f"answered with {answer.status}: {answer.body[:200]!r}"
    if not isinstance(found, dict) or found.get("error", {}).get("code") != code:
        return f"{answer.status} without the code {code}: {answer.body[:200]!r}"
    return "429, no Retry-After" if answer.status == 429 and "retry-after" not in answer.headers else None


class Checker:
    """Clients that ask good requests until `stop`, and compare the answers with `answers`."""

    def __init__(self, base, answers, clients=8):
        self.asked, self.answers = list(answers), answers
        self.complaints = collections.Counter()
        self.compared = collections.Counter({path: 0 for path, _ in answers})
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(Client(base), n)) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self, client, seed):
        draw = random.Random(seed)
        while not self.ended.wait(0.05):
            path, body = draw.choice(self.asked)
            answer = client.send(path, body)
            fault = wrong(answer, self.answers[path, body])
            with self.lock:
                self.compared[path] += answer.status == 200
                if fault:
                    self.complaints[f"{path}: {fault}"] += 1

    def stop(self):
        """The complaints."""
        self.ended.set()
        for thread in self.threads:
            thread.join()
        print(f"  compared with the answers at rest: {dict(self.compared)}")
        unchecked = [f"{path}: no answer under load could be compared" for path, n in self.compared.items() if n == 0]
        return unchecked + [f"{fault} ({n} times)" for fault, n in self.complaints.items()]
