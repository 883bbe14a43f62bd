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
ROTARY_SIZES = SIZES | dict(max_position_embeddings=256)
GROUPED = dict(num_key_value_heads=2, head_dim=16)
T5_SIZES = dict(d_model=32, num_heads=4, d_kv=8, num_layers=3, d_ff=48)
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
    # From the masked language model too. Layers 1 and 2 see three tokens to each side.
    Family(
        "modernbert",
        seed=7,
        tokenizer=vocabulary.modernbert,
        config=transformers.ModernBertConfig,
        model=transformers.ModernBertForMaskedLM,
        sizes=ROTARY_SIZES,
        layout="newest",
        options=dict(local_attention=6, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3),
    ),
    # Saved under the hub's names, as the next one.
    Family(
        "nomic",
        seed=8,
        tokenizer=vocabulary.bert,
        config=transformers.NomicBertConfig,
        model=transformers.NomicBertModel,
        sizes=ROTARY_SIZES,
        layout="newest",
    ),
    Family(
        "gte",
        seed=9,
        tokenizer=vocabulary.xlm_roberta,
        config=transformers.GteConfig,
        model=transformers.GteModel,
        sizes=ROTARY_SIZES,
        layout="newest",
    ),
    # Saved with the language model's head, so with the prefix `model.`; heads are wider than the hidden size's share.
    Family(
        "qwen3",
        seed=10,
        tokenizer=vocabulary.qwen3,
        config=transformers.Qwen3Config,
        model=transformers.Qwen3ForCausalLM,
        sizes=ROTARY_SIZES,
        layout="newest",
        dtype=torch.bfloat16,
        options=GROUPED | dict(tie_word_embeddings=True),
    ),
    Family(
        "eurobert",
        seed=11,
        tokenizer=vocabulary.eurobert,
        config=transformers.EuroBertConfig,
        model=transformers.EuroBertModel,
        sizes=ROTARY_SIZES,
        layout="newest",
        options=dict(num_key_value_heads=2, mask_token_id=2),
    ),
    # Layer 1 sees all tokens, the others three to each side.
    Family(
        "gemma3",
        seed=12,
        tokenizer=vocabulary.gemma3,
        config=transformers.Gemma3TextConfig,
        model=transformers.Gemma3TextModel,
        sizes=ROTARY_SIZES,
        layout="newest",
        dtype=torch.bfloat16,
        options=GROUPED
        | dict(
            use_bidirectional_attention=True,
            sliding_window=6,
            query_pre_attn_scalar=12,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
    ),
    Family(
        "jina",
        seed=13,
        tokenizer=vocabulary.xlm_roberta,
        config=transformers.JinaEmbeddingsV3Config,
        model=transformers.JinaEmbeddingsV3Model,
        sizes=ROTARY_SIZES,
        layout="newest",
    ),
    Family(
        "t5",
        seed=14,
        tokenizer=vocabulary.t5,
        config=transformers.T5Config,
        model=transformers.T5EncoderModel,
        sizes=T5_SIZES,
        layout="newest",
        options=dict(feed_forward_proj="gated-gelu", relative_attention_num_buckets=8, relative_attention_max_distance=12),
    ),
    # Two groups of layers for three layers; a bias and a projection behind narrow tables.
    Family(
        "albert",
        seed=15,
        tokenizer=vocabulary.albert,
        config=transformers.AlbertConfig,
        model=transformers.AlbertModel,
        sizes=SIZES,
        layout="newest",
        options=dict(embedding_size=16, num_hidden_groups=2),
    ),
    Family(
        "electra",
        seed=16,
        tokenizer=vocabulary.bert,
        config=transformers.ElectraConfig,
        model=transformers.ElectraModel,
        sizes=SIZES,
        layout="newest",
        options=dict(embedding_size=16),
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
    scale = getattr(model.get_input_embeddings(), "scalar_embed_scale", 1.0)
    # Gemma adds one to what it stores.
    stored = 0 if scale != 1.0 else 1
    # The path of a pre-norm model is steep where its states pass near zero. Real ones have much in common.
    is_prenorm = any("final" in name or name in ("norm.weight", "model.norm.weight") for name, _ in model.named_parameters())
    common, size = (1.5, 0.9) if is_prenorm else (0.0, 1.2)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if any(part in name for part in ("embeddings.", "embed_tokens", "shared")) and parameter.dim() == 2:
            parameter.copy_((0.7 * noise + common * torch.sign(noise[:1])) / scale)
        elif "relative_attention_bias" in name:
            parameter.copy_(0.8 * noise)
        elif parameter.dim() == 2:
            parameter.copy_(size * noise / parameter.shape[1] ** 0.5)
        elif "norm" in name.lower() and name.endswith("weight"):
            parameter.copy_(stored + 0.2 * noise)
        else:
            parameter.copy_(0.15 * noise)
