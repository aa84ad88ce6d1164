"""Audiobox-Aesthetics: how much a sound is enjoyed, of use, complex and well produced.

The network is the package's own; its predictor, downloads and command line are not touched.
"""

import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.scorers.mono import check_answer, exact_inference, mono_samples
from evaluation.scorers.preparation import Prepared, Samples
from evaluation.scorers.quiet import module_alone
from evaluation.scorers.scorer import Features
from evaluation.weights.loading import load_checkpoint
from evaluation.weights.store import WeightsFile

AXES = ("CE", "CU", "PC", "PQ")
"""Content enjoyment, content usefulness, production complexity, production quality."""

SAMPLE_RATE = 16_000
WINDOW = 10 * SAMPLE_RATE
"""Samples that the network hears at a time; windows do not overlap."""

_SETTINGS = (
    "proj_num_layer",
    "proj_ln",
    "proj_act_fn",
    "proj_dropout",
    "nth_layer",
    "use_weighted_layer_sum",
    "precision",
    "normalize_embed",
    "output_dim",
)
_HEARING = threading.Lock()
"""Filters of warnings belong to the process: threads that change them come one by one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Audiobox:
    """The network with the official weights, in fp32: its autocast never takes effect.

    Source:
        facebookresearch/audiobox-aesthetics, version 0.0.4: infer.py, model/aes.py.
    """

    file: WeightsFile
    """The official `checkpoint.pt`."""

    network: Any = field(repr=False)
    """`AesMultiOutput` of the package."""

    offset: NDArray[np.float64] = field(repr=False)
    """Mean of each axis in the ratings that it was trained on, shape (axes,)."""

    scale: NDArray[np.float64] = field(repr=False)
    """Standard deviation of each axis, shape (axes,)."""

    batch: int = 8
    """Windows that go through the network at a time."""

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the checkpoint."""
        return self.file.digest

    @property
    def scorer(self) -> str:
        """Name and version of the network, and the digest of its weights."""
        return f"audiobox-aesthetics-0.0.4@{self.weights_digest[:12]}"

    @classmethod
    def load(cls, file: WeightsFile) -> "Audiobox":
        """Load the official `checkpoint.pt`, to the GPU if there is one.

        Raises:
            ValueError: If the file is another one, or holds anything but tensors and numbers.
        """
        checkpoint = load_checkpoint(file.path)
        wanted = {"state_dict", "model_cfg", "target_transform"}
        if not isinstance(checkpoint, Mapping) or not wanted <= checkpoint.keys():
            found = sorted(checkpoint) if isinstance(checkpoint, Mapping) else type(checkpoint)
            msg = f"{file.path}: expected Audiobox's checkpoint with {sorted(wanted)}, got {found}"
            raise ValueError(msg)
        transform = checkpoint["target_transform"]
        try:
            return cls(
                file=file,
                offset=np.array([transform[axis]["mean"] for axis in AXES], np.float64),
                scale=np.array([transform[axis]["std"] for axis in AXES], np.float64),
                network=_network(checkpoint),
            )
        except (KeyError, RuntimeError) as error:
            msg = f"{file.path}: expected Audiobox's settings and weights, got others: {error}"
            raise ValueError(msg) from error

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return of each clip its `axes` CE, CU, PC, PQ, about 1 to 10, shape (4,).

        Windows of 10 s, the last one filled with zeros that the network is told to ignore; their
        mean is weighted by how much of them is sound.

        Raises:
            ValueError: If a clip is not mono at 16 kHz.
            UnusableSoundError: If a clip holds no sample, or is not finite, or the network's answer
                is not.
        """
        cut = [audiobox_windows(clip) for clip in clips]
        pieces = [piece for windows in cut for piece in windows]
        answers = [
            self._heard(pieces[first : first + self.batch])
            for first in range(0, len(pieces), self.batch)
        ]
        ratings = np.concatenate(answers) * self.scale + self.offset if answers else np.empty(0)
        ends = np.cumsum([len(windows) for windows in cut])
        return [
            {"axes": check_answer(_mean(ratings[end - len(windows) : end], windows))}
            for windows, end in zip(cut, ends, strict=True)
        ]

    def _heard(self, pieces: Sequence[Samples]) -> NDArray[np.float64]:
        sound = np.zeros((len(pieces), 1, WINDOW), np.float32)
        is_sound = np.zeros(sound.shape, np.bool_)
        for place, piece in enumerate(pieces):
            sound[place, 0, : len(piece)] = piece
            is_sound[place, 0, : len(piece)] = True
        device = next(self.network.parameters()).device
        with _HEARING, warnings.catch_warnings(), exact_inference(device):
            warnings.filterwarnings("ignore", message="Support for mismatched key_padding_mask")
            answer = self.network(
                {
                    "wav": torch.from_numpy(sound).to(device),
                    "mask": torch.from_numpy(is_sound).to(device),
                }
            )
        found: NDArray[np.float64] = (
            torch.stack([answer[axis] for axis in AXES], dim=1).double().cpu().numpy()
        )
        return found


def _network(checkpoint: Mapping[str, Any]) -> Any:
    model = module_alone("audiobox_aesthetics.model.aes")
    settings = checkpoint["model_cfg"]
    with warnings.catch_warnings():
        # Its weight norm has PyTorch's old form, as the names in the checkpoint have.
        warnings.simplefilter("ignore", FutureWarning)
        network = model.AesMultiOutput(
            **{name: settings[name] for name in _SETTINGS},
            target_transform=checkpoint["target_transform"],
        )
    state = checkpoint["state_dict"]
    network.load_state_dict({name.removeprefix("model."): state[name] for name in state})
    return network.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def audiobox_windows(clip: Prepared) -> list[Samples]:
    """Cut a clip into windows of 10 s and a rest, each of shape (samples,).

    Raises:
        ValueError: If the clip is not mono at 16 kHz.
        UnusableSoundError: If it holds no sample, or is not finite.
    """
    samples = mono_samples(clip, SAMPLE_RATE, 1)
    return [samples[first : first + WINDOW] for first in range(0, len(samples), WINDOW)]


def _mean(ratings: NDArray[np.float64], windows: Sequence[Samples]) -> NDArray[np.float32]:
    lengths = [len(window) for window in windows]
    return np.average(ratings, axis=0, weights=lengths).astype(np.float32)
