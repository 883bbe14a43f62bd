#!/usr/bin/env python3
"""Puts whysim-server beside a vector database: it embeds for the search, and says why the hits were found.

    whysim-server &
    pip install openai lancedb
    python examples/server_vector_database.py "can I make bread without yeast?"

The database (LanceDB, in a folder) and the client (OpenAI's) know nothing of whysim: only the client's address is another. Since the
server that embedded the texts explains them too, its reasons are about the very numbers that the search has ranked by; this is checked.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import lancedb
from openai import OpenAI

PASSAGES = Path(__file__).with_name("kitchen.csv")


class Server:
    """whysim-server: embeddings by OpenAI's client, reasons by plain requests."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url, self.key = url.rstrip("/"), key
        # The client insists on a key, the server only if it was given one.
        self.client = OpenAI(base_url=f"{self.url}/v1", api_key=key or "none")
        self.model: str = self.client.models.list().data[0].id

    def embed(self, texts: list[str]) -> list[list[float]]:
        answer = self.client.embeddings.create(model=self.model, input=texts)
        return [row.embedding for row in answer.data]

    def ask(self, path: str, **body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {json.load(error)['error']['message']}") from error


def index(server: Server, folder: str) -> Any:
    """A table of all passages with their embeddings."""
    with PASSAGES.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row, vector in zip(rows, server.embed([row["text"] for row in rows])):
        row["vector"] = vector
    return lancedb.connect(folder).create_table("passages", rows)


def search(server: Server, table: Any, query: str, limit: int = 3) -> list[dict[str, Any]]:
    """The hits, each with ``score``, the database's, and ``highlight``, the server's answer for it."""
    found = table.search(server.embed([query])[0]).distance_type("cosine").limit(limit).to_list()
    highlights = server.ask("/highlight", query=query, passages=[hit["text"] for hit in found])
    return [
        {"id": hit["id"], "text": hit["text"], "score": 1 - hit["_distance"], "highlight": highlight}
        for hit, highlight in zip(found, highlights)
    ]


def marked(text: str, spans: list[dict[str, Any]]) -> str:
    """The text with its spans in brackets."""
    for span in sorted(spans, key=lambda span: -span["start"]):
        text = f"{text[: span['start']]}[{text[span['start'] : span['end']]}]{text[span['end'] :]}"
    return text


def tokens(side: dict[str, Any]) -> list[str]:
    return [token["text"] for token in side["tokens"]]


def largest(names: list[str], values: list[float], count: int = 4) -> str:
    """Those with the largest values in either direction, and what the others add together."""
    rows = sorted(zip(names, values), key=lambda row: -abs(row[1]))
    rest = sum(value for _, value in rows[count:])
    return ", ".join([*(f"{name} {value:+.3f}" for name, value in rows[:count]), f"the others {rest:+.3f}"])


def show_hits(query: str, hits: list[dict[str, Any]]) -> None:
    print(f"{query}\n\nhits; brackets: what in them answers the query")
    for rank, hit in enumerate(hits, 1):
        highlight = hit["highlight"]
        # The database holds 32 bits of each number; what is left between the two is rounding.
        if abs(hit["score"] - highlight["score"]) > 1e-4:
            raise SystemExit(f"{hit['id']}: the database says {hit['score']}, the server {highlight['score']}")
        print(f"  {rank}. {hit['score']:.4f}  {hit['id']}: {marked(hit['text'], highlight['spans'])}")


def show_margin(server: Server, query: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    why = server.ask("/margin", query=query, better=first["text"], worse=second["text"], by="word")
    print(f"\nwhy {first['id']} is above {second['id']}: {first['score']:.4f} - {second['score']:.4f} = {why['margin']:.4f}")
    for hit, name in ((first, "better"), (second, "worse")):
        # The second hit's words count against the margin.
        rows = why[f"{name}_rows"]
        print(f"  {sum(rows):+.4f}  words of {hit['id']}: {largest(tokens(why[name]['b']), rows)}")
    rest = why["margin"] - sum(why["better_rows"]) - sum(why["worse_rows"])
    # Exact models have no references, so that only the error of the integration is left.
    print(f"  {rest:+.4f}  the rest: the model's references, and an error of at most {why['bound']:.4f}")
    print(f"  the same margin by the query's words: {largest(tokens(why['better']['a']), why['query'])}")


def show_pairs(server: Server, query: str, hit: dict[str, Any]) -> None:
    pair = server.ask("/explain", a=query, b=hit["text"], by="word")
    # Of other models than exact ones, what a word has with every word hides what two words have with each other.
    matrix = pair["matrix"] if pair["exact"] else pair["interaction"]
    cells = [
        (f"{a} × {b}", value)
        for a, row in zip(tokens(pair["a"]), matrix)
        for b, value in zip(tokens(pair["b"]), row)
    ]
    print(f"\nstrongest pairs of a word of the query and one of {hit['id']}")
    print(f"  {largest([name for name, _ in cells], [value for _, value in cells])}")


def show(server: Server, table: Any, query: str) -> None:
    hits = search(server, table, query)
    show_hits(query, hits)
    show_margin(server, query, *hits[:2])
    show_pairs(server, query, hits[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("query", nargs="?", default="can I make bread without yeast?")
    parser.add_argument("--server", default="http://127.0.0.1:8080", help="its address [%(default)s]")
    args = parser.parse_args()
    server = Server(args.server, os.environ.get("WHYSIM_API_KEY"))
    with tempfile.TemporaryDirectory() as folder:
        show(server, index(server, folder), args.query)


if __name__ == "__main__":
    main()
