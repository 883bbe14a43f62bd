"""Runs examples/server_vector_database.py against a server, and checks what it finds and how the reasons are ranked.

    python scripts/server_example.py --url http://127.0.0.1:8080
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import server_vector_database as example  # noqa: E402

# Queries whose answer one passage is, with a word that answers them.
ANSWERS = (
    ("can I make bread without yeast?", "bread-soda", "yeast"),
    ("how long does an egg take to boil?", "egg-soft", "minutes"),
    ("my honey has gone hard", "sugar-honey", "Honey"),
)


def check(server: example.Server, table: Any, query: str, best: str, word: str) -> None:
    first = example.search(server, table, query)[0]
    found = " ".join(span["text"] for span in first["highlight"]["spans"])
    if first["id"] != best or word not in found:
        raise SystemExit(f"{query}: {first['id']} with {found!r}, but {best} with {word!r} was expected")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        # Ends with an error where the database's scores are not those that are explained.
        example.show(server, table, query)
    # Each side's words, and what is left: what is printed adds up to the margin that is printed.
    margin = re.search(rf"why {best} is above \S+: (\S+) - (\S+) = (\S+)", output.getvalue())
    parts = re.findall(r"^  ([+-]\d\.\d+)  ", output.getvalue(), re.MULTILINE)
    if margin is None or len(parts) != 3 or abs(sum(map(float, parts)) - float(margin[3])) > 2e-4:
        raise SystemExit(f"{query}: {output.getvalue()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    server = example.Server(parser.parse_args().url)
    with tempfile.TemporaryDirectory() as folder:
        table = example.index(server, folder)
        for query, best, word in ANSWERS:
            check(server, table, query, best, word)
    print(f"{len(ANSWERS)} searches with their reasons")


if __name__ == "__main__":
    main()
