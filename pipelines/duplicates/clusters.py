"""Clusters: connected components of duplicate pairs, and who of each is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Rows = NDArray[np.int64]


def clusters(rows: int, pairs: NDArray[np.int64]) -> list[Rows]:
    """Return the connected components of two rows and more, each in order, by their first row.

    Args:
        rows: How many rows there are.
        pairs: Pairs of row numbers, shape (pairs, 2).

    Example:
        >>> [found.tolist() for found in clusters(5, np.array([[0, 3], [3, 1]]))]
        [[0, 1, 3]]
    """
    if not len(pairs):
        return []
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(rows, rows))
    label = connected_components(graph, directed=False)[1]
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label)
    found = np.split(order.astype(np.int64), np.cumsum(sizes)[:-1])
    return sorted((some for some in found if len(some) > 1), key=lambda some: int(some[0]))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of a row of a cluster."""

    row: int
    keeper: int
    """The kept row that stands for it; itself if it is kept."""


def judged(
    ranked: Sequence[int],
    kept_before: Callable[[int], bool],
    alike: Callable[[int, int], bool],
    *,
    chained: bool,
) -> list[Judged]:
    """Return which rows of a cluster are kept, and which row stands for each other one.

    The first row is kept. A later one that was kept by an earlier run stays, unless it is
    directly alike a kept one: nothing that was kept goes because a source was added.

    Args:
        ranked: The cluster's rows, the best one first.
        kept_before: Whether an earlier run kept a row.
        alike: Whether two rows are directly alike.
        chained: Whether a row goes that is only linked to the kept ones through others.
    """
    keepers: list[int] = []
    found = []
    for row in ranked:
        direct = next((keeper for keeper in keepers if alike(keeper, row)), None)
        if direct is not None:
            found.append(Judged(row=row, keeper=direct))
        elif keepers and chained and not kept_before(row):
            found.append(Judged(row=row, keeper=keepers[0]))
        else:
            keepers.append(row)
            found.append(Judged(row=row, keeper=row))
    return found
