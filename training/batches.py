"""Batches: draws materialised, packed into bins of one context, and put side by side.

Shape suffixes: B = bins, S = positions (the context), Q = streams.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from training.attention import NO_DOCUMENT
from training.cfg import with_dropped_condition
from training.loader import Draw, SequenceDataset
from training.packing import BestFitPacker
from training.sequence import Example, materialise
from training.vocabulary import PAD, Vocabulary


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Bins side by side."""

    ids_BSQ: Tensor
    """Ids, int64."""
    weights_BSQ: Tensor
    """Weights of the ids as targets, float32; 0 at the start of every document."""
    documents_BS: Tensor
    """Document of each position, counted through the batch; -1 is padding."""
    positions_BS: Tensor
    """Position inside the document."""

    @property
    def documents(self) -> int:
        """Documents in all."""
        return int(self.documents_BS.max()) + 1

    @property
    def filled(self) -> int:
        """Positions that are not padding."""
        return int((self.documents_BS != NO_DOCUMENT).sum())

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        return Batch(**{name: tensor.to(device) for name, tensor in vars(self).items()})


def batch_of(bins: list[list[Example]], context: int, streams: int) -> Batch:
    """Put bins of examples side by side.

    Args:
        bins: Examples of each bin, in order.
        context: Positions of a bin.
        streams: Streams of the ids.

    Raises:
        ValueError: If a bin's examples are longer than the context.
    """
    shape = (len(bins), context)
    batch = Batch(
        ids_BSQ=torch.full((*shape, streams), PAD),
        weights_BSQ=torch.zeros(*shape, streams),
        documents_BS=torch.full(shape, NO_DOCUMENT),
        positions_BS=torch.zeros(shape, dtype=torch.long),
    )
    document = 0
    for b, examples in enumerate(bins):
        start = 0
        for example in examples:
            end = start + example.positions
            if end > context:
                msg = f"expected examples of at most {context} positions in a bin, got {end}"
                raise ValueError(msg)
            batch.ids_BSQ[b, start:end] = example.ids_SQ
            batch.weights_BSQ[b, start + 1 : end] = example.weights_SQ[1:]
            batch.documents_BS[b, start:end] = document
            batch.positions_BS[b, start:end] = torch.arange(example.positions)
            start, document = end, document + 1
    return batch


@dataclass(frozen=True, kw_only=True)
class Packing:
    """How draws become batches."""

    context: int
    """Positions of a bin."""
    bins: int
    """Bins of a batch."""
    window: int
    """Bins open at once."""
    condition_dropout: float
    """Share of examples whose condition is dropped for classifier-free guidance."""
    seed: int


class BatchStream:
    """Batches without end, or to the end of the data set's epochs; resumable exactly.

    A draw longer than the context is left out and counted in `skipped`, never cut.
    """

    def __init__(self, dataset: SequenceDataset, vocabulary: Vocabulary, packing: Packing) -> None:
        """Start at the data set's place.

        Args:
            dataset: Where draws come from.
            vocabulary: Their vocabulary.
            packing: How they become batches.
        """
        self._dataset, self._vocabulary, self._packing = dataset, vocabulary, packing
        self._packer: BestFitPacker[Draw] = BestFitPacker(packing.context, packing.window)
        self._ready: list[list[Draw]] = []
        self.skipped = 0

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches; the last may hold fewer bins if the epochs end."""
        for draw in self._dataset:
            if draw.positions > self._packing.context:
                self.skipped += 1
                continue
            self._ready += self._packer.add(draw, draw.positions)
            if len(self._ready) >= self._packing.bins:
                yield self._next()
        self._ready += self._packer.flush()
        while self._ready:
            yield self._next()

    def state_dict(self) -> dict[str, Any]:
        """Return the place of the next batch, as JSON: draws are kept by their address."""
        return {
            "dataset": self._dataset.state_dict(),
            "open": [[n, [d.address for d in draws]] for n, draws in self._packer.open_bins()],
            "ready": [[d.address for d in draws] for draws in self._ready],
            "skipped": self.skipped,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another stream over the same data stopped."""
        self._dataset.load_state_dict(state["dataset"])
        reopened = [(number, self._fetched(addresses)) for number, addresses in state["open"]]
        self._packer.reopen([(n, [(d, d.positions) for d in draws]) for n, draws in reopened])
        self._ready = [self._fetched(addresses) for addresses in state["ready"]]
        self.skipped = state["skipped"]

    def _fetched(self, addresses: Iterable[Any]) -> list[Draw]:
        return [self._dataset.fetch(address) for address in addresses]

    def _next(self) -> Batch:
        count = self._packing.bins
        taken, self._ready = self._ready[:count], self._ready[count:]
        bins = [[e for draw in draws for e in self._examples(draw)] for draws in taken]
        return batch_of(bins, self._packing.context, self._vocabulary.streams)

    def _examples(self, draw: Draw) -> Iterator[Example]:
        share, seed = self._packing.condition_dropout, self._packing.seed
        for sequence in draw.sequences:
            example = materialise(sequence, self._vocabulary)
            yield with_dropped_condition(example, share, seed, draw.epoch)
