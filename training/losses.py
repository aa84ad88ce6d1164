"""Cross-entropy over token streams, a chunk of positions at a time, never all logits at once.

Shape suffixes: B = bins, S = positions, Q = streams, D = hidden features, N = B x (S - 1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from training.decoder import Decoder

CHUNK = 2048
"""Positions whose logits exist at once: 160,392 ids of 2,048 positions are 1.3 GB of float32."""


def token_losses(
    decoder: Decoder, hidden_BSD: Tensor, ids_BSQ: Tensor, weights_BSQ: Tensor, chunk: int = CHUNK
) -> Tensor:
    """Return the negative log-likelihood of each id that carries weight.

    Position `s` is predicted by the hidden state of `s - 1`. Stream 0 is normalised over the whole
    vocabulary, the other streams over all audio ids.

    Args:
        decoder: Gives the head.
        hidden_BSD: Hidden states.
        ids_BSQ: Ids, the targets.
        weights_BSQ: Weights; an id of weight 0 is not computed.
        chunk: Positions whose logits exist at once.

    Returns:
        Losses in nats, shape (B, S, Q); 0 where no weight is.
    """
    hidden_ND = hidden_BSD[:, :-1].flatten(0, 1)
    ids_NQ = ids_BSQ[:, 1:].flatten(0, 1)
    wanted_NQ = weights_BSQ[:, 1:].flatten(0, 1) > 0
    streams = []
    for stream in range(ids_BSQ.shape[2]):
        rows = wanted_NQ[:, stream].nonzero()[:, 0]
        losses = [
            checkpoint(
                _nll, decoder, hidden_ND[part], ids_NQ[part, stream], stream, use_reentrant=False
            )
            for part in torch.split(rows, chunk)
        ]
        full = hidden_ND.new_zeros(len(hidden_ND), dtype=torch.float32)
        streams.append(full.index_copy(0, rows, torch.cat(losses)) if len(rows) else full)
    losses_BSQ = torch.stack(streams, dim=-1).view(len(ids_BSQ), -1, len(streams))
    return functional.pad(losses_BSQ, (0, 0, 1, 0))


def _nll(decoder: Decoder, hidden_ND: Tensor, ids_N: Tensor, stream: int) -> Tensor:
    first = 0 if stream == 0 else decoder.audio_start
    logits = decoder.logits(hidden_ND, stream).float()
    return functional.cross_entropy(logits, ids_N - first, reduction="none")


Means = dict[str, tuple[float, int]]
"""Names of measured means, each with the number of things it is a mean over."""


@dataclass(frozen=True, kw_only=True)
class CrossEntropy:
    """A weighted cross-entropy and its parts, in nats."""

    loss: Tensor
    """Weighted loss over the number of positions whose stream 0 carries weight."""
    parts: Means
    """`loss` over positions, `loss_text` over text ids, `loss_audio` over audio ids (delay pads
    included), each with its count; a part without any id is left out."""


def cross_entropy(
    losses_BSQ: Tensor, ids_BSQ: Tensor, weights_BSQ: Tensor, audio_start: int
) -> CrossEntropy:
    """Return the loss of a batch, normalised by its weighted stream-0 positions.

    Raises:
        ValueError: If no position carries weight.

    Source:
        NVIDIA/audio-intelligence@78024ec:UALM/models/ualm/lm/parallel.py counts the positions of
        stream 0 whose weight is not zero, so that an audio frame counts once.
    """
    # The first position of a bin is predicted by nothing.
    weights_BSQ = weights_BSQ.clone()
    weights_BSQ[:, 0] = 0
    positions = int((weights_BSQ[..., 0] > 0).sum())
    if positions == 0:
        msg = "expected at least one position that carries loss, got none"
        raise ValueError(msg)
    loss = (losses_BSQ * weights_BSQ).sum() / positions
    audio = ids_BSQ >= audio_start
    parts: Means = {"loss": (float(loss.detach()), positions)}
    for name, ids in (("loss_text", ~audio), ("loss_audio", audio)):
        chosen = losses_BSQ.detach()[ids & (weights_BSQ > 0)]
        if len(chosen):
            parts[name] = (float(chosen.mean()), len(chosen))
    return CrossEntropy(loss=loss, parts=parts)


def pooled(measured: list[Means]) -> dict[str, float]:
    """Return the means over all batches of means over each.

    Example:
        >>> pooled([{"loss": (1.0, 1)}, {"loss": (4.0, 2)}])
        {'loss': 3.0}
    """
    names = dict.fromkeys(name for means in measured for name in means)
    result = {}
    for name in names:
        found = [means[name] for means in measured if name in means]
        result[name] = sum(mean * n for mean, n in found) / sum(n for _, n in found)
    return result
