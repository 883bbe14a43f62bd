"""What an explainer does with two texts, or with many times two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable, overload

from . import _pairs, _tables
from . import _whysim as core
from ._configured import Configured, check_read
from ._errors import TypeInputError
from ._explanation import Explanation
from ._explanations import Explanations, columns_of
from ._features import Features
from ._progress import forewarn
from ._progress import progress as shown
from ._texts import check_text
from ._types import Doubles, MaybeTexts, Table
from ._warnings import warn_of_cut, warn_of_missed


class OnPairs(Configured):
    """Pairs of texts: explanations, features, similarities."""

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
            forewarn(listener, model.forecast(a, b, options_a, options_b))
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
            check_read(model, text, prompt, name)
        with shown(progress) as listener:
            forewarn(listener, model.forecast_texts([a, b], self._with_prompt(prompts[0]), "features"))
            one, other = (model.features(text, self._with_prompt(prompt), listener) for text, prompt in zip((a, b), prompts))
        warn_of_missed([one.decomposition.shortfall("text A"), other.decomposition.shortfall("text B")])
        warn_of_cut([one.decomposition.truncated, other.decomposition.truncated])
        return Features(one, other, self._similarity)

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
