"""Feature pairs."""

from __future__ import annotations

from . import _arguments as arguments
from . import _whysim as core
from ._decomposition import Decomposition
from ._types import Floats, Similarity


class Features:
    """A pair's attributions to hidden features: what feature g of token i in A and feature h of token j in B add to the score.

    All of them would be ``[S_a, H, S_b, H]``; only the slice that is asked for is multiplied out.

    >>> f = explainer.features("The cat sleeps.", "A kitten naps.")
    >>> bool(abs(f.block(1, 2).sum() - f.matrix[1, 2]) < 1e-5)
    True
    """

    def __init__(self, a: core.Features, b: core.Features, similarity: Similarity) -> None:
        self._inner_a, self._inner_b = a, b
        self._similarity: Similarity = similarity
        self.a = Decomposition(a.decomposition, similarity)
        """Text A's decomposition, whose rows are the matrix's rows."""
        self.b = Decomposition(b.decomposition, similarity)
        """Text B's decomposition."""
        self.matrix = self.a.matrix(self.b)
        """The token-token attributions, ``[S_a, S_b]``, which the features' sum to."""

    @property
    def hidden(self) -> int:
        """H."""
        return int(self.factors_a.shape[1])

    @property
    def factors_a(self) -> Floats:
        """Text A's factor, ``[S_a, H, D]``, read-only and without a copy: the attributions are products of the two factors."""
        return self._inner_a.factors

    @property
    def factors_b(self) -> Floats:
        """Text B's factor, ``[S_b, H, D]``."""
        return self._inner_b.factors

    def block(self, i: int, j: int) -> Floats:
        """The feature pairs of row i of A and row j of B, ``[H, H]``; they sum to the matrix's entry. ``i``, ``j``: from 0, or from the end."""
        i = arguments.position(i, len(self.a), "row of A")
        j = arguments.position(j, len(self.b), "row of B")
        return self._inner_a.block(i, self._inner_b, j, self._similarity)

    def marginal_a(self) -> Floats:
        """Every feature of every row of A against the whole of B, ``[S_a, H]``."""
        return self._inner_a.marginal(self._inner_b, self._similarity)

    def marginal_b(self) -> Floats:
        """Every feature of every row of B against the whole of A, ``[S_b, H]``."""
        return self._inner_b.marginal(self._inner_a, self._similarity)

    def __repr__(self) -> str:
        return f"Features([{len(self.a)}, {self.hidden}, {len(self.b)}, {self.hidden}])"
