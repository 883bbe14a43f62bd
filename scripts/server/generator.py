"""Load by oha, a load generator: closed loops, and open ones that do not wait for answers."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Report:
    """What oha saw. Seconds are those of answers with 200, by percentile."""

    statuses: dict
    errors: dict
    seconds: dict
    took: float


class Run:
    """A run that is under way: random `bodies` to one path, as bytes without line breaks.

    With a rate (requests a second) it is an open loop: requests are due by the clock, and their
    seconds count from then. Without one, each client sends the next when the last is answered.
    """

    def __init__(self, base, path, bodies, clients, seconds, rate=None):
        program = shutil.which("oha")
        if program is None:
            raise SystemExit("this needs oha, a load generator: cargo install oha --locked")
        self.folder = tempfile.TemporaryDirectory()
        given, self.written = (Path(self.folder.name) / name for name in ("bodies", "report"))
        given.write_bytes(b"\n".join(bodies))
        options = ["-z", f"{seconds}s", "-c", str(clients), "-m", "POST", "-T", "application/json"]
        options += ["-Z", str(given), "--no-tui", "--output-format", "json", "-o", str(self.written)]
        # A request that is under way at the end is waited for, and counts.
        options += ["-w", "--stats-success-breakdown", "-t", "120s"]
        if rate is not None:
            options += ["-q", f"{rate:.3f}", "--latency-correction"]
        self.process = subprocess.Popen([program, *options, base + path])

    def report(self):
        """Waits for the end."""
        if self.process.wait() != 0:
            raise SystemExit("oha failed: it says why above")
        found = json.loads(self.written.read_bytes())
        self.folder.cleanup()
        statuses = {int(status): count for status, count in found["statusCodeDistribution"].items()}
        seconds = found["latencyPercentilesSuccessful"]
        return Report(statuses, found["errorDistribution"], seconds, found["summary"]["total"])
