"""The model of a fixture folder in float64, cut in two (docs/method.md 1): prefix: ids -> x [S, H], suffix: x -> [D].

The cut is made by hooks: the model itself runs, and what enters one of its layers is looked at or replaced.
"""

import copy
import tempfile
from contextlib import contextmanager

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from .vocabulary import MAX_TOKENS


def stay_double():
    """Leaves float64 as it is where models compute normalisations and softmax in float32 for stability."""
    to, single, softmax = torch.Tensor.to, torch.Tensor.float, torch.nn.functional.softmax

    def is_double(x):
        return x.dtype == torch.float64

    def to_other(x, *args, **kwargs):
        if is_double(x) and (args[:1] == (torch.float32,) or kwargs.get("dtype") == torch.float32):
            return x
        return to(x, *args, **kwargs)

    torch.Tensor.to = to_other
    torch.Tensor.float = lambda x, *args, **kwargs: x if is_double(x) else single(x, *args, **kwargs)
    torch.nn.functional.softmax = lambda x, dim=None, dtype=None, **kwargs: softmax(
        x, dim=dim, dtype=None if is_double(x) else dtype
    )


class Encoder:
    """What the folder holds on disk, read back, so that the golden values see the rounded weights."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
        self.stack = self.model.encoder if self.model.config.model_type == "t5" else self.model
        with torch.no_grad():
            self.depth = len(self.hidden(torch.tensor([0, 1]))) - 1

    def encode(self, text):
        """The tokenizer's encoding of one text, cut at max_seq_length."""
        return self.tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True)

    def ids(self, text):
        """ids [S]."""
        return torch.tensor(self.encode(text)["input_ids"])

    def reference_ids(self, ids):
        """Padding, but for the special tokens that the tokenizer puts around a text (docs/method.md 2)."""
        rest = len(self.tokenizer("", add_special_tokens=True)["input_ids"])
        before = self.specials_before()
        after = rest - before
        middle = [self.tokenizer.pad_token_id] * (len(ids) - rest)
        return torch.cat([ids[:before], torch.tensor(middle, dtype=ids.dtype), ids[len(ids) - after :]])

    def specials_before(self):
        """How many special tokens come before a text."""
        with_text = self.tokenizer("a")["input_ids"]
        alone = self.tokenizer("a", add_special_tokens=False)["input_ids"]
        starts = (i for i in range(len(with_text)) if with_text[i : i + len(alone)] == alone)
        return next(starts)

    def call(self, ids):
        """last_hidden_state [S, H] of one text without padding."""
        return self.stack(input_ids=ids[None], attention_mask=torch.ones_like(ids)[None]).last_hidden_state[0]

    def blocks(self):
        """The modules of the layers; ALBERT applies the same one again and again."""
        model = self.model
        kind = model.config.model_type
        if kind == "t5":
            return list(self.stack.block)
        if kind == "albert":
            return [layer for group in model.encoder.albert_layer_groups for layer in group.albert_layers]
        if hasattr(model, "transformer"):
            return list(model.transformer.layer)
        return list(model.encoder.layer if hasattr(model, "encoder") else model.layers)

    @contextmanager
    def entering(self, change):
        """While the model runs, `change(i, x)` replaces what enters layer i, and for i = L what leaves the last."""
        calls = [0]
        depth = getattr(self, "depth", None)

        def before(_, args):
            calls[0] += 1
            return (change(calls[0] - 1, args[0]), *args[1:])

        def after(_, __, out):
            if calls[0] != depth:
                return out
            state = change(depth, out[0] if isinstance(out, tuple) else out)
            return (state, *out[1:]) if isinstance(out, tuple) else state

        hooks = [block.register_forward_pre_hook(before) for block in self.blocks()]
        hooks += [block.register_forward_hook(after) for block in self.blocks()]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def hidden(self, ids):
        """The states [S, H] that enter layers 0..L-1, and what leaves the last one: L + 1 of them."""
        states = {}

        def keep(layer, state):
            states[layer] = state[0]
            return state

        with self.entering(keep):
            self.call(ids)
        if not hasattr(self, "depth"):
            return [*states.values(), None]
        return [states[layer] for layer in range(self.depth + 1)]

    def run(self, x, layer):
        """Layers `layer`..L-1 and a final normalisation on x [S, H] -> [S, H], without padding."""
        ids = torch.zeros(len(x), dtype=torch.long)
        with self.entering(lambda i, state: x[None] if i == layer else state):
            return self.call(ids)

    def as_stored(self, grads):
        """Arrays by parameter under the names, and in the shapes, in which transformers saves the parameters."""
        model = copy.deepcopy(self.model)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(grads.get(name, torch.zeros_like(parameter)))
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            stored = load_file(f"{folder}/model.safetensors")
        without = {name for name, _ in model.named_parameters()} - set(grads)
        return {name: value for name, value in stored.items() if name not in without}

    def suffix(self, layer, pool):
        """F: x [S, H] -> [D], the layers from `layer` on and then `pool`."""
        return lambda x: pool(self.run(x, layer))

    def padded(self, texts):
        """The last output [B, S, H] of the texts in one padded batch, and its mask [B, S]."""
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        mask = batch["attention_mask"]
        # Where a padding token sees nothing, eager attention gives NaN, which spreads.
        self.model.set_attn_implementation("sdpa")
        out = self.stack(input_ids=batch["input_ids"], attention_mask=mask)
        self.model.set_attn_implementation("eager")
        return out.last_hidden_state, mask

    def positions(self, ids):
        """The family's own position rule, written out: the test of what HF computes by itself."""
        padding = getattr(getattr(self.model, "embeddings", None), "padding_idx", None)
        if padding is None:
            return torch.arange(len(ids))
        real = (ids != padding).long()
        return torch.cumsum(real, 0) * real + padding

    def has_positions(self):
        """Whether there is a table of positions, for `embed`."""
        return hasattr(getattr(self.model, "embeddings", None), "position_embeddings")

    def embed(self, ids):
        """The embedding module written out, with `positions`: equals hidden(ids)[0]."""
        module = self.model.embeddings
        total = module.word_embeddings.weight[ids] + module.position_embeddings.weight[self.positions(ids)]
        if hasattr(module, "token_type_embeddings"):
            total = total + module.token_type_embeddings.weight[0]
        total = module.LayerNorm(total)
        for owner, name in [(self.model, "embeddings_project"), (getattr(self.model, "encoder", None), "embedding_hidden_mapping_in")]:
            if hasattr(owner, name):
                total = getattr(owner, name)(total)
        return total


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


def poolings(family):
    """The poolings of a fixture's values. A decoder's first token sees nothing but itself."""
    return {"lasttoken": last, "mean": mean} if family == "qwen3" else {"cls": cls, "mean": mean}


MORE_POOLINGS = {
    "max": largest,
    "mean_sqrt_len_tokens": mean_sqrt_len,
    "weightedmean": weighted_mean,
    "lasttoken": last,
    "cls_max_mean": together,
}
