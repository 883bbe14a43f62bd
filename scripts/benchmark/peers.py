"""The peers in PyTorch, restated from the papers and against public APIs: the original's algorithm, and forward mode."""

import os
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from golden import encoder as pytorch
from golden.method import gauss_legendre, right_riemann
from torch.func import jvp, vmap

LONGEST = 384


class Model(pytorch.Encoder):
    """A model with mean pooling, in float32."""

    def __init__(self, folder):
        super().__init__(folder)
        self.model.float()

    def encode(self, text):
        return self.tokenizer(text, truncation=True, max_length=LONGEST)

    def count(self, text):
        return len(self.encode(text)["input_ids"])

    def ends(self, text, layer):
        """x and r [S, H], the suffix F, F(x) and F(r)."""
        with torch.no_grad():
            ids = self.ids(text)
            x, r = self.hidden(ids)[layer], self.hidden(self.reference_ids(ids))[layer]
            suffix = self.suffix(layer, pytorch.mean)
            return x, r, suffix, suffix(x), suffix(r)


def tangents(model, texts, layer, nodes, together, chunk):
    """The pair's matrix by torch.func.jvp: `together` nodes, and `chunk` tangents (None: all), in one vectorised call."""
    rows = []
    with torch.no_grad():
        for text in texts:
            x, r, suffix, e, _ = model.ends(text, layer)
            each = torch.diag_embed((x - r).T).permute(1, 2, 0).contiguous()

            def node(at, suffix=suffix, each=each):
                return vmap(lambda tangent: jvp(suffix, (at,), (tangent,))[1], chunk_size=chunk)(each)

            rule = gauss_legendre(nodes)
            v = 0
            for first in range(0, nodes, together):
                part = rule[first : first + together]
                if len(part) == 1:
                    v = v + part[0][1] * node(r + part[0][0] * (x - r))
                else:
                    points = torch.stack([r + a * (x - r) for a, _ in part])
                    weights = torch.tensor([w for _, w in part], dtype=x.dtype)
                    v = v + torch.einsum("n,nsd->sd", weights, vmap(node)(points))
            rows.append((v, e))
    (v_a, e_a), (v_b, e_b) = rows
    return v_a @ v_b.T / (e_a.norm() * e_b.norm())


def settings(tokens, nodes):
    """The ways to call `tangents` that are tried; the fastest is the peer."""
    if tokens >= 64:
        return [(1, 16), (1, 32)]
    return [(together, None) for together in (1, 2, 4, 8) if together <= nodes]


def original_seconds(model, texts, layer, steps, outputs):
    """Seconds of the original algorithm: D reverse passes over all nodes of each text, and the product of size (S H)^2.

    Only `outputs` of the D reverse passes are made, and their time is scaled to D; they are all alike.
    """
    seconds, factors = 0.0, []
    for text in texts:
        x, r, _, _, _ = model.ends(text, layer)
        points = torch.tensor([node for node, _ in right_riemann(steps)], dtype=x.dtype)[:, None, None]
        x = (r + points * (x - r)).requires_grad_()
        embedding, forward = timed(lambda x=x: run(model, x, layer).mean(1))
        dim = embedding.shape[1]
        outputs = min(outputs, dim)

        def passes(embedding=embedding, x=x):
            return [torch.autograd.grad(embedding[:, d].sum(), x, retain_graph=True)[0].mean(0) for d in range(outputs)]

        rows, backward = timed(passes)
        seconds += forward + backward * dim / outputs
        factors.append(torch.stack(rows).repeat(dim // outputs, 1, 1).flatten(1))
    _, product = timed(lambda: factors[0].T @ factors[1])
    return seconds + product


def run(model, x, layer):
    """Layers `layer`.. on a batch of points [N, S, H]."""
    extra = {}
    if hasattr(getattr(model.model, "encoder", None), "compute_position_bias"):
        extra = {"position_bias": model.model.encoder.compute_position_bias(x)}
    for block in model.layers()[layer:]:
        out = block(x, attention_mask=None, **extra)
        x = out[0] if isinstance(out, tuple) else out
    return x


def timed(work):
    """The result, and seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
