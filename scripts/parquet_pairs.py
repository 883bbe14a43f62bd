#!/usr/bin/env python3
"""Writes the Parquet files that the tests read: the same few pairs, each time in another form of Parquet.

    python scripts/parquet_pairs.py

Needs pyarrow; version 26.0.1 wrote the files that are there, and writes the same bytes every time.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).resolve().parent.parent / "crates/whysim/tests/fixtures/parquet"

A = ["red, dry wine", "a", "A \"dog\", black", "Bär", "a", "last"]
B = ["white wine", "b", "a cat", "loup", "b", "first"]
TENTHS = [5, 10, 1, 0, 10, 8]


def table(scores, *, text=pa.string(), encoded=False, a=A, b=B, names=("sentence1", "sentence2", "score")):
    """Two texts and a score, with a column before and one after that nobody asks for."""
    texts = [pa.array(side, text) for side in (a, b)]
    if encoded:
        texts = [side.dictionary_encode() for side in texts]
    others = [pa.array(range(len(a)), pa.int64()), pa.array([[1, 2]] * len(a), pa.list_(pa.int32()))]
    return pa.table([others[0], texts[0], scores, texts[1], others[1]], [f"{names[0]}_id", names[0], names[2], names[1], "more"])


def write(name, table, **options):
    pq.write_table(table, FOLDER / f"{name}.parquet", store_schema=False, **options)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tenths = lambda kind: pa.array([t / 10 for t in TENTHS], pa.float64()).cast(kind)
    # As pyarrow writes by itself: snappy, dictionaries; in groups of two rows.
    write("float32", table(tenths(pa.float32()), encoded=True), row_group_size=2)
    write("float64", table(tenths(pa.float64()), text=pa.large_string()), compression="zstd", use_dictionary=False,
          data_page_version="2.0", row_group_size=4)
    write("float16", table(tenths(pa.float16())), compression="none")
    # Whole tenths, in the narrowest type and the widest.
    write("int8", table(pa.array(TENTHS, pa.int8())), compression="gzip", row_group_size=5)
    write("uint64", table(pa.array(TENTHS, pa.uint64())), column_encoding={"sentence1": "DELTA_BYTE_ARRAY"}, use_dictionary=False)
    write("string", table(pa.array([str(t / 10) for t in TENTHS]), names=("q", "p", "label")))
    holes = lambda values, *gone: [None if i in gone else value for i, value in enumerate(values)]
    write("nulls", table(pa.array(holes([t / 10 for t in TENTHS], 3), pa.float32()), a=holes(A, 1), b=holes(B, 4)), row_group_size=2)
    write("date", table(pa.array(TENTHS, pa.date32())))
    write("brotli", table(tenths(pa.float32())), compression="brotli")


if __name__ == "__main__":
    main()
