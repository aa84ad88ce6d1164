"""What a scorer's reading of a sound depends on, and no more: metrics of one reading share it."""

from dataclasses import asdict

from evaluation.protocols import MetricProtocol
from schemas.ids import digest_of

_HEARD = ("weights", "preparation", "layer", "window_s", "hop_s", "pooling")


def hearing_digest(protocol: MetricProtocol) -> str:
    """Return the SHA-256 of how a metric's network hears a sound.

    What is computed from the reading (direction, epsilon, splits) does not count.

    Example:
        >>> from evaluation.protocols import PROTOCOLS
        >>> metrics = PROTOCOLS["audioldm-eval"].metrics
        >>> hearing_digest(metrics["is"]) == hearing_digest(metrics["kl_ref_gen"])
        True
    """
    fields = asdict(protocol)
    return digest_of({name: fields[name] for name in _HEARD})
