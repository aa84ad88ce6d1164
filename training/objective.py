"""What a stage minimises: cross-entropy, or the preference loss with a cross-entropy term."""

from dataclasses import dataclass

import torch
from torch import Tensor

from training.attention import document_mask
from training.batches import Batch
from training.decoder import Decoder
from training.losses import Means, cross_entropy, token_losses
from training.preference import document_log_probabilities, preference_loss, winners_only


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A loss of a batch under a model."""

    beta: float
    """DPO's pull towards the reference."""
    cross_entropy_weight: float
    """Weight of the winners' cross-entropy beside the DPO loss."""
    reference: Decoder | None = None
    """Frozen model that the policy stays near; None for plain cross-entropy."""
    bfloat16: bool = False
    """Whether the body computes in bfloat16."""

    def __call__(self, model: Decoder, batch: Batch) -> tuple[Tensor, Means]:
        """Return the loss to minimise and its parts."""
        losses_BSQ = self._losses(model, batch)
        if self.reference is None:
            plain = cross_entropy(losses_BSQ, batch.ids_BSQ, batch.weights_BSQ, model.audio_start)
            return plain.loss, plain.parts
        return self._preference(model, batch, losses_BSQ)

    def _preference(self, model: Decoder, batch: Batch, losses_BSQ: Tensor) -> tuple[Tensor, Means]:
        assert self.reference is not None  # noqa: S101  only called with one
        with torch.no_grad():
            reference_BSQ = self._losses(self.reference, batch)
        policy, reference = (
            document_log_probabilities(
                losses, batch.weights_BSQ, batch.documents_BS, batch.documents
            )
            for losses in (losses_BSQ, reference_BSQ)
        )
        preference = preference_loss(policy, reference, self.beta)
        winners_BSQ = winners_only(batch.weights_BSQ, batch.documents_BS)
        plain = cross_entropy(losses_BSQ, batch.ids_BSQ, winners_BSQ, model.audio_start)
        loss = preference.loss + self.cross_entropy_weight * plain.loss
        pairs = batch.documents // 2
        means: Means = {
            "loss": (float(loss.detach()), pairs),
            "loss_preference": (float(preference.loss.detach()), pairs),
            "loss_winners": plain.parts["loss"],
            "margin": (float(preference.margin), pairs),
            "accuracy": (float(preference.accuracy), pairs),
        }
        return loss, means

    def _losses(self, model: Decoder, batch: Batch) -> Tensor:
        device = batch.ids_BSQ.device.type
        with torch.autocast(device, torch.bfloat16, enabled=self.bfloat16):
            mask = document_mask(batch.documents_BS)
            hidden_BSD = model(batch.ids_BSQ, batch.positions_BS, mask)
            return token_losses(model, hidden_BSD, batch.ids_BSQ, batch.weights_BSQ)
