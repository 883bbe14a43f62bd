"""A model, with the settings of its explanations.

One class: the length is that of its reference in docstrings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Literal, TypeVar, overload

import numpy as np

from . import _arguments as arguments
from . import _contrast, _files, _highlight, _pairs, _prompts, _report, _tables
from . import _whysim as core
from ._decomposition import Decomposition
from ._embedder import Embed, Embedder
from ._errors import InputError, TypeInputError
from ._explanation import Explanation
from ._explanations import Explanations, columns_of
from ._features import Features
from ._margin import Margin
from ._model import load, place
from ._progress import progress as shown
from ._relevance import Relevance, relevance, shortfall
from ._rows import rows_of
from ._settings import changed, checked, options
from ._texts import check_text, texts_of, usable
from ._types import (
    Doubles,
    Floats,
    Index,
    MaybeTexts,
    MethodName,
    Precision,
    Removal,
    Similarity,
    SimilarityName,
    Table,
    Texts,
    Unit,
)
from ._warnings import warn, warn_of_cut, warn_of_missed

T = TypeVar("T")


class Explainer:
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

    def __init__(
        self,
        model: Any = None,
        *,
        layer: int | None = None,
        embed: Embed | None = None,
        name: str | None = None,
        batch_size: int = 256,
        method: MethodName | None = None,
        n_steps: int | None = None,
        tolerance: float | None = None,
        max_steps: int | None = None,
        reference: str | None = None,
        by: Unit | None = None,
        precision: Precision = "float32",
        similarity: SimilarityName | None = None,
        prompt: str | None = None,
        prompt_name: str | None = None,
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
        batch_size = arguments.whole(batch_size, "batch_size", 1)
        truncate_dim = None if truncate_dim is None else arguments.whole(truncate_dim, "truncate_dim", 1)
        for text, what in ((name, "name"), (revision, "revision")):
            if text is not None:
                arguments.text(text, what)
        # Before the model is loaded, which may take long.
        path = {"layer": layer, "method": method, "n_steps": n_steps, "tolerance": tolerance, "max_steps": max_steps, "reference": reference}
        rows = {"by": by, "precision": precision, "prompt": prompt, "prompt_name": prompt_name}
        settings = checked({**path, **rows, "removal": removal, "index": index, "budget": budget, "seed": seed})
        wanted = None if similarity is None else arguments.similarity(similarity)
        # The two answer the same questions.
        self._model: core.Encoder | Embedder = (
            load(model, revision, truncate_dim, progress) if embed is None else Embedder(embed, name, batch_size)
        )
        # Where to load the same model from again; for the default model, the name under which it was found.
        is_named = embed is None and (model is None or isinstance(model, (str, os.PathLike)))
        self._source = (self._model.name, revision, truncate_dim) if is_named else None
        # What a model in memory computes in.
        self._computes = "" if is_named or embed is not None else place(model)
        for note in self._model.notes:
            warn(note)
        self._similarity: Similarity = wanted or self._model.similarity()
        self._set(settings)

    def _set(self, settings: dict[str, Any]) -> None:
        """Takes checked settings, and reports now, not at the first text, what the model cannot do."""
        self._settings = settings
        self._model.layer(settings["layer"])
        self._own_prompts = _prompts.names_of(self._model)
        self._encoder, self._prompt = _prompts.asked(
            self._model, self._own_prompts, "", settings["prompt"], settings["prompt_name"]
        )
        self._options = self._with_prompt(self._prompt)

    def _asked(self, *asked: tuple[str, str | None, str | None]) -> tuple[core.Encoder | Embedder, list[str | None]]:
        """The model, and by what names it knows the prompts that a method was given; the explainer's own where it was given none.

        Each is the end of the arguments' names, as in ``prompt_a``, the text, and the name.
        """
        model, found = self._encoder, []
        for side, prompt, name in asked:
            model, known = _prompts.asked(model, self._own_prompts, side, prompt, name)
            found.append(self._prompt if known is None else known)
        return model, found

    def _with_prompt(self, prompt: str | None) -> core.Options:
        return options(self._settings, isinstance(self._model, Embedder), prompt)

    def with_options(self, **changes: Any) -> Explainer:
        """The same model with other settings: any keyword of the constructor but those that choose the model, and ``progress``.

        >>> explainer.with_options(layer=0, n_steps=20).layer
        0
        """
        other = Explainer.__new__(Explainer)
        other._model, other._source, other._computes = self._model, self._source, self._computes
        similarity = changes.pop("similarity", None)
        other._similarity = self._similarity if similarity is None else arguments.similarity(similarity)
        unknown = sorted(set(changes) - set(self._settings))
        if unknown:
            known = ", ".join([*self._settings, "similarity"])
            raise TypeInputError(f"with_options has no {unknown[0]!r}; it takes {known}")
        other._set(checked(changed(self._settings, changes)))
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

    def explain(
        self,
        a: str,
        b: str,
        *,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> Explanation:
        """Why two texts are similar. ``prompt_a``, ``prompt_name_a`` and the like: prompts of their own, as for :class:`Explainer`.

        ``progress``: as for :meth:`decompose`. What will take longer than 20 seconds is said before, as a warning, with what takes less.

        >>> explainer.explain("The cat sleeps.", "A kitten naps.").tokens_a
        ['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']
        """
        check_text(a, "a", "explain_pairs")
        check_text(b, "b", "explain_pairs")
        model, prompts = self._asked(("_a", prompt_a, prompt_name_a), ("_b", prompt_b, prompt_name_b))
        options_a, options_b = map(self._with_prompt, prompts)
        with shown(progress) as listener:
            _forewarn(listener, model.forecast(a, b, options_a, options_b))
            found = model.explain(a, b, options_a, options_b, self._similarity, listener)
        warn_of_missed(found.shortfalls())
        warn_of_cut([found.a[2], found.b[2]])
        return Explanation(found)

    def explain_pairs(
        self,
        a: str | MaybeTexts,
        b: str | MaybeTexts,
        *,
        skip_bad: bool = False,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> Explanations:
        """Why the texts of many pairs are similar: each of ``a`` with the one of ``b`` in its place.

        ``a``, ``b``: lists, arrays, columns of tables of pandas, polars or Arrow, or generators, as many texts each; or one str, which goes
        with every text of the other side. A text is decomposed once, however many pairs it is in, for as long as 256 MB of decompositions
        hold it. ``skip_bad``: a pair with a text that is missing, empty or no str has None in its place, and an entry in
        ``errors``; else it is an error that names the row, counted from 1, and comes before the work where the number of rows is known.
        ``prompt_a`` and the like: as for :meth:`explain`. ``progress``: as for :meth:`decompose`.

        >>> many = explainer.explain_pairs(["The cat sleeps.", "A bird."], ["A kitten naps.", "The dog runs."])
        >>> len(many), many[1].tokens_b[1:3]
        (2, ['The', 'dog'])
        """
        if isinstance(a, str) and isinstance(b, str):
            raise TypeInputError("a and b are one text each: explain(a, b) is for one pair")
        pairs, rows = self._explaining(a, b, ("a", "b"), ((prompt_a, prompt_name_a), (prompt_b, prompt_name_b)), skip_bad)
        with shown(progress) as listener:
            found = list(rows(listener))
        return Explanations([one for _, one in found], [(row.a, row.b) for row, _ in found], pairs.index)

    def explain_table(
        self,
        table: Table,
        *,
        a: str = "a",
        b: str = "b",
        skip_bad: bool = False,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> Table:
        """Why the texts in every row of a table are similar: the same table with columns behind its own.

        ``table``: of pandas, polars (a lazy frame is collected) or Arrow (a batch becomes a table). ``a``, ``b``: its columns of texts, by name. The new columns are
        ``score``, ``sum``, ``error``, ``bound``, ``tokens_a``, ``tokens_b``, ``matrix`` (row-major) and ``note``, which says why a row that
        was skipped has none of the others. All other arguments: as for :meth:`explain_pairs`.

        >>> import pandas
        >>> frame = pandas.DataFrame({"query": ["a cat", ""], "passage": ["The cat sleeps.", "A bird."]})
        >>> explainer.explain_table(frame, a="query", b="passage", skip_bad=True)["note"].tolist()
        [None, 'query is empty: give at least one word']
        """
        table = _tables.collected(table)
        columns = [_tables.column(table, name) for name in (a, b)]
        _tables.check_room(_tables.names_of(table), _tables.COLUMNS)
        asked = ((prompt_a, prompt_name_a), (prompt_b, prompt_name_b))
        _, rows = self._explaining(columns[0], columns[1], (str(a), str(b)), asked, skip_bad)
        with shown(progress) as listener:
            added = columns_of(one for _, one in rows(listener))
        found: Table = _tables.added(table, added)
        return found

    def _explaining(
        self,
        a: Any,
        b: Any,
        names: tuple[str, str],
        asked: tuple[tuple[str | None, str | None], tuple[str | None, str | None]],
        skip_bad: bool,
    ) -> tuple[_pairs.Pairs, Callable[[core.Listener], Iterator[tuple[_pairs.Row, Explanation | _pairs.BadRow]]]]:
        """Checked columns, and what explains their rows."""
        model, prompts = self._asked(("_a", *asked[0]), ("_b", *asked[1]))
        pairs = _pairs.Pairs(a, b, names, model, prompts)
        how = tuple(_pairs.Prompted(prompt, self._with_prompt(prompt)) for prompt in prompts)
        return pairs, lambda listener: _pairs.explained(model, pairs, (how[0], how[1]), self._similarity, skip_bad, listener)

    @overload
    def relevance(  # type: ignore[overload-overlap]  # as for decompose
        self,
        query: str,
        passages: str,
        *,
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance: ...

    @overload
    def relevance(
        self,
        query: str,
        passages: Texts,
        *,
        skip_bad: Literal[False] = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[Relevance]: ...

    @overload
    def relevance(
        self,
        query: str,
        passages: MaybeTexts,
        *,
        skip_bad: bool,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[Relevance | None]: ...

    def relevance(
        self,
        query: str,
        passages: str | MaybeTexts,
        *,
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance | list[Relevance] | list[Relevance | None]:
        """What each token of a passage adds to its similarity to the query: a :class:`Relevance` for one passage (a str),
        a list of them for many (a list). It takes a few times as long as embedding the passages, however long they are.

        ``skip_bad``: passages of a list that are missing, empty or no str have None in their place, instead of being an error.
        ``prompt_query``, ``prompt_name_query`` and the like: prompts of their own, as for :class:`Explainer`. ``progress``: as for
        :meth:`decompose`.

        >>> [round(r.score, 3) == round(explainer.similarity("a cat", p), 3)
        ...  for p in ["The cat sleeps."] for r in explainer.relevance("a cat", [p])]
        [True]
        """
        check_text(query, "query")
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_passage", prompt_passage, prompt_name_passage)
        )
        many, places, count = _passages(model, passages, told, skip_bad)
        with shown(progress) as listener:
            _forewarn(listener, model.forecast_texts(many, self._with_prompt(told), "relevance"))
            found = model.relevance((query, asked), many, self._with_prompt(told), self._similarity, listener)
        warn_of_missed(shortfall(one) for one in found)
        results = [relevance(one) for one in found]
        warn_of_cut([one.truncated for one in results])
        all = _in_place(results, places, count)
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
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight: ...

    @overload
    def highlight(
        self,
        query: str,
        passages: Texts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: Literal[False] = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[_highlight.Highlight]: ...

    @overload
    def highlight(
        self,
        query: str,
        passages: MaybeTexts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: bool,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[_highlight.Highlight | None]: ...

    def highlight(
        self,
        query: str,
        passages: str | MaybeTexts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight | list[_highlight.Highlight] | list[_highlight.Highlight | None]:
        """What of a passage answers the query: a :class:`Highlight` for one passage (a str), a list of them for many (a list).

        ``top``: the most spans of a passage. ``least``: the least share of a span, from 0 to 1. ``by``: ``"phrase"`` merges words that stand
        together, ``"sentence"`` marks whole sentences. A passage that is longer than what the model reads is read in overlapping windows.
        Without settings of its own an explainer uses three quadrature nodes here, at five to seven times the cost of embedding; one with an
        ``embed`` function removes sentences, then the words of the best one, within ``budget`` texts for each passage.
        ``skip_bad``, ``prompt_query``, ``prompt_name_query`` and the like, ``progress``: as for :meth:`relevance`.

        >>> [span.text for span in explainer.highlight("a sleeping cat", "The cat sleeps.", by="sentence").spans]
        ['The cat sleeps.']
        """
        check_text(query, "query")
        wished = _highlight.wish(by, top, least)
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_passage", prompt_passage, prompt_name_passage)
        )
        many, places, count = _passages(model, passages, told, skip_bad)
        is_function = isinstance(model, Embedder)
        chosen = options(_highlight.settings_of(self._settings, is_function), is_function, told)
        with shown(progress) as listener:
            if isinstance(model, Embedder):
                found = _highlight.by_function(model, query, many, chosen, wished, self._similarity, listener)
            else:
                found = model.highlight((query, asked), many, chosen, wished, self._similarity, listener)
        warn_of_missed(one.shortfall(f"passage number {i + 1}") for i, one in zip(places, found))
        all = _in_place((_highlight.Highlight(one) for one in found), places, count)
        return all[0] if isinstance(passages, str) else all

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
                _forewarn(listener, model.forecast_texts([texts], chosen, "decompose"))
                one = model.decompose_text(texts, chosen, "to decompose", listener)
            warn_of_cut([one.truncated])
            warn_of_missed([one.shortfall("the text")])
            return Decomposition(one, self._similarity)
        many = texts_of(texts, "texts", "a str or ")
        with shown(progress) as listener:
            _forewarn(listener, model.forecast_texts(many, chosen, "decompose"))
            all = model.decompose(many, chosen, listener)
        warn_of_missed(one.shortfall(f"text number {i}") for i, one in enumerate(all, 1))
        warn_of_cut([one.truncated for one in all])
        return [Decomposition(one, self._similarity) for one in all]

    def features(
        self,
        a: str,
        b: str,
        *,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> Features:
        """Attributions to pairs of hidden features. Memory: S x H x D numbers per text; time: D reverse passes per node.

        ``prompt_a`` and the like: as for :meth:`explain`. ``progress``: as for :meth:`decompose`.
        """
        check_text(a, "a")
        check_text(b, "b")
        model, prompts = self._asked(("_a", prompt_a, prompt_name_a), ("_b", prompt_b, prompt_name_b))
        # Both before the work, which is long.
        for text, prompt, name in zip((a, b), prompts, "ab"):
            _check_read(model, text, prompt, name)
        with shown(progress) as listener:
            _forewarn(listener, model.forecast_texts([a, b], self._with_prompt(prompts[0]), "features"))
            one, other = (model.features(text, self._with_prompt(prompt), listener) for text, prompt in zip((a, b), prompts))
        warn_of_missed([one.decomposition.shortfall("text A"), other.decomposition.shortfall("text B")])
        warn_of_cut([one.decomposition.truncated, other.decomposition.truncated])
        return Features(one, other, self._similarity)

    def margin(
        self,
        query: str,
        better: str,
        worse: str,
        *,
        prompt_query: str | None = None,
        prompt_text: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_text: str | None = None,
        progress: bool | None = None,
    ) -> Margin:
        """Why ``better`` ranks above ``worse`` for the query.

        ``prompt_query``, ``prompt_name_query`` and the like: as for :class:`Explainer`. ``progress``: as for :meth:`decompose`.
        """
        for name, text in (("query", query), ("better", better), ("worse", worse)):
            check_text(text, name)
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_text", prompt_text, prompt_name_text)
        )
        for name, text, prompt in (("query", query, asked), ("better", better, told), ("worse", worse, told)):
            _check_read(model, text, prompt, name)
        chosen = self._with_prompt(told)
        with shown(progress) as listener:
            _forewarn(listener, model.forecast_texts([query, better, worse], chosen, "decompose"))
            of_query = model.decompose_text(query, self._with_prompt(asked), "query", listener)
            best, worst = model.decompose_pair(better, worse, chosen, chosen, listener)
        named = ((of_query, "the query"), (best, "the better text"), (worst, "the worse text"))
        warn_of_missed(one.shortfall(name) for one, name in named)
        warn_of_cut([one.truncated for one, _ in named])
        return Margin(of_query.margin(best, worst, self._similarity))

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

    @overload
    def similarity(  # type: ignore[overload-overlap]  # as for decompose
        self,
        a: str,
        b: str,
        *,
        skip_bad: bool = False,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> float: ...

    @overload
    def similarity(
        self,
        a: str | MaybeTexts,
        b: str | MaybeTexts,
        *,
        skip_bad: bool = False,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> Doubles: ...

    def similarity(
        self,
        a: str | MaybeTexts,
        b: str | MaybeTexts,
        *,
        skip_bad: bool = False,
        prompt_a: str | None = None,
        prompt_b: str | None = None,
        prompt_name_a: str | None = None,
        prompt_name_b: str | None = None,
        progress: bool | None = None,
    ) -> float | Doubles:
        """The similarity of two texts under the model; of many, ``[pairs]``, that of each of ``a`` with the one of ``b`` in its place.

        Arguments are those of :meth:`explain_pairs`: one str goes with every text of the other side, and with ``skip_bad`` pairs that have
        none are NaN.

        >>> round(explainer.similarity("The cat sleeps.", "The cat sleeps."), 5)
        1.0
        >>> explainer.similarity("The cat sleeps.", ["A kitten naps.", "The dog runs."]).shape
        (2,)
        """
        is_one = isinstance(a, str) and isinstance(b, str)
        model, prompts = self._asked(("_a", prompt_a, prompt_name_a), ("_b", prompt_b, prompt_name_b))
        pairs = _pairs.Pairs(a, b, ("a", "b"), model, prompts)
        with shown(progress) as listener:
            found = _pairs.similarities(model, pairs, prompts, self._similarity, skip_bad, listener)
        return float(found[0]) if is_one else found

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

    def __repr__(self) -> str:
        kind = ", exact" if self.exact else ""
        name = os.path.basename(self.model.rstrip("/")) or self.model
        way = f"layer {self.layer} of {self.layers}"
        if self._settings["method"] == "removal" or isinstance(self._encoder, Embedder):
            way = "by removal"
        memory = f", from memory ({self._computes})" if self._computes else ""
        return f"Explainer({name!r}, {way}, {self._similarity}{kind}{memory})"


def _passages(
    model: core.Encoder | Embedder, passages: str | MaybeTexts, prompt: str | None, skip_bad: bool
) -> tuple[list[str], list[int], int]:
    """Passages that can be read, their places, and how many there are; one alone is never skipped."""
    if isinstance(passages, str):
        return [passages], [0], 1
    return usable(passages, "passages", lambda text: model.is_empty(text, prompt), skip_bad)


def _in_place(found: Iterable[T], places: list[int], count: int) -> list[T]:
    """Results in the places of their texts; None in those of texts that were skipped, which a caller has asked for."""
    all: list[Any] = [None] * count
    for i, one in zip(places, found):
        all[i] = one
    return all


def _check_read(model: core.Encoder | Embedder, text: str, prompt: str | None, name: str) -> None:
    """A text that has something to read."""
    if model.is_empty(text, prompt):
        raise InputError(f"{name} is empty: give at least one word")


def _unpickle(model: str, revision: str | None, truncate_dim: int | None, settings: dict[str, Any]) -> Explainer:
    return Explainer(model, revision=revision, truncate_dim=truncate_dim, **settings)


def _forewarn(listener: core.Listener, forecast: str | None) -> None:
    """Says before long work how long it will take."""
    if forecast is not None:
        listener.note(forecast)
