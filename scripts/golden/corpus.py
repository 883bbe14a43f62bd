"""The sentences that the tiny tokenizers are trained on, and the texts that the golden values are about."""

# Small on purpose: the words of the texts come often enough to become whole tokens, others stay in pieces.
CORPUS = [
    "The cat sleeps on the warm roof.",
    "A kitten naps in the sun.",
    "In the garden the old dog runs after a cat.",
    "The birds fly to the garden, and the dog runs to the birds.",
    "A small bird sings in the old tree.",
    "The old man sleeps after lunch in the café.",
    "A cat and a dog play in the warm sun.",
    "In the morning the café is warm, and the roof is cold.",
    "The kitten runs after the birds and naps on the roof.",
    "Where does the dog sleep? On the roof!",
    "Birds sing, cats purr, dogs bark.",
    "Le chat dort sur le toit chaud.",
    "Un petit chien court dans le jardin, et les oiseaux chantent.",
    "Le café est fermé; le musée est ouvert.",
    "Die Katze schläft auf dem warmen Dach.",
    "Ein kleiner Hund läuft in den Garten.",
    "The train leaves at nine, and the bus at ten.",
    "She reads a book about the history of music.",
    "A new museum opens in the city in spring.",
    "The price of bread rises again.",
]

# Different lengths, an upper-case letter, punctuation and a non-ASCII letter; `c` is the longest.
TEXTS = {
    "a": "The cat sleeps on the warm roof.",
    "b": "A kitten naps at Zoé's café!",
    "c": "In the garden the old dog runs after a cat, and the birds sing in the café.",
}

# Longer than the fixtures' max_seq_length: only its ids and its embedding are stored.
LONG_TEXT = " ".join(CORPUS[:4])

# (text, text, gold similarity) of the training batch.
BATCH = [("a", "b", 0.8), ("b", "c", 0.2)]
