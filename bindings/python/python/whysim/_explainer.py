"""A model, with the settings of its explanations.

One class: the length is that of its reference in docstrings.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Callable, Literal, overload

import numpy as np

from . import _contrast, _files, _highlight
from . import _whysim as core
from ._decomposition import Decomposition
from ._embedder import Embed, Embedder
from ._errors import InputError, TypeInputError
from ._explanation import Explanation
from ._features import Features
from ._margin import Margin
from ._model import load
from ._progress import progress as shown
from ._relevance import Relevance, relevance, shortfall
from ._report import EvaluationReport
from ._rows import rows_of
from ._settings import options
from ._texts import check_text, texts_of
from ._types import Floats, Index, Method, Precision, Removal, Similarity, Unit
from ._warnings import warn, warn_of_missed


class Explainer:
    """Explains why texts are similar under a sentence transformer.

    ``model``: a folder, a model on the Hugging Face hub, the name of a published exact model, or a loaded ``SentenceTransformer``
    with its present weights. None: the one that the environment variable ``WHYSIM_MODEL`` names, else
    ``minilm-exact``, an exact twin of all-MiniLM-L6-v2 inside the package.

    ``layer``: the layer whose input is attributed, 0 (embeddings) to L, or from the end, -1 = L. None: L - 1.
    ``n_steps``: the number of quadrature nodes. None: as many as it takes to bring each text's relative completeness gap under
    ``tolerance``, at most ``max_steps``.
    ``method``: ``"gausslegendre"`` (the default), or ``"riemann_right"``, the rule of the papers, both of which integrate along a path; or
    ``"removal"``: Shapley values from embeddings of parts of the text, with standard errors where these were drawn.
    ``reference``: what texts are compared with: ``"pad"`` (the default), ``"mask"``, ``"zero"``, or any text. By removal, what a text is worth
    of which nothing is kept: ``"empty"``, what the model makes of its special tokens (the default), or ``"zero"``.
    ``by``: what a row stands for: ``"token"`` (the default), ``"word"`` or ``"sentence"``; coarser rows cost less.
    ``precision``: ``"float32"``, or ``"bfloat16"``, which multiplies tangents with weights after rounding both to 8 bits: before the default
    layer it is 1.3 to 1.6 times faster on processors with AVX512-BF16, and attributions are off by up to some thousandths of the largest; the
    rounding of their sum is in the gap, the error and the bound.
    ``similarity``: ``"cos"`` or ``"dot"``. None: what the model's config asks for, else cosine.
    ``prompt``: the name of the model's prompt to put before texts. None: its default prompt, if it has one.
    ``embed``: instead of a model, a function from a list of texts to an array ``[texts, D]`` (NumPy, PyTorch or lists): a
    ``SentenceTransformer.encode`` on a GPU, a client of a service, code of your own. It is called with at most ``batch_size`` texts at a
    time, and explained by removal of words (the default) or sentences, an empty text counting as zero. ``name``: what results call it;
    decompositions by functions of the same name can be paired.
    ``removal``: how rows are removed: ``"delete"``, ``"mask-token"`` or ``"attention-mask"``. ``index``: ``"shapley"`` or ``"banzhaf"``.
    ``budget``: the most texts to embed for each text; None: all combinations of up to 10 rows, else 512, or 8 for each row. ``seed``: of the
    combinations that are drawn.
    ``revision``: branch, tag or commit of a model on the hub.
    ``truncate_dim``: use the first dimensions of embeddings only, as models trained for it allow. None: what the model's config says.
    ``progress``: a bar for the download. None shows one in a terminal or notebook if tqdm is installed and it takes more than a second.

    An explainer may be used by several threads at once; Python's lock is released while it works. It can be pickled, unless it was made from
    a model in memory: the pickle holds the model's name, from which the model is loaded again.

    >>> whysim.Explainer(folder, layer=0, n_steps=20)
    Explainer('bert', layer 0 of 3, cos)
    """

    def __init__(
        self,
        model: Any = None,
        *,
        layer: int | None = None,
        embed: Embed | None = None,
        name: str | None = None,
        batch_size: int = 256,
        method: Method | None = None,
        n_steps: int | None = None,
        tolerance: float = 1e-3,
        max_steps: int = 256,
        reference: str | None = None,
        by: Unit | None = None,
        precision: Precision = "float32",
        similarity: Similarity | None = None,
        prompt: str | None = None,
        removal: Removal = "delete",
        index: Index = "shapley",
        budget: int | None = None,
        seed: int = 0,
        revision: str | None = None,
        truncate_dim: int | None = None,
        progress: bool | None = None,
    ) -> None:
        if embed is None and name is not None:
            raise InputError("name is that of an embed function; a model's name is its own")
        if embed is not None and not (model is None and revision is None and truncate_dim is None):
            raise InputError("give a model, with its revision and truncate_dim, or an embed function, not both")
        # The two answer the same questions.
        self._encoder: core.Encoder | Embedder = (
            load(model, revision, truncate_dim, progress) if embed is None else Embedder(embed, name, batch_size)
        )
        # Where to load the same model from again; for the default model, the name under which it was found.
        is_named = embed is None and (model is None or isinstance(model, (str, os.PathLike)))
        self._source = (self._encoder.name, revision, truncate_dim) if is_named else None
        for note in self._encoder.notes:
            warn(note)
        self._settings: dict[str, Any] = {
            "layer": layer,
            "method": method,
            "n_steps": n_steps,
            "tolerance": tolerance,
            "max_steps": max_steps,
            "reference": reference,
            "by": by,
            "precision": precision,
            "prompt": prompt,
            "removal": removal,
            "index": index,
            "budget": budget,
            "seed": seed,
        }
        self._similarity: Similarity = similarity or self._encoder.similarity
        self._check()

    def _check(self) -> None:
        """Reports wrong settings now, not at the first text."""
        self._encoder.layer(self._settings["layer"])
        self._encoder.check_prompt(self._settings["prompt"])
        if self._similarity not in ("cos", "dot"):
            raise InputError(f'similarity must be "cos" or "dot", not {self._similarity!r}')
        self._options = self._with_prompt(None)

    def _with_prompt(self, prompt: str | None) -> core.Options:
        return options(self._settings, isinstance(self._encoder, Embedder), prompt)

    def with_options(self, **changes: Any) -> Explainer:
        """The same model with other settings: any keyword of the constructor but those that choose the model, and ``progress``.

        >>> explainer.with_options(layer=0, n_steps=20).layer
        0
        """
        other = Explainer.__new__(Explainer)
        other._encoder, other._source = self._encoder, self._source
        other._similarity = changes.pop("similarity", None) or self._similarity
        unknown = sorted(set(changes) - set(self._settings))
        if unknown:
            known = ", ".join([*self._settings, "similarity"])
            raise TypeInputError(f"with_options has no {unknown[0]!r}; it takes {known}")
        other._settings = {**self._settings, **changes}
        other._check()
        return other

    def __reduce__(self) -> tuple[Callable[..., Explainer], tuple[str, str | None, int | None, dict[str, Any]]]:
        if isinstance(self._encoder, Embedder):
            raise TypeInputError("this explainer cannot be pickled: it holds a function; make it again where it is needed")
        if self._source is None:
            raise TypeInputError("this explainer cannot be pickled: its model is in memory only; save the model, and give its folder")
        return _unpickle, (*self._source, {**self._settings, "similarity": self._similarity})

    @property
    def model(self) -> str:
        """The model as it was named."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Hash of the model's weights and of everything else that defines it."""
        return self._encoder.fingerprint

    @property
    def exact(self) -> bool:
        """Whether the model's attributions sum to the score itself."""
        return self._encoder.exact

    @property
    def layer(self) -> int:
        """The layer whose input is attributed, counted from 0."""
        return self._encoder.layer(self._settings["layer"])

    @property
    def layers(self) -> int:
        """L, the model's number of layers."""
        return self._encoder.layers

    @property
    def dim(self) -> int:
        """D, the width of an embedding."""
        return self._encoder.dim

    @property
    def hidden(self) -> int:
        """H, the width of a hidden state."""
        return self._encoder.hidden

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model reads, special tokens included."""
        return self._encoder.limit

    def explain(self, a: str, b: str, *, prompt_a: str | None = None, prompt_b: str | None = None) -> Explanation:
        """Why two texts are similar. ``prompt_a``, ``prompt_b``: names of prompts, if the texts have different ones.

        >>> explainer.explain("The cat sleeps.", "A kitten naps.").tokens_a
        ['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']
        """
        check_text(a, "a")
        check_text(b, "b")
        options_a, options_b = self._with_prompt(prompt_a), self._with_prompt(prompt_b)
        found = self._encoder.explain(a, b, options_a, options_b, self._similarity)
        warn_of_missed(found.shortfalls())
        return Explanation(found)

    @overload
    def relevance(  # type: ignore[overload-overlap]  # as for decompose
        self,
        query: str,
        passages: str,
        *,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance: ...

    @overload
    def relevance(
        self,
        query: str,
        passages: Sequence[str],
        *,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[Relevance]: ...

    def relevance(
        self,
        query: str,
        passages: str | Sequence[str],
        *,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance | list[Relevance]:
        """What each token of a passage adds to its similarity to the query: a :class:`Relevance` for one passage (a str),
        a list of them for many (a list). It takes a few times as long as embedding the passages, however long they are.

        ``prompt_query``, ``prompt_passage``: names of prompts, if queries and passages have different ones. ``progress``: as for
        :meth:`decompose`.

        >>> [round(r.score, 3) == round(explainer.similarity("a cat", p), 3)
        ...  for p in ["The cat sleeps."] for r in explainer.relevance("a cat", [p])]
        [True]
        """
        check_text(query, "query")
        many = [passages] if isinstance(passages, str) else texts_of(passages, "passages", "a str or ")
        chosen = self._with_prompt(prompt_passage)
        prompt = prompt_query or self._settings["prompt"]
        with shown(progress) as listener:
            found = self._encoder.relevance((query, prompt), many, chosen, self._similarity, listener)
        warn_of_missed(shortfall(one) for one in found)
        all = [relevance(one) for one in found]
        return all[0] if isinstance(passages, str) else all

    @overload
    def highlight(  # type: ignore[overload-overlap]  # as for decompose
        self,
        query: str,
        passages: str,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight: ...

    @overload
    def highlight(
        self,
        query: str,
        passages: Sequence[str],
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[_highlight.Highlight]: ...

    def highlight(
        self,
        query: str,
        passages: str | Sequence[str],
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight | list[_highlight.Highlight]:
        """What of a passage answers the query: a :class:`Highlight` for one passage (a str), a list of them for many (a list).

        ``top``: the most spans of a passage. ``least``: the least share of a span, from 0 to 1. ``by``: ``"phrase"`` merges words that stand
        together, ``"sentence"`` marks whole sentences. A passage that is longer than what the model reads is read in overlapping windows.
        Without settings of its own an explainer uses three quadrature nodes here, at five to seven times the cost of embedding; one with an
        ``embed`` function removes sentences, then the words of the best one, within ``budget`` texts for each passage.
        ``prompt_query``, ``prompt_passage``, ``progress``: as for :meth:`relevance`.

        >>> [span.text for span in explainer.highlight("a sleeping cat", "The cat sleeps.", by="sentence").spans]
        ['The cat sleeps.']
        """
        check_text(query, "query")
        many = [passages] if isinstance(passages, str) else texts_of(passages, "passages", "a str or ")
        wished = _highlight.wish(by, top, least)
        encoder, prompt = self._encoder, prompt_query or self._settings["prompt"]
        is_function = isinstance(encoder, Embedder)
        chosen = options(_highlight.settings_of(self._settings, is_function), is_function, prompt_passage)
        with shown(progress) as listener:
            if isinstance(encoder, Embedder):
                encoder.check_prompt(prompt)
                found = _highlight.by_function(encoder, query, many, chosen, wished, self._similarity, listener)
            else:
                found = encoder.highlight((query, prompt), many, chosen, wished, self._similarity, listener)
        warn_of_missed(one.shortfall(f"passage number {i}") for i, one in enumerate(found, 1))
        all = [_highlight.Highlight(one) for one in found]
        return all[0] if isinstance(passages, str) else all

    @overload
    def decompose(  # type: ignore[overload-overlap]  # a str is a sequence of str too, and is taken as one text
        self, texts: str, *, prompt: str | None = None, progress: bool | None = None
    ) -> Decomposition: ...

    @overload
    def decompose(
        self, texts: Sequence[str], *, prompt: str | None = None, progress: bool | None = None
    ) -> list[Decomposition]: ...

    def decompose(
        self, texts: str | Sequence[str], *, prompt: str | None = None, progress: bool | None = None
    ) -> Decomposition | list[Decomposition]:
        """Decomposes one text (a str) into a :class:`Decomposition`, or many (a list) into a list of them, on all threads.

        ``progress``: True shows a bar (needs tqdm), False none; None shows one in a terminal or notebook if tqdm is installed and
        it takes more than a second. Ctrl-C stops after the texts in progress.

        >>> explainer.decompose("The cat sleeps.")
        Decomposition('The cat sleeps.', [6, 32], layer 2 of 3, gap ...)
        >>> len(explainer.decompose(["The cat sleeps.", "A kitten naps."]))
        2
        """
        chosen = self._with_prompt(prompt)
        if isinstance(texts, str):
            one = self._encoder.decompose_text(texts, chosen, "to decompose")
            warn_of_missed([one.shortfall("the text")])
            return Decomposition(one, self._similarity)
        texts = texts_of(texts, "texts", "a str or ")
        with shown(progress) as listener:
            all = self._encoder.decompose(texts, chosen, listener)
        warn_of_missed(one.shortfall(f"text number {i}") for i, one in enumerate(all, 1))
        return [Decomposition(one, self._similarity) for one in all]

    def features(self, a: str, b: str, *, prompt_a: str | None = None, prompt_b: str | None = None) -> Features:
        """Attributions to pairs of hidden features. Memory: S x H x D numbers per text; time: D reverse passes per node."""
        check_text(a, "a")
        check_text(b, "b")
        one = self._encoder.features(a, self._with_prompt(prompt_a))
        other = self._encoder.features(b, self._with_prompt(prompt_b))
        warn_of_missed([one.decomposition.shortfall("text A"), other.decomposition.shortfall("text B")])
        return Features(one, other, self._similarity)

    def margin(
        self, query: str, better: str, worse: str, *, prompt_query: str | None = None, prompt_text: str | None = None
    ) -> Margin:
        """Why ``better`` ranks above ``worse`` for the query."""
        for name, text in (("query", query), ("better", better), ("worse", worse)):
            check_text(text, name)
        asked = self._encoder.decompose_text(query, self._with_prompt(prompt_query), "query")
        chosen = self._with_prompt(prompt_text)
        best, worst = self._encoder.decompose_pair(better, worse, chosen, chosen)
        named = ((asked, "the query"), (best, "the better text"), (worst, "the worse text"))
        warn_of_missed(one.shortfall(name) for one, name in named)
        return Margin(asked.margin(best, worst, self._similarity))

    def encode(
        self,
        texts: str | Sequence[str],
        *,
        prompt: str | None = None,
        skip_empty: bool = False,
        progress: bool | None = None,
    ) -> Floats:
        """The model's own embeddings: ``[D]`` for one text (a str), ``[texts, D]`` for many (a list).

        ``skip_empty``: give empty texts of a list rows of NaN, instead of raising an error that names the first.

        >>> explainer.encode(["The cat sleeps.", "A kitten naps."]).shape
        (2, 32)
        """
        many = [texts] if isinstance(texts, str) else texts_of(texts, "texts", "a str or ")
        prompt = prompt or self._settings["prompt"]
        skip = skip_empty and not isinstance(texts, str)
        kept = [i for i, text in enumerate(many) if not (skip and self._encoder.is_empty(text, prompt))]
        with shown(progress) as listener:
            all = self._encoder.embed([many[i] for i in kept], prompt, listener)
        if len(kept) < len(many):
            rows = np.full((len(many), self.dim), np.nan, dtype=np.float32)
            rows[kept] = all
            return rows
        return all[0] if isinstance(texts, str) else all

    def similarity(self, a: str, b: str) -> float:
        """The similarity of two texts under the model.

        >>> round(explainer.similarity("The cat sleeps.", "The cat sleeps."), 5)
        1.0
        """
        check_text(a, "a")
        check_text(b, "b")
        return self._encoder.compare(a, b, self._similarity)

    def evaluate(
        self,
        pairs: _files.Path | Sequence[tuple[str, str, float]],
        *,
        against: Explainer | None = None,
        gold: Sequence[_files.Path] = (),
        metrics: Sequence[str] | None = None,
        sample: int = 10,
        subsets: int = 100,
        nodes: Sequence[int] | None = None,
        layers: Sequence[int] | None = None,
        removal: Literal["delete", "mask-token", "attention-mask"] = "delete",
        value: Literal["similarity", "interaction"] = "similarity",
        seed: int = 0,
        columns: tuple[str, str, str] | None = None,
        score_range: tuple[float, float] | None = None,
        skip_bad_rows: bool = False,
        progress: bool | None = None,
    ) -> EvaluationReport:
        """How good the model's similarities and attributions are, measured on pairs with gold scores. The same as ``whysim evaluate``.

        ``pairs``: a file as the program reads it (``columns``, ``score_range``, ``skip_bad_rows``), or a list of
        ``(a, b, score)`` with scores from 0 to 1.
        ``gold``: files of gold alignments, for the metric ``"alignment"``, all of whose pairs are measured; with ``pairs=[]`` nothing
        else is.
        ``against``: another model to compare with. ``metrics``: of ``"predictive"``, ``"accuracy"``, ``"agreement"``, ``"insertion"``,
        ``"coalitions"``, ``"differences"``, ``"pointing"``, ``"sanity"``, ``"alignment"``; None: all. ``sample``: pairs that attributions are evaluated on.
        """
        alone = bool(gold) and isinstance(pairs, list) and not pairs
        rows: list[Any] = [] if alone else rows_of(pairs, "pairs", "gold", columns, score_range, skip_bad_rows)
        if alone and metrics is None:
            metrics = ["alignment"]
        settings = {
            "metrics": None if metrics is None else list(metrics),
            "gold": [os.fspath(file) for file in gold],
            "options": self._options,
            "similarity": self._similarity,
            "removal": removal,
            "value": value,
            "sample": sample,
            "subsets": subsets,
            "nodes": None if nodes is None else list(nodes),
            "layers": None if layers is None else list(layers),
            "seed": seed,
        }
        other = None if against is None else against._encoder
        if isinstance(other, Embedder):
            raise InputError(f"against is {other.name}, a function: it must be a model")
        with shown(progress) as listener:
            return EvaluationReport(self._encoder.evaluate(rows, other, settings, listener))

    def test(
        self, tests: _contrast.Tests | None = None, *, top: int = 10, progress: bool | None = None
    ) -> _contrast.ContrastReport:
        """Contrast tests: is the anchor of each closer to the text that says the same than to the one that only looks alike? The same
        as ``whysim test``.

        ``tests``: a ``.jsonl``, ``.csv`` or ``.tsv`` file, or a list of mappings with ``anchor``, ``closer``, ``farther``, and if there
        are any ``category``, ``margin`` and ``note``, or of the three texts alone; None: the built-in ones.
        ``top``: how many failures, those that miss by most, to take apart by words.

        >>> explainer.test().by_category["negation"][1]
        8
        """
        if top < 0:
            raise InputError(f"top must be 0 or more, not {top}")
        lines = _contrast.lines_of(tests)
        texts = _contrast.texts_of(lines)
        by_words = self if self._settings["by"] in ("word", "sentence") else self.with_options(by="word")
        name, similarity = self.model, self._similarity
        with shown(progress) as listener:
            vectors = self._encoder.embed([text for three in texts for text in three], self._settings["prompt"], listener)
            scores = _contrast.scores_of(vectors, similarity)
            missed = core.contrast(name, similarity, lines, scores, []).missed()[:top]
            listener.begin("explaining failures", len(missed), "it")
            failures = []
            for number in missed:
                anchor, closer, farther = texts[number - 1]
                failures.append((number, by_words.margin(anchor, better=closer, worse=farther)._inner))
                listener.advance(1)
        return _contrast.ContrastReport(core.contrast(name, similarity, lines, scores, failures))

    def __repr__(self) -> str:
        kind = ", exact" if self.exact else ""
        name = os.path.basename(self.model.rstrip("/")) or self.model
        way = f"layer {self.layer} of {self.layers}"
        if self._settings["method"] == "removal" or isinstance(self._encoder, Embedder):
            way = "by removal"
        return f"Explainer({name!r}, {way}, {self._similarity}{kind})"


def _unpickle(model: str, revision: str | None, truncate_dim: int | None, settings: dict[str, Any]) -> Explainer:
    return Explainer(model, revision=revision, truncate_dim=truncate_dim, **settings)
