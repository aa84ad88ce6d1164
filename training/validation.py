"""Validation: the loss on held-out sequences, beside what counting ids alone would reach."""

from collections.abc import Iterable

import torch
from torch import Tensor

from training.batches import Batch
from training.decoder import Decoder
from training.losses import Means, cross_entropy, pooled
from training.objective import Objective
from training.vocabulary import Vocabulary


@torch.no_grad()
def validate(model: Decoder, objective: Objective, batches: Iterable[Batch]) -> dict[str, float]:
    """Return the means of the objective's parts over held-out batches.

    Args:
        model: The model, left in training mode.
        objective: What the stage minimises.
        batches: Held-out batches, on the model's device.
    """
    model.eval()
    measured = [objective(model, batch)[1] for batch in batches]
    model.train()
    return {f"validation_{name}": value for name, value in pooled(measured).items()}


class Unigram:
    """How often each id occurs in each stream of the training data, nothing else."""

    def __init__(self, vocabulary: Vocabulary, batches: Iterable[Batch]) -> None:
        """Count the ids that carry weight, plus one for each id of a stream's support.

        Args:
            vocabulary: Gives the supports.
            batches: Training batches.
        """
        self._vocabulary = vocabulary
        counts_QV = torch.zeros(vocabulary.streams, vocabulary.size, dtype=torch.float64)
        counts_QV[0] = 1
        counts_QV[1:, vocabulary.audio_start :] = 1
        for batch in batches:
            for stream in range(vocabulary.streams):
                trained = batch.weights_BSQ[..., stream] > 0
                ids = batch.ids_BSQ[..., stream][trained].cpu()
                counts_QV[stream] += torch.bincount(ids, minlength=vocabulary.size)
        self._losses_QV = -(counts_QV / counts_QV.sum(dim=1, keepdim=True)).log().float()

    def losses(self, batch: Batch) -> Tensor:
        """Return the negative log-likelihood of each id that carries weight, (B, S, Q)."""
        streams = torch.arange(self._vocabulary.streams)
        losses_BSQ = self._losses_QV[streams, batch.ids_BSQ.cpu()]
        return losses_BSQ.where(batch.weights_BSQ.cpu() > 0, 0.0)

    def validate(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the same cross-entropies that a model is measured by, of held-out batches."""
        measured: list[Means] = []
        for batch in batches:
            found = cross_entropy(
                self.losses(batch),
                batch.ids_BSQ.cpu(),
                batch.weights_BSQ.cpu(),
                self._vocabulary.audio_start,
            )
            measured.append(found.parts)
        return {f"unigram_{name}": value for name, value in pooled(measured).items()}
