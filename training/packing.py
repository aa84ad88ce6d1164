"""Streaming best-fit packing: documents into bins of one context, in one pass.

Sorting packers waste as little, but fill bins with documents of one length and so of one modality,
the skew that packing is there to avoid; a stream with a window keeps modalities mixed.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(order=True)
class _Bin(Generic[Item]):
    free: int
    """Positions left; bins are sorted by it."""
    number: int
    """When it was opened, which settles ties."""
    items: list[Item] = field(compare=False, default_factory=list)


class BestFitPacker(Generic[Item]):
    """Put each item into the fullest open bin that still holds it.

    A bin closes when it is full, or, when more than `window` are open, the oldest closes; so an
    item waits for at most `window` bins, and the order of bins depends on the items alone.

    Example:
        >>> packer = BestFitPacker(context=10, window=2)
        >>> packer.add("a", 6), packer.add("b", 7), packer.add("c", 4)
        ([], [], [['a', 'c']])
        >>> packer.flush()
        [['b']]
    """

    def __init__(self, context: int, window: int) -> None:
        """Start with no open bin.

        Args:
            context: Positions of a bin.
            window: Most bins open at once.

        Raises:
            ValueError: If one of them is not positive.
        """
        if context < 1 or window < 1:
            msg = f"expected a positive context and window, got {context} and {window}"
            raise ValueError(msg)
        self.context, self.window = context, window
        self._open: list[_Bin[Item]] = []
        self._opened = 0

    def add(self, item: Item, positions: int) -> list[list[Item]]:
        """Pack an item; return the bins that this closes.

        Raises:
            ValueError: If the item is empty or longer than a bin.
        """
        if not 1 <= positions <= self.context:
            msg = f"expected 1 to {self.context} positions, got {positions}"
            raise ValueError(msg)
        at = bisect_left(self._open, positions, key=lambda bin_: bin_.free)
        if at < len(self._open):
            target = self._open.pop(at)
        else:
            target = _Bin(self.context, self._opened)
            self._opened += 1
        target.items.append(item)
        target.free -= positions
        if target.free == 0:
            return [target.items]
        insort(self._open, target)
        return [self._close_oldest()] if len(self._open) > self.window else []

    def flush(self) -> list[list[Item]]:
        """Close every open bin, oldest first."""
        closed = [self._close_oldest() for _ in range(len(self._open))]
        self._opened = 0
        return closed

    def open_bins(self) -> list[tuple[int, list[Item]]]:
        """Return the number and items of each open bin, oldest first: the packer's state."""
        ordered = sorted(self._open, key=lambda bin_: bin_.number)
        return [(bin_.number, list(bin_.items)) for bin_ in ordered]

    def reopen(self, bins: list[tuple[int, list[tuple[Item, int]]]]) -> None:
        """Take up the open bins of another packer.

        Args:
            bins: Number of each bin and its items with their positions.
        """
        self._open = [
            _Bin(self.context - sum(n for _, n in items), number, [item for item, _ in items])
            for number, items in bins
        ]
        self._open.sort()
        self._opened = max((number for number, _ in bins), default=-1) + 1

    def _close_oldest(self) -> list[Item]:
        oldest = min(self._open, key=lambda bin_: bin_.number)
        self._open.remove(oldest)
        return oldest.items
