"""Texts of a given length: everyday words in a seeded order, so that nothing depends on anybody's data."""

import random

WORDS = """the a quiet old small green city river garden teacher doctor letter winter summer morning evening market bread
window music story road bridge mountain child neighbour friend answer question book paper kitchen table coffee train
station walks reads writes sells finds follows answers remembers opens closes carries waits under over beside behind near
because while after before and but slowly often never today""".split()


def text(tokens, count):
    """A text of exactly `tokens` tokens; `count(text)` says how many a text has."""
    pick = random.Random(tokens)
    words = []
    while count(" ".join(words)) < tokens:
        words.append(pick.choice(WORDS))
    while count(" ".join(words)) > tokens:
        words.pop()
    return " ".join(words)


def many(number):
    """Texts of 4 to 40 words, most of them short, as sentences are."""
    pick = random.Random(number)
    lengths = [min(40, 4 + int(pick.expovariate(1 / 8))) for _ in range(number)]
    return [" ".join(pick.choice(WORDS) for _ in range(length)) for length in lengths]
