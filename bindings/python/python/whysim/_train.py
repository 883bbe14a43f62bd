"""Training exact models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, Union

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._progress import progress as shown
from ._rows import rows_of
from ._types import SimilarityName

Data = Union[_files.Path, Iterable[Union[str, tuple[str, str], tuple[str, str, float]]]]
"""A file, or its contents: ``(a, b, score)`` with scores from 0 to 1, ``(a, b)``, or texts (the last two to distill)."""


class Agreement(NamedTuple):
    """Agreement of similarities with scores."""

    spearman: float
    """Spearman's rank correlation."""
    mean_absolute_difference: float
    """Mean of the absolute differences."""


class TrainingReport(NamedTuple):
    """The result of training."""

    folder: str
    """The model: give it to :class:`Explainer`."""
    steps: int
    """Steps of the whole run."""
    best_step: int | None
    """The step whose parameters were kept; None without dev pairs."""
    dev: Agreement | None
    """Agreement with the dev pairs."""
    tests: dict[str, Agreement]
    """Agreement of the finished model with each test file."""


def train(
    base: _files.Path,
    data: Data,
    output: _files.Path,
    *,
    dev: Data | None = None,
    test: Data | None = None,
    objective: Literal["gold", "distill"] = "gold",
    similarity: SimilarityName = "cos",
    shift: bool = True,
    epochs: int = 5,
    batch_size: int = 16,
    lr: float = 2e-5,
    weight_decay: float = 0.01,
    warmup: float = 0.1,
    max_grad_norm: float = 1.0,
    dropout: Literal["config", "off"] | None = None,
    seed: int = 0,
    eval_every: int | None = None,
    partners: int = 2,
    columns: Sequence[str] | None = None,
    score_range: tuple[float, float] | None = None,
    skip_bad: bool = False,
    resume: bool = False,
    revision: str | None = None,
    progress: bool | None = None,
) -> TrainingReport:
    """Makes an exact model from ``base``: one whose attributions sum to its score. The same as ``whysim train``, whose help says more.

    ``base``: a folder, or a model on the Hugging Face hub. ``output``: the folder to write, which appears when the model is finished;
    until then the run is in ``<output>.training``. Ctrl-C leaves a checkpoint there, from which ``resume=True`` goes on.
    ``data``, ``dev``, ``test``: files as the program reads them (``columns``, ``score_range``, ``skip_bad``), or lists of
    ``(a, b, score)`` with scores from 0 to 1; to distill also of ``(a, b)`` or of texts.
    ``objective``: ``"gold"`` learns the scores, ``"distill"`` the base model's own similarities, with ``partners`` pairs made for
    each text. ``shift=False`` trains an ordinary sentence transformer.

    >>> import tempfile
    >>> pairs = [("The cat sleeps.", "A kitten naps.", 0.9), ("The cat sleeps.", "The dog runs.", 0.3)]
    >>> with tempfile.TemporaryDirectory() as place:
    ...     report = whysim.train(folder, pairs * 4, place + "/exact", dev=pairs, epochs=1, shift=False)
    >>> report.steps
    1
    """
    base, output = _files.place(base, "base"), _files.place(output, "output")
    objective = "distill" if arguments.choice(objective, "objective", ("gold", "distill")) == "distill" else "gold"
    rows = {
        name: rows_of(source, name, objective, columns, score_range, skip_bad, ' for objective="gold"')
        for name, source in {"train": data, "dev": dev, "test": test}.items()
    }
    recipe = {
        "objective": objective,
        "similarity": arguments.similarity(similarity),
        "shift": arguments.flag(shift, "shift"),
        "dropout": None if dropout is None else arguments.choice(dropout, "dropout", ("config", "off")),
        "epochs": arguments.whole(epochs, "epochs", 1),
        "batch_size": arguments.whole(batch_size, "batch_size", 1),
        "lr": arguments.positive(lr, "lr"),
        "weight_decay": arguments.number(weight_decay, "weight_decay", "0 or a positive number", 0.0),
        "warmup": arguments.number(warmup, "warmup", "a number from 0 to 1", 0.0, 1.0),
        "max_grad_norm": arguments.number(max_grad_norm, "max_grad_norm", "a number"),
        "seed": arguments.seed(seed),
        "eval_every": None if eval_every is None else arguments.whole(eval_every, "eval_every", 1),
    }
    partners, resume = arguments.whole(partners, "partners", 1), arguments.flag(resume, "resume")
    if revision is not None:
        arguments.text(revision, "revision")
    with shown(progress) as listener:
        text = core.train(base, revision, rows, output, recipe, partners, resume, listener)
    report: dict[str, Any] = json.loads(text)
    best = report["best"]
    return TrainingReport(
        folder=output,
        steps=report["steps"],
        best_step=best and best["step"],
        dev=best and Agreement(**best["dev"]),
        tests={name: Agreement(**test) for name, test in zip(report["names"], report["tests"])},
    )
