"""The golden values of one fixture: every tensor by name, and the numbers that go into golden.json."""

import json
import re

import torch
from safetensors.torch import load_file, save_file

from . import method
from .corpus import BATCH, LONG_TEXT, TEXTS
from .encoder import MORE_POOLINGS, Encoder, mean, poolings
from .vocabulary import MAX_TOKENS

NODES, RIEMANN_STEPS = 12, 10


class Golden:
    """Collects `tensors` and `numbers` stage by stage, in float64; `save` rounds."""

    def __init__(self, family, folder):
        self.folder = folder
        self.poolings = poolings(family)
        self.encoder = Encoder(folder)
        self.layers = range(self.encoder.depth + 1)
        self.rule = method.gauss_legendre(NODES)
        self.ids = {t: self.encoder.ids(text) for t, text in TEXTS.items()}
        self.tensors, self.numbers = {}, {}

    def compute(self):
        """All stages; only the gradients need the tape."""
        with torch.no_grad():
            self.tokens()
            self.states()
            self.contributions()
            self.pairs()
            self.padded()
        self.jacobian()
        self.gradients()

    def tokens(self):
        """Ids, pieces, spans, and the positions that the family gives them."""
        texts = {**TEXTS, "long": LONG_TEXT}
        self.numbers |= dict(
            texts=texts,
            max_seq_length=MAX_TOKENS,
            layers=self.encoder.depth,
            gauss_legendre_nodes=NODES,
            right_riemann_steps=RIEMANN_STEPS,
            offsets="offsets count characters, byte_offsets bytes of UTF-8; special tokens are [0, 0]",
            tokens={t: self.describe(text) for t, text in texts.items()},
        )
        for t, ids in self.ids.items():
            self.tensors[f"ids.{t}"] = ids
            self.tensors[f"reference_ids.{t}"] = self.encoder.reference_ids(ids)
        self.tensors["ids.long"] = self.encoder.ids(LONG_TEXT)

    def describe(self, text):
        """One text's entry under `tokens`."""
        encoding = self.encoder.encode(text)
        ids = torch.tensor(encoding["input_ids"])
        spans = encoding["offset_mapping"]
        reference = self.encoder.reference_ids(ids)
        return dict(
            ids=ids.tolist(),
            tokens=self.encoder.tokenizer.convert_ids_to_tokens(encoding["input_ids"]),
            offsets=[list(span) for span in spans],
            byte_offsets=[[len(text[:end].encode()) for end in span] for span in spans],
            positions=self.encoder.positions(ids).tolist(),
            reference_ids=reference.tolist(),
            reference_positions=self.encoder.positions(reference).tolist(),
        )

    def states(self):
        """What enters every layer, for the text and its reference; the embeddings."""
        self.x = {t: self.encoder.hidden(ids) for t, ids in self.ids.items()}
        references = {t: self.encoder.reference_ids(ids) for t, ids in self.ids.items()}
        self.r = {t: self.encoder.hidden(ids) for t, ids in references.items()}
        self.out = {t: self.encoder.call(ids) for t, ids in self.ids.items()}
        for t in TEXTS:
            for layer in self.layers:
                self.tensors[f"hidden.{t}.{layer}"] = self.x[t][layer]
                self.tensors[f"reference_hidden.{t}.{layer}"] = self.r[t][layer]
            for p, pool in self.poolings.items():
                self.tensors[f"embedding.{p}.{t}"] = pool(self.out[t])
                self.tensors[f"reference.{p}.{t}"] = pool(self.encoder.call(references[t]))
        self.tensors["embedding.mean.long"] = mean(self.encoder.call(self.encoder.ids(LONG_TEXT)))

    def contribution(self, t, layer, pool, rule):
        """V [S, D] of one text."""
        return method.contributions(self.encoder.suffix(layer, pool), self.x[t][layer], self.r[t][layer], rule)

    def contributions(self):
        """V for every text, layer and pooling, and how far each is from completeness."""
        gaps = {}
        for t in TEXTS:
            for p, pool in self.poolings.items():
                for layer in self.layers:
                    v = self.contribution(t, layer, pool, self.rule)
                    self.tensors[f"contributions.{p}.{t}.{layer}"] = v
                    shift = self.tensors[f"embedding.{p}.{t}"] - self.tensors[f"reference.{p}.{t}"]
                    gaps[f"{p}.{t}.{layer}"] = ((v.sum(0) - shift).norm() / shift.norm()).item()
            self.tensors[f"riemann.mean.{t}.1"] = self.contribution(
                t, 1, mean, method.right_riemann(RIEMANN_STEPS)
            )
        self.numbers["relative_completeness_gap"] = gaps

    def pairs(self):
        """The pair (a, b) off the shelf and exact, cosine and dot."""
        self.numbers["pairs"], self.numbers["exact_pairs"] = {}, {}
        for p in self.poolings:
            e = [self.tensors[f"embedding.{p}.{t}"] for t in "ab"]
            q = [self.tensors[f"reference.{p}.{t}"] for t in "ab"]
            shifted = [e[0] - q[0], e[1] - q[1]]
            norms = {"cos": e[0].norm() * e[1].norm(), "dot": torch.ones(())}
            exact_norms = {"cos": shifted[0].norm() * shifted[1].norm(), "dot": torch.ones(())}
            for similarity in norms:
                key, n, exact_n = f"{p}.{similarity}", norms[similarity], exact_norms[similarity]
                for layer in self.layers:
                    v = [self.tensors[f"contributions.{p}.{t}.{layer}"] for t in "ab"]
                    pair = method.pair(*v, *e, *q, n)
                    terms = {name: value.item() for name, value in pair["terms"].items()}
                    for part in ("matrix", "border_a", "border_b"):
                        self.tensors[f"{part}.{key}.{layer}"] = pair[part]
                    self.tensors[f"exact_matrix.{key}.{layer}"] = v[0] @ v[1].T / exact_n
                self.numbers["pairs"][key] = dict(
                    norm=n.item(), score=terms["f(a,b)"], corner=terms["f(r_a,r_b)"], terms=terms
                )
                score = (shifted[0] @ shifted[1] / exact_n).item()
                self.numbers["exact_pairs"][key] = dict(norm=exact_n.item(), score=score)

    def padded(self):
        """The three texts in one padded batch, pooled under the mask."""
        states, mask = self.encoder.padded(list(TEXTS.values()))
        for p, pool in self.poolings.items():
            rows = [pool(state[real.bool()]) for state, real in zip(states, mask, strict=True)]
            self.tensors[f"padded_embedding.{p}"] = torch.stack(rows)

    def jacobian(self):
        """[D, S, H] for one case."""
        self.tensors["jacobian.mean.a.2"] = method.integrated_jacobian(
            self.encoder.suffix(2, mean), self.x["a"][2], self.r["a"][2], self.rule
        ).detach()

    def gradients(self):
        """Of the exact model's loss; see method.gradients for the padding rows."""
        batch = [(self.ids[a], self.ids[b], gold) for a, b, gold in BATCH]
        loss, grads, rows = method.gradients(self.encoder, batch, mean)
        self.tensors |= {f"grad.{name}": grad for name, grad in self.encoder.as_stored(grads).items()}
        self.tensors |= {f"grad_padding_row.{name}": row for name, (_, row) in rows.items()}
        self.numbers |= dict(
            loss=loss,
            curve=method.CURVE | dict(losses=method.loss_curve(self.encoder, batch, mean)),
            batch=[list(entry) for entry in BATCH],
            padding_rows={name: i for name, (i, _) in rows.items()},
        )

    @torch.no_grad()
    def other_heads(self):
        """The other poolings, and a Dense module behind the mean."""
        for t in TEXTS:
            for mode, pool in MORE_POOLINGS.items():
                self.tensors[f"pooled.{mode}.{t}"] = pool(self.out[t])
            self.tensors[f"contributions.max.{t}.1"] = self.contribution(t, 1, MORE_POOLINGS["max"], self.rule)
            self.tensors[f"dense_embedding.mean.{t}"] = self.dense(self.out[t])
            self.tensors[f"dense_reference.mean.{t}"] = self.dense(self.encoder.call(self.encoder.reference_ids(self.ids[t])))
            self.tensors[f"dense_contributions.mean.{t}.1"] = self.contribution(t, 1, self.dense, self.rule)

    def dense(self, states):
        """tanh(W mean + b), with the weights in `dense/`."""
        weights = load_file(self.folder / "dense" / "model.safetensors")
        weight, bias = weights["linear.weight"].double(), weights["linear.bias"].double()
        return torch.tanh(weight @ mean(states) + bias)

    def save(self):
        """golden.safetensors: float64 becomes float32, ids stay int64; golden.json: 12 digits."""
        stored = {name: value.float() if value.is_floating_point() else value for name, value in self.tensors.items()}
        save_file({name: value.contiguous() for name, value in stored.items()}, self.folder / "golden.safetensors")
        text = json.dumps(rounded(self.numbers), ensure_ascii=False, indent=1)
        # Spans and lists of numbers on one line.
        text = re.sub(r"\[\s+([^\[\]{}\"]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)
        (self.folder / "golden.json").write_text(text + "\n", encoding="utf-8")


def rounded(value):
    """Numbers to 12 digits, and rounding noise to zero: the last digits are the machine's."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < 1e-13 else float(f"{value:.12g}")
    return value
