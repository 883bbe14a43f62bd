#!/usr/bin/env python3
"""Compares `whysim embed` with sentence-transformers on real models.

    python scripts/parity_real.py --whysim target/release/whysim models/all-MiniLM-L6-v2 models/all-mpnet-base-v2

encodes the same sentences with both, one by one on the library's side and in one call on the program's, and fails
where an element or the cosine distance differs by more than 1e-5.
"""

import argparse
import json
import os
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

TOLERANCE = 1e-5

SENTENCES = [
    # plain, of every short length
    "Cat",
    "a",
    "Good morning!",
    "The dog runs after the kitten in the yard.",
    "Outside in the garden the cat is chased by the dog.",
    "A man is playing a guitar on the stage.",
    "Someone performs music with a stringed instrument.",
    "The stock market fell sharply after the announcement.",
    "He did not say that she had stolen the money.",
    "She had not said that he stole the money.",
    "Where is the nearest railway station?",
    "Please close the window before you leave",
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
    "tHe cApItAlS aRe MiXeD",
    "antidisestablishmentarianism and electroencephalography",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    # several sentences
    "It rained. We stayed inside. Nobody minded.",
    "First boil the water; then add salt. Stir well! Is it ready? Not yet.",
    "Dr. Smith arrived at 5 p.m. She left at six.",
    '"Come in," he said. \'No,\' she answered; "I can\'t."',
    # numbers, symbols, code
    "In 1969, 3 astronauts flew 384,400 km in about 76 hours.",
    "The price went from $1,299.99 to €1.050,00 (-19%).",
    "Call +49 (0)30 1234567 or write to someone@example.org.",
    "3.14159265358979 2.71828182845905",
    "1234567890" * 4,
    "x**2 + y**2 == r**2  # a circle",
    'fn main() { println!("{}", 1 << 4); }',
    "https://example.org/a/very/long/path?with=query&and=more#fragment",
    "C:\\temp\\new_file.txt",
    "[CLS] is not [SEP] and <s> is not </s>",
    "a <mask> and a [MASK] and a [PAD] and a <pad> in a text",
    "###!!!???...,,,;;;",
    "...",
    "e = mc² and H₂O, ½ cup, №5, ™ and ®",
    # accents and other scripts
    "Zoé mange une crème brûlée au café.",
    "Zoe\u0301 mange une cre\u0300me bru\u0302le\u0301e au cafe\u0301.",
    "Der Fluß fließt über die Straße; die Äpfel sind süß.",
    "El niño comió piñas en España.",
    "Łódź, Kraków i Gdańsk są dużymi miastami.",
    "İstanbul'da ılık bir gün",
    "Привет, как дела сегодня?",
    "Γειά σου Κόσμε",
    "今天天气很好。",
    "東京は日本の首都です。",
    "안녕하세요 세계",
    "مرحبا بالعالم",
    "שלום עולם",
    "नमस्ते दुनिया",
    "สวัสดีชาวโลก",
    "ﬁne ﬂowers in ﬁve ﬂats, ＦＵＬＬ ｗｉｄｔｈ",
    # emoji
    "I love pizza 🍕🍕🍕",
    "👩‍👩‍👧‍👦 family day at the beach 🏖️",
    "🇫🇷 vs 🇩🇪: 2–1 👍🏽",
    "😀",
    # white space and invisible characters (whysim refuses a text that is nothing else)
    "   leading spaces",
    "trailing spaces   ",
    "\ttabs\tand\nline breaks\r\nin between\n",
    "non\u00a0breaking\u2009thin\u3000ideographic spaces",
    "zero\u200bwidth and soft\u00adhyphen and bell\u0007",
    "two  spaces   and    more",
    # longer than max_seq_length (256 and 384 tokens)
    "The committee met again on Tuesday to discuss the budget for the coming year. " * 30,
    "word " * 700,
    "Unbelievably, hyperventilating phytoplankton outmanoeuvred the café's 17 accountants! 🙂 " * 40,
]


def library(folder):
    """The embeddings [texts, D] by sentence-transformers in float32, one text at a time: no padding."""
    model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    return np.stack([model.encode(text) for text in SENTENCES])


def program(whysim, folder):
    """The same by `whysim embed`."""
    command = [whysim, "embed", "--model", folder, "--format", "json", *SENTENCES]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{whysim} embed failed with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    answer = json.loads(done.stdout)
    embeddings = np.array(answer["embeddings"], dtype=np.float64)
    assert embeddings.shape == (len(SENTENCES), answer["dim"]), f"shape {embeddings.shape}, dim {answer['dim']}"
    return embeddings


def compare(folder, ours, theirs):
    """The number of texts that differ; the worst of all is printed."""
    assert ours.shape == theirs.shape, f"whysim {ours.shape}, sentence-transformers {theirs.shape}"
    theirs = theirs.astype(np.float64)
    element = np.abs(ours - theirs).max(axis=1)
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    distance = 1 - (ours * theirs).sum(axis=1) / norms
    bad = [i for i in range(len(SENTENCES)) if not (element[i] <= TOLERANCE and distance[i] <= TOLERANCE)]
    for i in bad:
        print(f"  differs by {element[i]:.1e} (cosine distance {distance[i]:.1e}): {SENTENCES[i][:60]!r}")
    print(f"{folder}: {len(SENTENCES)} texts, worst element {element.max():.1e}, worst distance {distance.max():.1e}")
    return len(bad)


def main():
    """Every folder; the exit status is 1 where any text differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whysim", required=True, help="the program")
    parser.add_argument("folders", nargs="+", help="sentence-transformers folders")
    args = parser.parse_args()
    assert not any(text.startswith("-") for text in SENTENCES), "a text would be read as an option"
    bad = sum(compare(folder, program(args.whysim, folder), library(folder)) for folder in args.folders)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
