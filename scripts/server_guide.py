"""Runs the examples of docs/server.md against a server, and compares what they print with what the guide says.

    python scripts/server_guide.py --url http://127.0.0.1:8080

An example is a block of ``sh`` or ``python`` with a block of ``text`` or ``json`` right after it. Python's run one after another, with the
same names. ``WHYSIM_WRITE_GUIDE=1`` writes what they print into the guide instead.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[1] / "docs/server.md"
ADDRESS = "http://127.0.0.1:8080"
BLOCKS = re.compile(r"```(sh|python)\n((?:(?!```).)*)```\n\n```(text|json)\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
# The last digits may be others on another processor.
TOLERANCE = 0.002


def printed(kind: str, code: str, url: str, names: dict[str, Any]) -> str:
    code = code.replace(ADDRESS, url)
    if kind == "sh":
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{code}\nended with {done.returncode}: {done.stderr}")
        found = done.stdout
    else:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, names)  # the repository's own text
        found = output.getvalue()
    return "\n".join(line.rstrip() for line in found.replace(url, ADDRESS).splitlines()) + "\n"


def differ(found: str, expected: str) -> bool:
    if NUMBER.sub("#", found) != NUMBER.sub("#", expected):
        return True
    pairs = zip(NUMBER.findall(found), NUMBER.findall(expected))
    return any(abs(float(a) - float(b)) > TOLERANCE for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    url: str = parser.parse_args().url
    guide = text = GUIDE.read_text(encoding="utf-8")
    blocks = BLOCKS.findall(text)
    # Every Python block and every call of the server is one of them, so that none is shown untried.
    if text.count("```python") != sum(kind == "python" for kind, *_ in blocks):
        raise SystemExit(f"{GUIDE}: a block of Python has no output after it")
    if len(re.findall(r"^curl ", text, re.MULTILINE)) != sum(code.startswith("curl ") for _, code, *_ in blocks):
        raise SystemExit(f"{GUIDE}: a call of curl is not at the start of a block with its output after it")
    names: dict[str, Any] = {}
    wrong = 0
    for kind, code, shown, expected in blocks:
        found = printed(kind, code, url, names)
        if os.environ.get("WHYSIM_WRITE_GUIDE") == "1":
            before = f"```{kind}\n{code}```\n\n```{shown}\n"
            guide = guide.replace(f"{before}{expected}```", f"{before}{found}```")
        elif differ(found, expected):
            wrong += 1
            print(f"{code}\nprinted\n{found}\nbut the guide says\n{expected}", file=sys.stderr)
    if guide != text:
        GUIDE.write_text(guide, encoding="utf-8")
    print(f"{len(blocks)} examples, {wrong} of which print something else")
    sys.exit(1 if wrong or not blocks else 0)


if __name__ == "__main__":
    main()
