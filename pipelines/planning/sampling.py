"""Which samples are measured: nested ones of two sizes, each several times."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.corpus.entries.entry import Running
from pipelines.corpus.run import Corpus
from pipelines.planning.measuring import Measured, Sample, measure

PARTS = 3
"""Small samples that together are the large one: how they differ tells how sure a forecast is."""


def measured_runs(
    corpus: Corpus,
    running: Running,
    listed: Sequence[int],
    every: int,
    weights: Path | None,
    tell: Callable[[str], None],
) -> tuple[list[Measured], float]:
    """Run a corpus on a sample, once to warm up and three times to measure, and on its three parts.

    Args:
        corpus: The corpus.
        running: How to run it.
        listed: Items of each source, as `source_rows` returns them.
        every: The sample is one of so many items; each part one of three times as many.
        weights: A lake's fitted weights, so that nothing has to be fitted.
        tell: Called with a line before each run.

    Returns:
        The measured runs, and the seconds that the first run took more than the later ones: what
        is fitted once for a lake, and imports.

    Raises:
        ValueError: If a step fails, or the sources give too little for parts of two sizes.
    """
    with TemporaryDirectory(prefix="ualm-plan-") as folder:
        kept = Path(folder) / "weights"
        if weights is not None and weights.is_dir():
            shutil.copytree(weights, kept)
        whole, parts = samples_of(listed, every)
        order = [sample for part in parts for sample in (part, whole)]
        tell("warming up, and fitting what has to be fitted once")
        began = time.perf_counter()
        measure(corpus, running, whole, kept)
        first = time.perf_counter() - began
        runs, spent = [], []
        for number, sample in enumerate(order, 1):
            tell(f"run {number} of {len(order)}: one of every {sample.every} items")
            began = time.perf_counter()
            runs.append(measure(corpus, running, sample, kept))
            if sample is whole:
                spent.append(time.perf_counter() - began)
    return runs, max(first - sum(spent) / len(spent), 0.0)


def samples_of(listed: Sequence[int], every: int) -> tuple[Sample, list[Sample]]:
    """Return a sample of the sources, and the equally large parts that together are all of it.

    Args:
        listed: Items of each source.
        every: One of so many items is in the sample.

    Example:
        >>> whole, parts = samples_of([100], 10)
        >>> whole.most, [part.most for part in parts], [part.phase for part in parts]
        ((9,), [(3,), (3,), (3,)], [0, 10, 20])
    """
    each = [max(-(-rows // every) // PARTS, 1) for rows in listed]
    whole = Sample(every=every, most=tuple(PARTS * rows for rows in each))
    parts = [
        Sample(every=PARTS * every, phase=part * every, most=tuple(each)) for part in range(PARTS)
    ]
    return whole, parts
