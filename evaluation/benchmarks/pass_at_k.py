"""pass@k: how often one of k samples would pass, from n of which c passed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PassAtK:
    """pass@k over the tasks of a benchmark."""

    k: int
    """Samples that one may submit."""

    value: float
    """Mean over all tasks."""

    standard_error: float
    """Of that mean: sample standard deviation over tasks by the root of their number."""

    n: int
    """Tasks in the mean, those without a sample included."""

    n_missing: int
    """Tasks without a sample; each counts 0."""


def pass_at_k(n: int, c: int, k: int) -> float:
    """Estimate without bias how often at least one of k samples passes: 1 - C(n - c, k) / C(n, k).

    >>> pass_at_k(n=5, c=1, k=2)
    0.4

    Args:
        n: Samples drawn.
        c: Samples that passed.
        k: Samples that one may submit.

    Raises:
        ValueError: If not 0 <= c <= n and 1 <= k <= n.

    Source: Chen et al. 2021, arXiv:2107.03374, equation 1.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        msg = (
            f"expected 0 <= c <= n and 1 <= k <= n, got n={n}, c={c}, k={k}; "
            "draw at least k samples of each task"
        )
        raise ValueError(msg)
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def mean_pass_at_k(passed: Mapping[str, Sequence[bool]], tasks: Sequence[str], k: int) -> PassAtK:
    """Average pass@k over every task of a benchmark.

    Args:
        passed: For each task, whether each of its samples passed.
        tasks: All tasks of the benchmark; one without samples counts as wrong, as it would have
            been had it been tried and failed.
        k: Samples that one may submit.

    Raises:
        ValueError: If there are no tasks, a task is repeated or not one of the benchmark's, or a
            task has some samples but fewer than k.
    """
    strangers = sorted(set(passed) - set(tasks))
    if not tasks or len(set(tasks)) != len(tasks) or strangers:
        msg = (
            f"expected distinct tasks that hold every sample's, got {len(tasks)} tasks of which "
            f"{len(set(tasks))} are distinct, and samples of others: {strangers[:3]}; "
            "give the ids of the benchmark's file"
        )
        raise ValueError(msg)
    values = [
        pass_at_k(len(samples), sum(samples), k) if (samples := passed.get(task, ())) else 0.0
        for task in tasks
    ]
    n = len(values)
    mean = math.fsum(values) / n
    error = math.nan
    if n > 1:
        error = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    missing = sum(1 for task in tasks if not passed.get(task))
    return PassAtK(k=k, value=mean, standard_error=error, n=n, n_missing=missing)
