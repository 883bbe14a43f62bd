"""What has to hold before a fixture is written: the laws of docs/method.md, and agreement with the real libraries."""

import warnings

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as st
from tokenizers import Tokenizer

from . import method
from .corpus import LONG_TEXT, TEXTS
from .encoder import MORE_POOLINGS
from .values import RIEMANN_STEPS
from .vocabulary import MAX_TOKENS

# A kink makes every rule converge as 1/N only.
SMOOTH_GAP, KINKED_GAP = 1e-3, 0.1
# Nearer to a kink than this, float32 could fall on its other side.
KINK_MARGIN = 3e-6


def close(left, right, tolerance, what):
    """Absolute difference, element by element."""
    worst = (left - right).abs().max().item()
    assert left.shape == right.shape and worst <= tolerance, f"{what}: differs by {worst}"


@torch.no_grad()
def laws(golden):
    """Positions, the cut, completeness, the pair's ledger, the padded batch, the Jacobian."""
    encoder, tensors = golden.encoder, golden.tensors
    for t, ids in golden.ids.items():
        if encoder.has_positions():
            close(encoder.embed(ids), golden.x[t][0], 1e-12, f"positions of {t}")
            reference = encoder.embed(encoder.reference_ids(ids))
            close(reference, golden.r[t][0], 1e-12, f"positions of the reference of {t}")
        for layer in golden.layers:
            close(encoder.run(golden.x[t][layer], layer), golden.out[t], 1e-12, f"layers from {layer} of {t}")
    kinked = activation(encoder) == "relu"
    has_final_norm = not torch.equal(golden.x["a"][-1], golden.out["a"])
    for name, gap in golden.numbers["relative_completeness_gap"].items():
        layer = int(name[-1])
        limit = KINKED_GAP if kinked else SMOOTH_GAP
        assert layer == 0 or gap < limit, f"completeness of {name}: {gap}"
        assert layer < encoder.depth or gap < 1e-14 or has_final_norm, f"the pooled share of {name}: {gap}"
    ledger(golden, KINKED_GAP if kinked else SMOOTH_GAP)
    for p in golden.poolings:
        single = torch.stack([tensors[f"embedding.{p}.{t}"] for t in TEXTS])
        # Padding on the left moves positions, whose angles are float32.
        tolerance = 1e-12 if encoder.tokenizer.padding_side == "right" else 1e-6
        close(tensors[f"padded_embedding.{p}"], single, tolerance, f"padded {p}")
    rows = torch.einsum("dsh,sh->sd", tensors["jacobian.mean.a.2"], golden.x["a"][2] - golden.r["a"][2])
    close(rows, tensors["contributions.mean.a.2"], 1e-12, "Jacobian against its products")
    if kinked:
        margin = min(relu_margin(golden, t, layer) for t in TEXTS for layer in golden.layers)
        assert margin > KINK_MARGIN, f"a node is only {margin} from a kink: take another seed"


def ledger(golden, tolerance):
    """Equation (5): matrix, border and corner sum to the score, measured by the size of the four terms."""
    for key, pair in golden.numbers["pairs"].items():
        scale = sum(abs(term) for term in pair["terms"].values())
        for layer in list(golden.layers)[1:]:
            parts = (golden.tensors[f"{part}.{key}.{layer}"].sum() for part in ("matrix", "border_a", "border_b"))
            gap = abs(sum(parts).item() + pair["corner"] - pair["score"])
            assert gap < tolerance * scale, f"ledger of {key} at layer {layer}: {gap}"


def relu_margin(golden, t, layer):
    """The smallest distance of a ReLU's argument from 0, over the nodes and both ends of one text's path."""
    seen = []
    hooks = [
        block.intermediate.dense.register_forward_hook(lambda _, __, out: seen.append(out.abs().min().item()))
        for block in golden.encoder.blocks()
    ]
    x, r = golden.x[t][layer], golden.r[t][layer]
    for node, _ in golden.rule + method.right_riemann(RIEMANN_STEPS) + [(0, 0)]:
        golden.encoder.run(r + node * (x - r), layer)
    for hook in hooks:
        hook.remove()
    return min(seen, default=float("inf"))


@torch.no_grad()
def max_margin(golden):
    """The same for max pooling at layer 1: the smallest lead of a maximum over the second."""
    leads = []
    for t in TEXTS:
        x, r = golden.x[t][1], golden.r[t][1]
        for node, _ in golden.rule:
            first, second = golden.encoder.run(r + node * (x - r), 1).topk(2, dim=0).values
            leads.append((first - second).min().item())
    assert min(leads) > KINK_MARGIN, f"a node is only {min(leads)} from another maximum: take another seed"


def activation(encoder):
    """The configured activation's name."""
    names = ("hidden_act", "activation", "hidden_activation", "dense_act_fn")
    return next(getattr(encoder.model.config, name) for name in names if hasattr(encoder.model.config, name))


def against_sentence_transformers(golden):
    """The library itself, on the same folder in float32; its answers are stored too."""
    library = SentenceTransformer(str(golden.folder), device="cpu", model_kwargs={"dtype": torch.float32})
    assert library.max_seq_length == MAX_TOKENS, library.max_seq_length
    for t, text in {**TEXTS, "long": LONG_TEXT}.items():
        own = golden.tensors[f"embedding.mean.{t}"]
        answer = library.encode(text, convert_to_tensor=True)
        close(answer.double(), own / own.norm(), 1e-5, f"sentence-transformers on {t}")
        golden.tensors[f"sentence_transformers.{t}"] = answer


def against_tokenizers(golden):
    """tokenizer.json alone gives the ids that transformers gives."""
    alone = Tokenizer.from_file(str(golden.folder / "tokenizer.json"))
    alone.no_padding()
    alone.enable_truncation(MAX_TOKENS)
    for t, text in {**TEXTS, "long": LONG_TEXT}.items():
        assert alone.encode(text).ids == golden.tensors[f"ids.{t}"].tolist(), f"ids of {t}"


@torch.no_grad()
def other_heads(golden):
    """sentence-transformers' own Pooling and Dense on the same states, and the order of its old flags."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        flags = dict(pooling_mode_mean_tokens=True, pooling_mode_max_tokens=True, pooling_mode_cls_token=True)
        assert st.Pooling(32, **flags).pooling_mode == ("cls", "max", "mean")
    dense = st.Dense.load(str(golden.folder / "dense")).double()
    for t in TEXTS:
        states = golden.out[t]
        for mode in MORE_POOLINGS:
            pooling = st.Pooling(32, ("cls", "max", "mean") if mode == "cls_max_mean" else mode)
            features = {"token_embeddings": states[None], "attention_mask": torch.ones(1, len(states)).long()}
            answer = pooling(features)["sentence_embedding"][0]
            close(answer, golden.tensors[f"pooled.{mode}.{t}"], 1e-12, f"{mode} of {t}")
        mean = {"sentence_embedding": golden.tensors[f"embedding.mean.{t}"]}
        close(dense(mean)["sentence_embedding"], golden.tensors[f"dense_embedding.mean.{t}"], 1e-12, f"Dense of {t}")
    max_margin(golden)
