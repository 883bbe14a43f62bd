#!/usr/bin/env python3
"""Writes the parity fixtures: a tiny seeded model of each family, and what PyTorch computes with it.

    python scripts/golden.py [FAMILY ...]

makes crates/whysim/tests/fixtures/<family>/ anew: a sentence-transformers folder, `golden.safetensors` (computed in
float64 on the weights as they are on disk, stored as float32) and `golden.json`. A second run with the same
versions gives the same bytes. Made with torch 2.15, transformers 5.23, sentence-transformers 6.2, tokenizers 0.23.

Names in golden.safetensors; t is one of the texts a, b, c; p of cls, mean (Qwen3: lasttoken, mean); s of cos, dot; l the cut
0..3 (3: pooling alone, and a final normalisation). Contributions use Gauss-Legendre with 12 nodes.

    ids.t  reference_ids.t                    [S]        int64; also ids.long, cut at max_seq_length
    hidden.t.l  reference_hidden.t.l          [S, H]     what enters layer l; l = 3: what leaves the last layer
    embedding.p.t  reference.p.t              [D]        F(x), F(r); also embedding.mean.long
    contributions.p.t.l                       [S, D]     V of docs/method.md (1)
    riemann.mean.t.1                          [S, D]     the same by the right Riemann sum, 10 steps
    matrix.p.s.l  exact_matrix.p.s.l          [Sa, Sb]   of the pair (a, b), off the shelf and exact
    border_a.p.s.l  border_b.p.s.l            [Sa] [Sb]  V^a q_b / n and V^b q_a / n
    jacobian.mean.a.2                         [D, S, H]  the integrated Jacobian
    grad.<parameter>                                     of the exact model's loss on the batch in golden.json, by
                                                         the names that the parameters have on disk
    grad_padding_row.<parameter>              [H]        the gradient that nn.Embedding's padding_idx zeroes in `grad`
    padded_embedding.p                        [3, D]     a, b, c in one padded batch
    sentence_transformers.t                   [D]        SentenceTransformer(folder).encode(t), normalised; also .long
    bert only:
    pooled.<mode>.t                           [D]        max, mean_sqrt_len_tokens, weightedmean, lasttoken;
                                              [3D]       cls_max_mean
    contributions.max.t.1                     [S, D]
    dense_embedding.mean.t  dense_reference.mean.t  [16]  behind the module in dense/
    dense_contributions.mean.t.1              [S, 16]

golden.json has, among others, the exact model's loss on the batch and, under `curve`, its losses over ten steps of AdamW.
"""

import os
import shutil
import sys
from pathlib import Path

# Before the import of transformers: a fixture needs nothing from outside.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from golden import checks, folder  # noqa: E402
from golden.encoder import stay_double  # noqa: E402
from golden.families import FAMILIES  # noqa: E402
from golden.values import Golden  # noqa: E402
from transformers.utils import logging  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent / "crates" / "whysim" / "tests" / "fixtures"


def make(family, target):
    """One fixture: the folder, its values, and every check on them."""
    shutil.rmtree(target, ignore_errors=True)
    folder.write(family, target)
    golden = Golden(family.name, target)
    golden.compute()
    checks.laws(golden)
    checks.against_tokenizers(golden)
    checks.against_sentence_transformers(golden)
    if family.name == "bert":
        golden.other_heads()
        checks.other_heads(golden)
    golden.save()


def main(chosen):
    """The families named, or all."""
    known = {family.name: family for family in FAMILIES}
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"no such family: {', '.join(unknown)}; known: {', '.join(known)}")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    stay_double()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in chosen or known:
        make(known[name], FIXTURES / name)
        print(f"{name}: written")


if __name__ == "__main__":
    main(sys.argv[1:])
