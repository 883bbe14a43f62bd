"""Seeded texts for load: sentences of everyday words, of a chosen number of words."""

import random

WORDS = (
    "a the of to and in that it was for on with as at by from they we had this have or one "
    "old new small river city winter train market garden letter doctor school music bread "
    "water light window friend morning evening price engine cable paper glass forest road "
    "found lost bought sold wrote read opened closed carried waited asked answered built"
).split()


def sentence(seed, words):
    """`words` words with a full stop after every twelfth; the same for the same `seed`."""
    draw = random.Random(seed)
    chosen = [draw.choice(WORDS) for _ in range(words)]
    parts = [" ".join(chosen[at : at + 12]) for at in range(0, words, 12)]
    return ". ".join(part.capitalize() for part in parts) + "."


def sentences(count, words, seed=0):
    return [sentence(seed * 1_000_003 + n, words) for n in range(count)]
