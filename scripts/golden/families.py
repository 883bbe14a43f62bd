"""The tiny models: one recipe for each family, each with another spelling of the folder.

A loader meets a different age of sentence-transformers, a different weight file and a different activation in
every family; the names below say which.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import transformers

from . import vocabulary

SIZES = dict(
    hidden_size=32, num_attention_heads=4, num_hidden_layers=3, intermediate_size=48, max_position_embeddings=48
)
DISTILBERT_SIZES = dict(dim=32, n_heads=4, n_layers=3, hidden_dim=48, max_position_embeddings=48)


@dataclass(frozen=True)
class Family:
    """How one fixture is made.

    `layout`: "v2", "v3" or "newest", the age of sentence-transformers that the folder's JSON follows.
    `weights`: "single", "sharded" or "pickled". `dtype`: of the weights on disk.
    """

    name: str
    seed: int
    tokenizer: Callable
    config: type
    model: type
    sizes: dict
    layout: str
    weights: str = "single"
    dtype: torch.dtype = torch.float32
    options: dict = field(default_factory=dict)


FAMILIES = [
    Family(
        "bert",
        seed=1,
        tokenizer=vocabulary.bert,
        config=transformers.BertConfig,
        model=transformers.BertModel,
        sizes=SIZES,
        layout="v2",
        options=dict(hidden_act="gelu", layer_norm_eps=1e-12),
    ),
    Family(
        "mpnet",
        seed=2,
        tokenizer=vocabulary.mpnet,
        config=transformers.MPNetConfig,
        model=transformers.MPNetModel,
        sizes=SIZES,
        layout="newest",
        weights="sharded",
        options=dict(hidden_act="gelu", layer_norm_eps=1e-5),
    ),
    # Saved from the masked language model: its file has the prefix `roberta.` and a head to be ignored.
    Family(
        "roberta",
        seed=3,
        tokenizer=vocabulary.roberta,
        config=transformers.RobertaConfig,
        model=transformers.RobertaForMaskedLM,
        sizes=SIZES,
        layout="v2",
        options=dict(hidden_act="gelu_new", layer_norm_eps=1e-5, type_vocab_size=1),
    ),
    Family(
        "xlm-roberta",
        seed=4,
        tokenizer=vocabulary.xlm_roberta,
        config=transformers.XLMRobertaConfig,
        model=transformers.XLMRobertaModel,
        sizes=SIZES,
        layout="v3",
        weights="pickled",
        options=dict(hidden_act="gelu", layer_norm_eps=1e-3, type_vocab_size=1),
    ),
    Family(
        "camembert",
        seed=5,
        tokenizer=vocabulary.camembert,
        config=transformers.CamembertConfig,
        model=transformers.CamembertModel,
        sizes=SIZES,
        layout="v3",
        dtype=torch.float16,
        options=dict(hidden_act="relu", layer_norm_eps=1e-5, type_vocab_size=1),
    ),
    Family(
        "distilbert",
        seed=6,
        tokenizer=vocabulary.distilbert,
        config=transformers.DistilBertConfig,
        model=transformers.DistilBertModel,
        sizes=DISTILBERT_SIZES,
        layout="newest",
        dtype=torch.bfloat16,
        options=dict(activation="gelu"),
    ),
]


def build(family, tokenizer):
    """The seeded model, in the precision that its file will have."""
    special = dict(pad_token_id=tokenizer.pad_token_id)
    if tokenizer.bos_token_id is not None:
        special |= dict(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    config = family.config(vocab_size=len(tokenizer), **family.sizes, **special, **family.options)
    model = family.model(config)
    randomise(model, torch.Generator().manual_seed(family.seed))
    return model.to(family.dtype).eval()


@torch.no_grad()
def randomise(model, generator):
    """Weights so large that attention is far from uniform and the activation far from linear; no row left at 0 or 1."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "embeddings." in name and parameter.dim() == 2:
            parameter.copy_(0.7 * noise)
        elif "relative_attention_bias" in name:
            parameter.copy_(0.8 * noise)
        elif parameter.dim() == 2:
            parameter.copy_(1.2 * noise / parameter.shape[1] ** 0.5)
        elif "norm" in name.lower() and name.endswith("weight"):
            parameter.copy_(1 + 0.2 * noise)
        else:
            parameter.copy_(0.15 * noise)
