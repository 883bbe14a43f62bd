"""sentence-transformers: its searches and similarity matrices explained, and an evaluator that keeps attributions during training.

Needs sentence-transformers: ``pip install 'whysim[sentence-transformers]'``. Wherever an explainer is asked for, the loaded
``SentenceTransformer`` itself will do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._embedder import as_array
from .._errors import InputError
from .._explainer import Explainer
from .._explanation import Explanation
from .._texts import texts_of
from .._types import Floats
from ._explainer import Model, check_options, explainer_of, missing
from .hits import explained
from .results import Hits

try:
    try:
        from sentence_transformers.base.evaluation import BaseEvaluator as _Evaluator
    except ModuleNotFoundError as error:
        if error.name and not error.name.startswith("sentence_transformers.base"):
            raise
        # Where versions 5 have it at first.
        from sentence_transformers.evaluation import SentenceEvaluator as _Evaluator
except ModuleNotFoundError as error:
    raise missing(error, "sentence-transformers") from error


def explain_search(
    queries: str | Sequence[str],
    results: Sequence[Sequence[Mapping[str, Any]]],
    corpus: Sequence[str],
    explainer: Model = None,
    **options: Any,
) -> list[Hits]:
    """Explains what ``util.semantic_search`` returned: one :class:`~whysim.integrations.results.Hits` for each query. A hit's ``hit`` is
    its dict with ``corpus_id`` and ``score``.

    ``queries``: the texts whose embeddings searched. ``corpus``: the texts that were searched. ``options``: those of
    :meth:`whysim.Explainer.highlight`.
    """
    chosen = check_options(options)
    asked = [queries] if isinstance(queries, str) else texts_of(queries, "queries", "a str or ")
    if len(asked) != len(results):
        raise InputError(f"the results are of {len(results)} queries, but {len(asked)} are given")
    made = explainer_of(explainer)
    all: list[Hits] = []
    for query, hits in zip(asked, results):
        outside = [hit["corpus_id"] for hit in hits if not 0 <= hit["corpus_id"] < len(corpus)]
        if outside:
            raise InputError(f"the results have corpus_id {outside[0]}, but the corpus has {len(corpus)} texts: it is not the one searched")
        texts = [corpus[hit["corpus_id"]] for hit in hits]
        all.append(explained(made, query, hits, texts, [float(hit["score"]) for hit in hits], options=chosen))
    return all


class MatrixPair(NamedTuple):
    """One entry of a matrix of similarities with its explanation."""

    a: int
    """Row."""
    b: int
    """Column."""
    similarity: float
    """The entry."""
    explanation: Explanation
    """Why. Its ``score`` is the entry, if the model is the one that made the matrix."""


def explain_matrix(
    similarities: Any, texts_a: Sequence[str], texts_b: Sequence[str] | None = None, explainer: Model = None, *, top: int = 10
) -> list[MatrixPair]:
    """Explains the ``top`` highest entries of ``model.similarity(embeddings_a, embeddings_b)``, the highest first.

    ``similarities``: ``[A, B]``, an array or a tensor. ``texts_b``: None for the matrix of ``texts_a`` with themselves, of which only the
    entries above the diagonal count. Every text is decomposed once.
    """
    matrix = as_array(similarities, "similarities")
    rows, columns = texts_of(texts_a, "texts_a"), texts_of(texts_a if texts_b is None else texts_b, "texts_b")
    if matrix.shape != (len(rows), len(columns)):
        raise InputError(f"similarities must have the shape [{len(rows)}, {len(columns)}] of the texts, not {list(matrix.shape)}")
    if top < 1:
        raise InputError(f"top must be 1 or more, not {top}")
    places = _highest(matrix, top, 0 if texts_b is not None else 1)
    distinct = list(dict.fromkeys([rows[a] for a, _ in places] + [columns[b] for _, b in places]))
    known = dict(zip(distinct, explainer_of(explainer).decompose(distinct))) if distinct else {}
    return [MatrixPair(a, b, float(matrix[a, b]), known[rows[a]].attribute(known[columns[b]])) for a, b in places]


def _highest(matrix: Floats, top: int, above: int) -> list[tuple[int, int]]:
    """The places of the highest entries; with ``above = 1`` only of those above the diagonal."""
    # For a matrix of itself the lower half says the same again.
    a, b = np.triu_indices(len(matrix), k=1) if above else (index.ravel() for index in np.indices(matrix.shape))
    order = np.argsort(-matrix[a, b], kind="stable")[:top]
    return [(int(a[i]), int(b[i])) for i in order]


class AttributionEvaluator(_Evaluator):
    """Writes down at every evaluation of a training run how the model explains some pairs, to see whether it looks at the right words
    more and more, or at the wrong ones. For ``SentenceTransformerTrainer(evaluator=[AttributionEvaluator(pairs), ...])``.

    Each call adds a line of JSON for each pair to ``whysim_<name>_attributions.jsonl`` in the trainer's ``output_dir/eval``: ``epoch``,
    ``steps``, ``pair``, ``a``, ``b``, ``score``, ``error``, ``bound``, ``exact``, ``rows_a``, ``rows_b`` (texts of rows and columns), ``matrix``
    ([rows, columns]) and ``interaction`` (the same shape). It returns ``mean_score``, and ``change``: the mean distance of the
    pairs' matrices to those of the call before, in lengths of the latter; 0 at the first call. Neither says which model is better:
    let another evaluator choose checkpoints.

    ``pairs``: pairs of texts. ``settings``: keywords of :class:`whysim.Explainer`; rows are words unless they say otherwise.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]], *, name: str = "", settings: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        if not pairs:
            raise InputError("there are no pairs to explain")
        self.pairs = [tuple(texts_of(pair, "a pair")) for pair in pairs]
        for number, pair in enumerate(self.pairs, 1):
            if len(pair) != 2:
                raise InputError(f"pair {number} must be of two texts, not {len(pair)}")
        self.name = name
        self.settings = {"by": "word", **(settings or {})}
        self.primary_metric = "mean_score"
        self._before: list[Floats] | None = None

    @property
    def file(self) -> str:
        """The name of the file that is written."""
        return f"whysim_{self.name}_attributions.jsonl" if self.name else "whysim_attributions.jsonl"

    def __call__(self, model: Any, output_path: str | None = None, epoch: float = -1, steps: int = -1) -> dict[str, float]:
        explainer = Explainer(model, **self.settings)
        known = explainer.decompose([text for pair in self.pairs for text in pair], progress=False)
        found = [a.attribute(b) for a, b in zip(known[::2], known[1::2])]
        if output_path is not None:
            self._write(os.path.join(output_path, self.file), found, epoch, steps)
        metrics = {
            "mean_score": float(np.mean([x.score for x in found])),
            "change": self._change([x.matrix for x in found]),
        }
        metrics = dict(self.prefix_name_to_metrics(metrics, self.name))
        self.store_metrics_in_model_card_data(model, metrics, epoch, steps)
        return metrics

    def _change(self, matrices: list[Floats]) -> float:
        before, self._before = self._before, matrices
        if before is None:
            return 0.0
        lengths = [(float(np.linalg.norm(new - old)), float(np.linalg.norm(old))) for new, old in zip(matrices, before)]
        return float(np.mean([moved / (length or 1.0) for moved, length in lengths]))

    def _write(self, path: str, found: Sequence[Explanation], epoch: float, steps: int) -> None:
        lines = []
        for number, x in enumerate(found):
            record = {
                "epoch": epoch,
                "steps": steps,
                "pair": number,
                "a": x.a.text,
                "b": x.b.text,
                "score": x.score,
                "error": x.error,
                "bound": x.bound,
                "exact": x.exact,
                "rows_a": x.tokens_a,
                "rows_b": x.tokens_b,
                "matrix": x.matrix.tolist(),
                "interaction": x.interaction.tolist(),
            }
            lines.append(json.dumps(record, ensure_ascii=False) + "\n")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        # All lines of a step at once: a run that is stopped leaves whole steps.
        with open(path, "a", encoding="utf-8") as file:
            file.write("".join(lines))
