"""Floating-point operations that whysim's algorithm needs for one text, products only (a multiply-add is two)."""

import json
import pathlib


class Shape:
    """The sizes of an encoder."""

    def __init__(self, folder):
        config = json.loads(pathlib.Path(folder, "config.json").read_text())
        self.layers = config["num_hidden_layers"]
        self.hidden = config["hidden_size"]
        self.inner = config["intermediate_size"]
        self.heads = config["num_attention_heads"]


def decomposition(shape, layer, tokens, rows, nodes):
    """The text through the encoder (its reference is known), and `nodes` nodes of `rows` tangents through the layers from `layer` on."""
    values = shape.layers * block(shape, tokens)
    node = only_layer(shape, tokens, rows) if layer + 1 == shape.layers else several(shape, layer, tokens, rows)
    return 2 * (values + nodes * node)


def block(shape, tokens):
    """One layer's values."""
    h, i = shape.hidden, shape.inner
    return tokens * (4 * h * h + 2 * h * i) + 2 * tokens * tokens * h


def structured(shape, tokens, rows):
    """Tangents of a suffix's first layer up to what its activation reads, by the structure of its context's tangents (tangents/structured)."""
    h, i = shape.hidden, shape.inner
    own = tokens * (h * h + h * i) + 3 * tokens * tokens * h
    mapped = 2 * tokens * h * (h + i)
    combined = 3 * tokens * rows * shape.heads * (h + i)
    return own + mapped + combined


def only_layer(shape, tokens, rows):
    """Values and tangents of the last layer, of which only sums and products with vectors are needed (tangents/structured/pooled)."""
    h, i = shape.hidden, shape.inner
    own = tokens * (h * h + h * i) + 3 * tokens * tokens * h
    sums = 2 * tokens * h * i + 3 * tokens * rows * shape.heads * i + rows * h * h
    products = tokens * (3 * h * h + h * i) + 10 * tokens * tokens * h
    tail = tokens * h * i + rows * i * h
    return block(shape, tokens) + own + sums + products + tail


def several(shape, layer, tokens, rows):
    """Values and tangents: dense from the first layer's activation on, contracted before the last product."""
    h, i, dense = shape.hidden, shape.inner, rows * tokens
    layers = shape.layers - layer
    values = layers * block(shape, tokens) + tokens * h * i
    first = structured(shape, tokens, rows) + dense * h * i
    attention = 6 * rows * tokens * tokens * h
    middle = dense * (4 * h * h + 2 * h * i) + attention
    last = dense * (4 * h * h + h * i) + attention + rows * i * h
    return values + first + (layers - 2) * middle + last
