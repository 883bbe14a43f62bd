"""Why two texts are similar under a sentence transformer, token by token, with an error bar it can prove.

>>> explainer = whysim.Explainer(folder)
>>> x = explainer.explain("The cat sleeps.", "A kitten naps.")
>>> abs(x.error) <= x.bound
True
"""

import os as _os

from . import _whysim
from ._compare import ComparedPair, ComparedWord, Comparison, PairsComparison, compare, compare_pairs
from ._contrast import ContrastReport
from ._decomposition import Decomposition, load_set, save_set
from ._default import explain
from ._duplicates import DuplicateGroup, DuplicatePair, Duplicates, duplicates
from ._errors import ConvergenceWarning, Error, FileError, InputError, MissingError, PositionError, RunError, TypeInputError
from ._explained import SavedExplanations, WordTable, WordUse, load_explanations, report, save_explanations, words_of
from ._explainer import Explainer
from ._explanation import Explanation
from ._explanations import Explanations
from ._features import Features
from ._highlight import Highlight, Span, Window, highlights_html
from ._index import BuiltIndex, Hit, Index, IndexedText, index
from ._margin import Margin
from ._pairs import BadRow
from ._plot import plot
from ._relevance import Relevance
from ._report import EvaluationReport
from ._threads import get_num_threads, set_num_threads
from ._train import Agreement, TrainingReport, train
from ._types import AlignedPair, Border, Effects, Relevances, Row, Side, StandardError, Terms, Token, TopPair, Truncated
from ._whysim import __version__
from .integrations.hits import explain_hits

# A child has none of its parent's threads.
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_whysim.forget_threads)

__all__ = [
    "Agreement",
    "AlignedPair",
    "BadRow",
    "Border",
    "BuiltIndex",
    "ComparedPair",
    "ComparedWord",
    "Comparison",
    "ContrastReport",
    "ConvergenceWarning",
    "Decomposition",
    "DuplicateGroup",
    "DuplicatePair",
    "Duplicates",
    "Effects",
    "Error",
    "EvaluationReport",
    "Explainer",
    "Explanation",
    "Explanations",
    "Features",
    "FileError",
    "Highlight",
    "Hit",
    "Index",
    "IndexedText",
    "InputError",
    "Margin",
    "MissingError",
    "PairsComparison",
    "PositionError",
    "Relevance",
    "Relevances",
    "Row",
    "RunError",
    "SavedExplanations",
    "Side",
    "Span",
    "StandardError",
    "Terms",
    "Token",
    "TopPair",
    "TrainingReport",
    "Truncated",
    "TypeInputError",
    "Window",
    "WordTable",
    "WordUse",
    "__version__",
    "compare",
    "compare_pairs",
    "duplicates",
    "explain",
    "explain_hits",
    "get_num_threads",
    "highlights_html",
    "index",
    "load_explanations",
    "load_set",
    "plot",
    "report",
    "save_explanations",
    "save_set",
    "set_num_threads",
    "train",
    "words_of",
]
