"""A model, with the settings of its explanations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, overload

import numpy as np

from . import _arguments as arguments
from . import _contrast, _files, _report
from ._decomposition import Decomposition
from ._embedder import Embedder
from ._errors import InputError
from ._on_pairs import OnPairs
from ._on_passages import OnPassages
from ._progress import forewarn
from ._progress import progress as shown
from ._rows import rows_of
from ._texts import check_text, texts_of, usable
from ._types import Floats, MaybeTexts, Texts
from ._warnings import warn_of_cut, warn_of_missed


class Explainer(OnPairs, OnPassages):
    """Explains why texts are similar under a sentence transformer.

    ``model``: a folder, a model on the Hugging Face hub, the name of a published exact model, or a loaded ``SentenceTransformer``
    with its present weights. None: the one that the environment variable ``WHYSIM_MODEL`` names, else
    ``minilm-exact``, an exact twin of all-MiniLM-L6-v2 inside the package.

    ``layer``: the layer whose input is attributed, 0 (embeddings) to L, or from the end, -1 = L. None: L - 1.
    ``n_steps``: the number of quadrature nodes. None: as many as it takes to bring each text's relative completeness gap under
    ``tolerance`` (None: 1e-3), at most ``max_steps`` (None: 256), which cannot be given beside ``n_steps``.
    ``method``: ``"gausslegendre"`` (the default), or ``"riemann_right"``, the rule of the papers, both of which integrate along a path; or
    ``"removal"``: Shapley values from embeddings of parts of the text, with standard errors where these were drawn.
    ``reference``: what texts are compared with: ``"pad"`` (the default), ``"mask"``, ``"zero"``, or any text. By removal, what a text is worth
    of which nothing is kept: ``"empty"``, what the model makes of its special tokens (the default), or ``"zero"``.
    ``by``: what a row stands for: ``"token"`` (the default), ``"word"`` or ``"sentence"``; coarser rows cost less.
    ``precision``: ``"float32"``, or ``"bfloat16"``, which multiplies tangents with weights after rounding both to 8 bits: before the default
    layer it is 1.3 to 1.6 times faster on processors with AVX512-BF16, and attributions are off by up to some thousandths of the largest; the
    rounding of their sum is in the gap, the error and the bound.
    ``similarity``: ``"cos"`` (or ``"cosine"``) or ``"dot"``. None: what the model's config asks for, else cosine.
    ``prompt``: a text to put before texts, ``prompt_name``: the name of one of the model's prompts, as in sentence-transformers. With
    neither it is the model's default prompt, if it has one. Methods take both too, for texts whose prompt is another one.
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

    @overload
    def decompose(  # type: ignore[overload-overlap]  # a str is a sequence of str too, and is taken as one text
        self, texts: str, *, prompt: str | None = None, prompt_name: str | None = None, progress: bool | None = None
    ) -> Decomposition: ...

    @overload
    def decompose(
        self, texts: Texts, *, prompt: str | None = None, prompt_name: str | None = None, progress: bool | None = None
    ) -> list[Decomposition]: ...

    def decompose(
        self, texts: str | Texts, *, prompt: str | None = None, prompt_name: str | None = None, progress: bool | None = None
    ) -> Decomposition | list[Decomposition]:
        """Decomposes one text (a str) into a :class:`Decomposition`, or many (a list) into a list of them, on all threads.

        ``prompt``, ``prompt_name``: as for :class:`Explainer`. ``progress``: True shows a bar (needs tqdm), False none; None shows one in a
        terminal or notebook if tqdm is installed and it takes more than a second. Ctrl-C stops it.

        >>> explainer.decompose("The cat sleeps.")
        Decomposition('The cat sleeps.', [6, 32], layer 2 of 3, gap ...)
        >>> len(explainer.decompose(["The cat sleeps.", "A kitten naps."]))
        2
        """
        model, (told,) = self._asked(("", prompt, prompt_name))
        chosen = self._with_prompt(told)
        if isinstance(texts, str):
            check_text(texts, "texts")
            with shown(progress) as listener:
                forewarn(listener, model.forecast_texts([texts], chosen, "decompose"))
                one = model.decompose_text(texts, chosen, "to decompose", listener)
            warn_of_cut([one.truncated])
            warn_of_missed([one.shortfall("the text")])
            return Decomposition(one, self._similarity)
        many = texts_of(texts, "texts", "a str or ")
        with shown(progress) as listener:
            forewarn(listener, model.forecast_texts(many, chosen, "decompose"))
            all = model.decompose(many, chosen, listener)
        warn_of_missed(one.shortfall(f"text number {i}") for i, one in enumerate(all, 1))
        warn_of_cut([one.truncated for one in all])
        return [Decomposition(one, self._similarity) for one in all]

    def encode(
        self,
        texts: str | MaybeTexts,
        *,
        prompt: str | None = None,
        prompt_name: str | None = None,
        skip_bad: bool = False,
        progress: bool | None = None,
    ) -> Floats:
        """The model's own embeddings: ``[D]`` for one text (a str), ``[texts, D]`` for many (a list).

        ``prompt``, ``prompt_name``: as for :class:`Explainer`. ``skip_bad``: give texts of a list that are missing, empty or no str rows of
        NaN, instead of raising an error that names the first.

        >>> explainer.encode(["The cat sleeps.", "A kitten naps."]).shape
        (2, 32)
        """
        model, (told,) = self._asked(("", prompt, prompt_name))
        if isinstance(texts, str):
            check_text(texts, "texts")
            with shown(progress) as listener:
                one: Floats = model.embed([texts], told, listener)[0]
            return one
        many, kept, count = usable(texts, "texts", lambda text: model.is_empty(text, told), skip_bad)
        with shown(progress) as listener:
            all = model.embed(many, told, listener)
        if len(kept) == count:
            return all
        rows = np.full((count, self.dim), np.nan, dtype=np.float32)
        rows[kept] = all
        return rows

    def evaluate(
        self,
        pairs: _files.Path | Iterable[tuple[str, str, float]],
        *,
        against: Explainer | None = None,
        gold: Iterable[_files.Path] = (),
        metrics: Iterable[str] | None = None,
        sample: int = 10,
        subsets: int = 100,
        nodes: Iterable[int] | None = None,
        layers: Iterable[int] | None = None,
        removal: Literal["delete", "mask-token", "attention-mask"] = "delete",
        value: Literal["similarity", "interaction"] = "similarity",
        seed: int = 0,
        columns: tuple[str, str, str] | None = None,
        score_range: tuple[float, float] | None = None,
        skip_bad: bool = False,
        progress: bool | None = None,
    ) -> _report.EvaluationReport:
        """How good the model's similarities and attributions are, measured on pairs with gold scores. The same as ``whysim evaluate``.

        ``pairs``: a file as the program reads it (``columns``, ``score_range``, ``skip_bad``), or a list of
        ``(a, b, score)`` with scores from 0 to 1.
        ``gold``: files of gold alignments, for the metric ``"alignment"``, all of whose pairs are measured; with ``pairs=[]`` nothing
        else is.
        ``against``: another model to compare with. ``metrics``: of ``"predictive"``, ``"accuracy"``, ``"agreement"``, ``"insertion"``,
        ``"coalitions"``, ``"differences"``, ``"pointing"``, ``"sanity"``, ``"alignment"``; None: all. ``sample``: pairs that attributions are evaluated on.
        """
        alone = bool(gold) and isinstance(pairs, list) and not pairs
        rows: list[Any] = [] if alone else rows_of(pairs, "pairs", "gold", columns, score_range, skip_bad)
        settings = _report.settings(
            ["alignment"] if alone and metrics is None else metrics, gold, removal, value, sample, subsets, nodes, layers, seed
        )
        other = None if against is None else arguments.instance(against, "against", Explainer)._model
        if isinstance(other, Embedder):
            raise InputError(f"against is {other.name}, a function: it must be a model")
        settings.update(options=self._options, similarity=self._similarity)
        with shown(progress) as listener:
            return _report.EvaluationReport(self._encoder.evaluate(rows, other, settings, listener))

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
        with shown(progress) as listener:
            return _contrast.run(self, tests, arguments.whole(top, "top", 0), listener)
