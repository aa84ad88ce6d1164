"""Prompts of unequal length side by side, decoded a step at a time.

Shape suffixes: B = prompts, S = positions, Q = streams, D = hidden features.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from training.attention import NO_DOCUMENT, KeyValueCache, document_mask
from training.decoder import Decoder
from training.vocabulary import PAD


class Decoding:
    """The state of a batch of prompts: they end at the same place, padded on the left."""

    def __init__(
        self, model: Decoder, prompts: Sequence[Tensor], steps: int, *, use_cache: bool
    ) -> None:
        """Put the prompts side by side.

        Args:
            model: The model, in evaluation mode.
            prompts: Ids of each prompt, shape (positions, streams).
            steps: Most steps to follow.
            use_cache: Whether to keep keys and values.
        """
        self._model = model
        longest = max(len(prompt) for prompt in prompts)
        self._ids_BSQ = torch.full((len(prompts), longest, model.streams), PAD)
        self._documents_BS = torch.full((len(prompts), longest), NO_DOCUMENT)
        for row, prompt in enumerate(prompts):
            self._ids_BSQ[row, longest - len(prompt) :] = prompt
            self._documents_BS[row, longest - len(prompt) :] = 0
        device = model.embedding.text.device
        self._ids_BSQ = self._ids_BSQ.to(device)
        self._documents_BS = self._documents_BS.to(device)
        capacity = longest + steps
        self._cache = KeyValueCache(model.shape.layers, capacity) if use_cache else None

    def hidden(self) -> Tensor:
        """Return the hidden state of the last position, shape (B, D)."""
        start = self._cache.length if self._cache else 0
        positions_BS = (self._documents_BS != NO_DOCUMENT).long().cumsum(dim=1) - 1
        out_BSD = self._model(
            self._ids_BSQ[:, start:],
            positions_BS.clamp(min=0)[:, start:],
            document_mask(self._documents_BS, start),
            self._cache,
        )
        last: Tensor = out_BSD[:, -1]
        return last

    def append(self, ids_BQ: Tensor) -> None:
        """Add a position to every prompt."""
        ids_B1Q = ids_BQ.to(self._ids_BSQ)[:, None]
        self._ids_BSQ = torch.cat((self._ids_BSQ, ids_B1Q), dim=1)
        inside = self._documents_BS.new_zeros(len(ids_BQ), 1)
        self._documents_BS = torch.cat((self._documents_BS, inside), dim=1)
