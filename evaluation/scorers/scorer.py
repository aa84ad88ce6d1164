"""What a published scorer is: features of prepared clips, under a name with its weights' digest."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.scorers.preparation import Prepared

Features = Mapping[str, NDArray[np.float32]]
"""By name: `embedding` (windows, dimensions), `logits` (classes,), `clip_embedding` (dimensions,),
`axes` (axes,)."""


class Scorer(Protocol):
    """A network that hears clips."""

    @property
    def scorer(self) -> str:
        """Name and version of the network, `@`, and 12 digits of the weights' SHA-256."""

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the weights: of the file, or of all files' names and digests."""

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return the features of each clip.

        Raises:
            ValueError: If a clip is not at the scorer's rate, or has the wrong channels.
        """
