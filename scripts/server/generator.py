"""Load by oha, a load generator: closed loops, and open ones that do not wait for answers."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Report:
    """What oha saw. `seconds` are those of answers with 200, by percentile (p99.99: the longest).

    `took` is the whole run's seconds, `busy` the share of one core that oha itself used.
    """

    statuses: dict
    errors: dict
    seconds: dict
    took: float
    busy: float

    @property
    def ended(self):
        """Requests that came to an end, good or bad."""
        return sum(self.statuses.values()) + sum(self.errors.values())


class Run:
    """A run that is under way: random `bodies` to one path, as UTF-8 without line breaks.

    With a rate (requests a second) it is an open loop: requests are due by the clock, and their
    seconds count from then; those that found no connection free by the end are not sent, so that
    `ended` tells whether the rate was kept. Without one, each client sends the next request when
    the last is answered. What is under way at the end is waited for, and counts.
    """

    def __init__(self, base, path, bodies, clients, seconds, rate=None):
        program = shutil.which("oha")
        if program is None:
            raise SystemExit("this needs oha, a load generator, on the PATH: cargo install oha --locked")
        self.folder = tempfile.TemporaryDirectory()
        given, self.written = (Path(self.folder.name) / name for name in ("bodies", "report"))
        given.write_bytes(b"\n".join(bodies))
        options = ["-z", f"{seconds}s", "-c", str(clients), "-m", "POST", "-T", "application/json"]
        options += ["-Z", str(given), "--no-tui", "--output-format", "json", "-o", str(self.written)]
        options += ["-w", "--stats-success-breakdown", "-t", "120s"]
        if rate is not None:
            options += ["-q", f"{rate:.3f}", "--latency-correction"]
        self.process = subprocess.Popen([program, *options, base + path])

    def report(self):
        """Waits for the end."""
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise SystemExit("oha failed: it says why above")
        found = json.loads(self.written.read_bytes())
        self.folder.cleanup()
        statuses = {int(status): count for status, count in found["statusCodeDistribution"].items()}
        # null where nothing was answered with 200.
        seconds = {share: value or 0.0 for share, value in found["latencyPercentilesSuccessful"].items()}
        took = found["summary"]["total"]
        return Report(statuses, found["errorDistribution"], seconds, took, (used.ru_utime + used.ru_stime) / took)
