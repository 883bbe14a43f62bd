#!/usr/bin/env python3
"""General English text from freely licensed Debian packages, a text a line, to distill the bundled model from.

    mkdir debian && cd debian
    apt-get download wordnet-base dict-foldoc dict-jargon fortunes anarchism debian-handbook gnome-user-docs
    for package in *.deb; do dpkg-deb -x "$package" .; done
    curl -O MIRROR/debian/dists/bookworm/main/i18n/Translation-en.xz          # the descriptions of all packages
    cd .. && scripts/bundled/texts.py debian --sts sts-train.csv --output texts

Writes train.txt; dev.txt, texts of the same kinds that are in no other file; and unseen.txt, texts of two kinds that training never
sees (the Jargon File and The Debian Administrator's Handbook). search-*.tsv pair what somebody might type with the one text that
answers it (a package's summary and its description; a word's meaning and a sentence that uses it), none of them in train.txt.
Lengths run from one word to over 200, since an exact model compares each text with a reference of its own length.
"""

import argparse
import csv
import gzip
import html
import io
import lzma
import pathlib
import random
import re

# Texts of each kind in train.txt.
SHARES = {
    "captions and headlines": 5000, "meanings": 2500, "uses": 3000, "words": 800, "summaries": 2000, "descriptions": 2500,
    "quotes": 1800, "essays": 1800, "essay sentences": 1500, "computing": 900, "help": 1200,
}
DEV, SEARCHED = 150, 1500
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])")


def one_line(text):
    return " ".join(text.split())


def plain(markup):
    """The text of HTML, Mallard or Markdown, without its marks."""
    text = re.sub(r"<(script|style|pre|screen|code)\b.*?</\1>", " ", markup, flags=re.S | re.I)
    text = html.unescape(re.sub(r"<[^>]+>", "", text))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return one_line(re.sub(r"[*_`\\#>|]+", "", text))


def dictd(path):
    """Entries of a dictionary in dictd's format: a headword at the margin, its text indented."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    for entry in re.split(r"\n(?=\S)", text):
        word, _, meaning = entry.partition("\n")
        for paragraph in re.split(r"\n\s*\n", meaning):
            yield word.strip(), one_line(re.sub(r"[{}]|\[[^\]]*\]|\(\d{4}-\d\d-\d\d\)|<[^>]*>", "", paragraph))


def wordnet(folder):
    """(words, meaning, uses) of every synset."""
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text().splitlines():
            if line.startswith(" "):
                continue
            fields, _, gloss = line.partition("|")
            fields = fields.split()
            words = [re.sub(r"\(\w+\)$", "", w).replace("_", " ") for w in fields[4:4 + 2 * int(fields[3], 16):2]]
            uses = [u.strip() for u in re.findall(r'"([^"]+)"', gloss)]
            yield words, one_line(re.sub(r'[;:]?\s*"[^"]*"', "", gloss)).strip("; "), uses


def packages(path):
    """(summary, first paragraph, later paragraphs) of every package's description."""
    seen = set()
    for record in lzma.decompress(path.read_bytes()).decode().split("\n\n"):
        _, found, text = record.partition("Description-en: ")
        if not found:
            continue
        summary, _, body = text.partition("\n")
        paragraphs = [one_line(p) for p in re.split(r"\n \.\n", body)]
        if paragraphs[0] and paragraphs[0] not in seen:
            seen.add(paragraphs[0])
            yield one_line(summary), paragraphs[0], paragraphs[1:]


def paragraphs(paths, pattern, read):
    for path in sorted(paths):
        for part in re.split(pattern, read(path)):
            text = plain(part)
            if 4 <= len(text.split()) <= 260:
                yield text


def quotes(folder):
    for path in sorted(p for p in folder.iterdir() if "." not in p.name and p.name != "ascii-art"):
        yield from (one_line(q) for q in path.read_text("utf-8", "replace").split("\n%\n"))


def sts(path):
    with open(path, encoding="utf-8") as lines:
        return [s for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) for s in row[5:7]]


def collect(root, pairs):
    """Texts by kind to train on, texts by kind that training never sees, and searches with their answers."""
    share, entries = root / "usr/share", list(wordnet(root / "usr/share/wordnet"))
    described = list(packages(root / "Translation-en.xz"))
    unzip = lambda path: gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    text = lambda path: path.read_text("utf-8", "replace")
    essays = list(paragraphs((share / "doc/anarchism/markdown").glob("*.md.gz"), r"\n\s*\n", unzip))
    return {
        "captions and headlines": list(map(one_line, sts(pairs))),
        "meanings": [meaning for _, meaning, _ in entries],
        "uses": [use for _, _, uses in entries for use in uses],
        "words": [word for words, _, _ in entries for word in words],
        "summaries": [summary for summary, _, _ in described],
        "descriptions": [p for _, first, rest in described for p in [first, *rest]],
        "quotes": list(quotes(share / "games/fortunes")),
        "essays": essays,
        "essay sentences": [s for p in essays for s in SENTENCE.split(p)],
        "computing": [meaning for _, meaning in dictd(share / "dictd/foldoc.dict.dz")],
        "help": list(paragraphs((share / "help/C").rglob("*.page"), r"</?(?:p|title|desc)\b[^>]*>", text)),
    }, {
        "jargon": [meaning for _, meaning in dictd(share / "dictd/jargon.dict.dz")],
        "handbook": list(paragraphs((share / "doc/debian-handbook/html/en-US").glob("*.html"), r"</?(?:p|h\d|li)\b[^>]*>", text)),
    }, {
        "packages": [(summary, first) for summary, first, _ in described if len(first.split()) > 12],
        "words": [(meaning, uses[0]) for _, meaning, uses in entries if uses and len(uses[0].split()) > 4],
    }


def usable(kind, text):
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return text and letters > 0.75 * len(text) and (kind == "words" or len(text.split()) > 2) and len(text) < 1600


def write(path, texts):
    part = path.with_suffix(".part")
    part.write_text("".join(f"{t}\n" for t in texts), encoding="utf-8")
    part.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("debian", type=pathlib.Path)
    parser.add_argument("--sts", type=pathlib.Path, required=True, help="sts-train.csv")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    seen, unseen, searches = collect(arguments.debian, arguments.sts)
    held, train, dev = set(), [], []
    for name, pairs in searches.items():
        draw.shuffle(pairs)
        chosen = []
        for query, answer in pairs:
            if query not in held and answer not in held and usable("", query) and usable("", answer) and len(chosen) < SEARCHED:
                held.update((query, answer))
                chosen.append((query, answer))
        table = io.StringIO()
        csv.writer(table, delimiter="\t", lineterminator="\n").writerows([("query", "answer"), *chosen])
        write(arguments.output / f"search-{name}.tsv", table.getvalue().splitlines())
    for kind, texts in seen.items():
        texts = [t for t in dict.fromkeys(texts) if usable(kind, t) and t not in held]
        draw.shuffle(texts)
        dev += texts[:DEV]
        train += texts[DEV:DEV + SHARES[kind]]
        print(f"{kind}: {min(len(texts) - DEV, SHARES[kind])} of {len(texts)}")
    known = set(train)
    write(arguments.output / "train.txt", list(dict.fromkeys(train)))
    write(arguments.output / "dev.txt", [t for t in dict.fromkeys(dev) if t not in known])
    rest = []
    for kind, texts in unseen.items():
        texts = [t for t in dict.fromkeys(texts) if usable(kind, t) and t not in known]
        draw.shuffle(texts)
        rest += texts[:500]
    write(arguments.output / "unseen.txt", rest)
    print(f"train {len(known)}, dev {len(dev)}, unseen {len(rest)}")


if __name__ == "__main__":
    main()
