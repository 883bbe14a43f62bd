"""The result of explaining a pair."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Callable, Literal, Optional

from . import _arguments as arguments
from . import _files, _kinds
from . import _whysim as core
from ._fields import Field
from ._forms import Forms
from ._types import (
    AlignedPair,
    Border,
    Doubles,
    Effects,
    Floats,
    Index,
    Method,
    Precision,
    Relevances,
    Removal,
    Row,
    Side,
    Similarity,
    StandardError,
    Terms,
    TopPair,
    Unit,
    View,
    token,
    truncated,
)

if TYPE_CHECKING:
    import pandas


class Explanation(Forms):
    """Why two texts are similar: a matrix of attributions, and the ledger of what the score is made of.

    In a notebook it shows itself as an interactive picture, in a terminal as a heatmap.

    >>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
    >>> x.matrix.shape == (len(x.tokens_a), len(x.tokens_b))
    True
    >>> ledger = x.sum + sum(x.border.a) + sum(x.border.b) + x.border.corner
    >>> bool(abs(ledger - x.score) < 1e-5)
    True
    """

    _inner: core.Explanation

    def __init__(self, inner: core.Explanation) -> None:
        self._inner = inner

    # The pair.

    @cached_property
    def matrix(self) -> Floats:
        """``A_ij``, ``[S_a, S_b]``, read-only: what the pair of token i of A and token j of B adds to the score."""
        matrix = self._inner.matrix()
        matrix.flags.writeable = False
        return matrix

    @cached_property
    def effects(self) -> Effects:
        """Mean and main effects of the matrix: ``mean``, ``a [S_a]`` and ``b [S_b]``, read-only.

        >>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
        >>> whole = x.effects.mean + x.effects.a[:, None] + x.effects.b + x.interaction
        >>> bool(abs(whole - x.matrix).max() < 1e-6)
        True
        """
        effects = Effects(*self._inner.effects())
        effects.a.flags.writeable = effects.b.flags.writeable = False
        return effects

    @cached_property
    def interaction(self) -> Floats:
        """``I_ij``, ``[S_a, S_b]``, read-only: what two tokens have with each other beyond what each has with everything."""
        interaction = self._inner.interaction()
        interaction.flags.writeable = False
        return interaction

    @cached_property
    def relevance(self) -> Relevances:
        """What each row adds to the score: ``a [S_a]`` and ``b [S_b]``, read-only.

        Sums over rows or columns of the matrix are not that unless the model is exact: the rest is in the border.

        >>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
        >>> bool(abs(x.relevance.b.sum() + x.terms.a_ref - x.score) < 1e-5)
        True
        """
        relevance = Relevances(*self._inner.relevance())
        relevance.a.flags.writeable = relevance.b.flags.writeable = False
        return relevance

    @cached_property
    def rows_a(self) -> list[Row]:
        """The rows of A, each with its text, its place, and what it adds to the score."""
        errors = self.standard_error
        return _rows(self.a, self.relevance.a, self.effects.a, None if errors is None else errors.a)

    @cached_property
    def rows_b(self) -> list[Row]:
        """The rows of B.

        >>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
        >>> [row.relevance for row in x.rows_b] == x.relevance.b.tolist()
        True
        """
        errors = self.standard_error
        return _rows(self.b, self.relevance.b, self.effects.b, None if errors is None else errors.b)

    @cached_property
    def border(self) -> Border:
        """The references' share of the score: ``a [S_a]``, ``b [S_b]`` and ``corner``."""
        return Border(*self._inner.border())

    @cached_property
    def a(self) -> Side:
        """Text A: the rows."""
        return _side(self._inner.a)

    @cached_property
    def b(self) -> Side:
        """Text B: the columns."""
        return _side(self._inner.b)

    @property
    def tokens_a(self) -> list[str]:
        """The rows' texts. ``x.a.tokens`` also has their positions in the text."""
        return [token.text for token in self.a.tokens]

    @property
    def tokens_b(self) -> list[str]:
        """The columns' texts."""
        return [token.text for token in self.b.tokens]

    score = Field[float]("The similarity of the two texts under the model.")
    sum = Field[float]("The sum of the matrix: the score for an exact model, else f(a,b) - f(a,r_b) - f(r_a,b) + f(r_a,r_b).")
    error = Field[float]("Signed error of the ledger: ``sum`` + border - ``score``.")
    bound = Field[float]("A proved bound on ``abs(error)``.")

    @property
    def terms(self) -> Terms:
        """f(a, b), f(a, r_b), f(r_a, b) and f(r_a, r_b)."""
        return Terms(*self._fields["terms"])

    exact = Field[bool]("True for an exact model from its own reference: the border is zero and ``sum`` is the score.")

    # Settings.

    model = Field[str]("The model as it was named.")
    similarity = Field[Similarity]('``"cos"`` or ``"dot"``.')
    layer = Field[int]("The layer whose input is attributed: 0 is the embeddings, ``layers`` the last layer's output.")
    layers = Field[int]("The model's number of layers L.")
    unit = Field[Unit]("What a row stands for.")
    method = Field[Method]("The quadrature rule, or removal.")
    removal = Field[Optional[Removal]]("How parts of the texts were removed; None for contributions by a path.")
    index = Field[Optional[Index]]("Shapley or Banzhaf values; None for contributions by a path.")

    @cached_property
    def standard_error(self) -> StandardError | None:
        """How far sampling may have moved the numbers; zero where all subsets were embedded; None for contributions by a path."""
        errors = self._inner.standard_error()
        return None if errors is None else StandardError(*errors)

    precision = Field[Precision]("How tangents were multiplied with weights.")
    reference = Field[str]("What the texts were compared with.")
    n_steps = Field[tuple[int, int]]("Quadrature nodes used for A and for B.")
    gaps = Field[tuple[float, float]]("Relative completeness gap of A and of B: the error of the quadrature, measured.")

    tolerances = Field[tuple[Optional[float], Optional[float]]]("The largest gap of A and of B that was acceptable; None where none was asked for.")
    converged = Field[Optional[bool]]("Whether both tolerances were reached; None where none was asked for: by a fixed ``n_steps``, or removal.")

    # Other forms.

    def by(self, unit: Unit) -> Explanation:
        """The same explanation with coarser rows: entries summed to words or sentences, never to finer units.

        >>> words = explainer.explain("The cat sleeps.", "A kitten naps.").by("word")
        >>> words.tokens_a
        ['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']
        """
        return Explanation(self._inner.by(arguments.coarser(unit, self.unit)))

    def top(self, k: int = 10, view: View = "attribution", *, special: bool = False) -> list[TopPair]:
        """The k entries of largest absolute value, largest first.

        Of the matrix, or of the interaction with ``view="interaction"``; with special and prompt tokens if ``special``.

        >>> strongest = explainer.explain("The cat sleeps.", "A kitten naps.").top(3)
        >>> [abs(pair.value) for pair in strongest] == sorted((abs(pair.value) for pair in strongest), reverse=True)
        True
        """
        k, view = arguments.whole(k, "k", 0), arguments.view(view)
        a, b = self.tokens_a, self.tokens_b
        listed: Literal["all", "text"] = "all" if arguments.flag(special, "special") else "text"
        return [TopPair(i, j, value, a[i], b[j]) for i, j, value in self._inner.top(k, view, listed)]

    def align(
        self,
        method: Literal["mutual", "transport"] = "mutual",
        view: Literal["attribution", "interaction"] = "interaction",
    ) -> list[AlignedPair]:
        """Which rows of the texts themselves belong together, in the order of A; never special or prompt tokens.

        ``method``: ``"mutual"``: each is the other's best; ``"transport"``: partial optimal transport. ``view``: the matrix that
        is read, the attributions or their interaction, which is what is left of them without what a row has with everything.

        >>> pairs = explainer.explain("The cat sleeps.", "The cat naps.").align()
        >>> all(pair.token_a and pair.weight == 1 for pair in pairs)
        True
        """
        matching, view = arguments.choice(method, "method", ("mutual", "transport")), arguments.view(view)
        a, b = self.tokens_a, self.tokens_b
        return [AlignedPair(i, j, value, weight, a[i], b[j]) for i, j, value, weight in self._inner.align(matching, view)]

    def to_dataframe(self) -> pandas.DataFrame:
        """One row per entry: ``a``, ``b`` (row and column), ``token_a``, ``token_b``, ``attribution``, ``interaction``. Needs pandas.

        ``frame.pivot(index="a", columns="b", values="attribution")`` is the matrix.
        """
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        a, b = self.tokens_a, self.tokens_b
        rows, columns = range(len(a)), range(len(b))
        return pandas.DataFrame(
            {
                "a": [i for i in rows for _ in columns],
                "b": [j for _ in rows for j in columns],
                "token_a": [a[i] for i in rows for _ in columns],
                "token_b": [b[j] for _ in rows for j in columns],
                "attribution": self.matrix.ravel(),
                "interaction": self.interaction.ravel(),
            }
        )

    @staticmethod
    def from_json(text: str) -> Explanation:
        """Reads what :meth:`to_json` or ``whysim explain --format json`` wrote.

        >>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
        >>> Explanation.from_json(x.to_json()) == x
        True
        """
        return Explanation(_kinds.read(text, "an explanation", core.Explanation.from_json))

    @staticmethod
    def load(path: _files.Path) -> Explanation:
        """Reads what :meth:`save` wrote as ``.json``; :func:`whysim.load_explanations` reads many from one file."""
        return Explanation.from_json(_files.read_json(path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self._inner.json() == other._inner.json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Callable[[str], Explanation], tuple[str]]:
        return Explanation.from_json, (self._inner.json(),)


def _side(fields: core.Side) -> Side:
    text, tokens, cut = fields
    return Side(text, tuple(token(fields) for fields in tokens), truncated(cut))


def _rows(side: Side, relevance: Doubles, effects: Doubles, errors: Floats | None) -> list[Row]:
    of_rows: list[float | None] = [None] * len(side.tokens) if errors is None else errors.tolist()
    return [Row(*token, *each) for token, *each in zip(side.tokens, relevance.tolist(), effects.tolist(), of_rows)]
