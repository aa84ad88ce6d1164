"""Direct preference optimisation on packed pairs, with a cross-entropy term on the winners.

Shape suffixes: B = bins, S = positions, Q = streams, P = pairs; documents 2p and 2p + 1 are the
winner and the loser of pair p.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from training.attention import NO_DOCUMENT


def document_log_probabilities(
    losses_BSQ: Tensor, weights_BSQ: Tensor, documents_BS: Tensor, documents: int
) -> Tensor:
    """Return each document's log-probability, every id weighted as in the cross-entropy.

    Args:
        losses_BSQ: Negative log-likelihoods in nats.
        weights_BSQ: Weights of the ids.
        documents_BS: Document number of each position, counted through the batch; -1 is padding.
        documents: Documents in the batch.

    Returns:
        Log-probabilities in nats, shape (documents,).
    """
    inside = documents_BS != NO_DOCUMENT
    per_position = -(losses_BSQ * weights_BSQ).sum(dim=-1)[inside]
    return per_position.new_zeros(documents).index_add(0, documents_BS[inside], per_position)


@dataclass(frozen=True, kw_only=True)
class Preference:
    """The preference loss of a batch of pairs."""

    loss: Tensor
    """Mean of -log sigmoid(beta x margin)."""
    margin: Tensor
    """Mean margin in nats: how much more the policy than the reference prefers the winner."""
    accuracy: Tensor
    """Share of pairs whose margin is positive."""


def preference_loss(policy: Tensor, reference: Tensor, beta: float = 0.1) -> Preference:
    """Return the DPO loss of a batch.

    Args:
        policy: Log-probabilities of winners and losers in turn, shape (2 P,).
        reference: The reference model's, same shape.
        beta: Strength of the pull towards the reference (paper: 0.1).

    Raises:
        ValueError: If the documents do not come in pairs.

    Source:
        Rafailov et al. (2023), equation 7; UALM, section 3.2.

    Example:
        >>> import torch
        >>> same = torch.tensor([-3.0, -4.0])
        >>> round(float(preference_loss(same, same).loss), 4)
        0.6931
    """
    if policy.shape != reference.shape or len(policy) < 2 or len(policy) % 2:
        msg = f"expected winners and losers in turn, got {len(policy)} and {len(reference)}"
        raise ValueError(msg)
    gain = policy - reference
    margin_P = gain[0::2] - gain[1::2]
    return Preference(
        loss=-functional.logsigmoid(beta * margin_P).mean(),
        margin=margin_P.detach().mean(),
        accuracy=(margin_P.detach() > 0).float().mean(),
    )


def winners_only(weights_BSQ: Tensor, documents_BS: Tensor) -> Tensor:
    """Return the weights with those of losers and padding set to zero."""
    winner = (documents_BS != NO_DOCUMENT) & (documents_BS % 2 == 0)
    return weights_BSQ * winner[..., None]
