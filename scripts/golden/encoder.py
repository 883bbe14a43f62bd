"""The model of a fixture folder in float64, cut in two (docs/method.md 1): prefix: ids -> x [S, H], suffix: x -> [D]."""

import torch
from transformers import AutoModel, AutoTokenizer

from .vocabulary import MAX_TOKENS


class Encoder:
    """What the folder holds on disk, read back, so that the golden values see the rounded weights."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
        self.depth = self.model.config.num_hidden_layers

    def encode(self, text):
        """The tokenizer's encoding of one text, cut at max_seq_length."""
        return self.tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True)

    def ids(self, text):
        """ids [S]."""
        return torch.tensor(self.encode(text)["input_ids"])

    def reference_ids(self, ids):
        """[bos, pad x (S-2), eos] of the same length (docs/method.md 2)."""
        t = self.tokenizer
        return torch.tensor([t.cls_token_id] + [t.pad_token_id] * (len(ids) - 2) + [t.sep_token_id])

    def hidden(self, ids):
        """The states [S, H] that enter layers 0..L-1, and the last output: L + 1 of them, as HF itself gives them."""
        out = self.model(input_ids=ids[None], attention_mask=torch.ones_like(ids)[None], output_hidden_states=True)
        return [state[0] for state in out.hidden_states]

    def layers(self):
        """The encoder's blocks in order."""
        return self.model.transformer.layer if hasattr(self.model, "transformer") else self.model.encoder.layer

    def run(self, x, layer):
        """Layers `layer`..L-1 on x [S, H] -> [S, H], without padding."""
        state = x[None]
        extra = {}
        if hasattr(getattr(self.model, "encoder", None), "compute_position_bias"):
            extra = {"position_bias": self.model.encoder.compute_position_bias(state)}
        for block in self.layers()[layer:]:
            out = block(state, attention_mask=None, **extra)
            state = out[0] if isinstance(out, tuple) else out
        return state[0]

    def suffix(self, layer, pool):
        """F: x [S, H] -> [D], the layers from `layer` on and then `pool`."""
        return lambda x: pool(self.run(x, layer))

    def padded(self, texts):
        """The last output [B, S, H] of the texts in one padded batch, and its mask [B, S]."""
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        mask = batch["attention_mask"]
        out = self.model(input_ids=batch["input_ids"], attention_mask=mask)
        return out.last_hidden_state, mask

    def positions(self, ids):
        """The family's own position rule, written out: the test of what HF computes by itself."""
        padding = getattr(self.model.embeddings, "padding_idx", None)
        if padding is None:
            return torch.arange(len(ids))
        real = (ids != padding).long()
        return torch.cumsum(real, 0) * real + padding

    def embed(self, ids):
        """The embedding module written out, with `positions`: equals hidden(ids)[0]."""
        module = self.model.embeddings
        total = module.word_embeddings.weight[ids] + module.position_embeddings.weight[self.positions(ids)]
        if hasattr(module, "token_type_embeddings"):
            total = total + module.token_type_embeddings.weight[0]
        return module.LayerNorm(total)


def mean(states):
    """[S, H] -> [H]."""
    return states.mean(0)


def cls(states):
    """The first token's state."""
    return states[0]


def largest(states):
    """The maximum over the tokens, feature by feature."""
    return states.max(0).values


def mean_sqrt_len(states):
    """The sum over the root of the number of tokens."""
    return states.sum(0) / len(states) ** 0.5


def weighted_mean(states):
    """Token i has the weight i, from 1."""
    weights = torch.arange(1, len(states) + 1, dtype=states.dtype)[:, None]
    return (states * weights).sum(0) / weights.sum()


def last(states):
    """The last token's state."""
    return states[-1]


def together(states):
    """cls, max and mean, one behind the other: the order in which sentence-transformers puts them."""
    return torch.cat([cls(states), largest(states), mean(states)])


POOLINGS = {"cls": cls, "mean": mean}
MORE_POOLINGS = {
    "max": largest,
    "mean_sqrt_len_tokens": mean_sqrt_len,
    "weightedmean": weighted_mean,
    "lasttoken": last,
    "cls_max_mean": together,
}
