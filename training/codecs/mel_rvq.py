"""The embedded codec `mel-rvq`: log-mel frames at 25 Hz, residual k-means, Griffin-Lim.

It needs no download: it is fitted once on the lake's own sound and frozen from then on. It stands
in for a neural codec in demonstrations and tests; it is not meant to sound good.

Shape suffixes: B = clips, T = samples or frames, Q = codebooks, K = codewords, M = mel bands,
N = frames of all clips.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError
from safetensors.numpy import load, save

from schemas.durable import write_durably
from training.codecs import mel
from training.codecs.codec import (
    SAMPLE_RATE,
    Codes,
    Waveforms,
    checked_codes,
    checked_waveforms,
)
from training.codecs.residual_kmeans import (
    Floats,
    dequantise,
    fit_codebooks,
    quantise,
    residual_variance,
)
from training.codecs.weights import codec_id, read_pointer, write_pointer

NAME = "mel-rvq"
_FEATURES = {
    "hop_length": mel.HOP_LENGTH,
    "window_length": mel.WINDOW_LENGTH,
    "mel_bands": mel.MEL_BANDS,
    "floor": mel.FLOOR,
    "sample_rate": SAMPLE_RATE,
}


class MelRvqSettings(BaseModel):
    """How `mel-rvq` is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codebooks: int = Field(default=4, ge=1, le=64)
    """Codes in each frame."""
    codebook_size: int = Field(default=256, ge=2, le=32_768)
    """Entries of each codebook; 32,768 is what int16 can count."""
    max_frames: int = Field(default=20_000, ge=2)
    """Frames that are fitted, drawn at random if the sound has more: bounds the time."""
    iterations: int = Field(default=20, ge=1)
    """Of k-means, for each codebook."""
    seed: int = Field(default=0, ge=0)
    """Of the draw and of the first codewords."""


@dataclass(frozen=True, eq=False)
class MelRvq:
    """A fitted `mel-rvq`; it satisfies `training.codecs.codec.Codec`."""

    codewords: Floats
    """In natural-log mel magnitude, shape (codebooks, codewords, bands)."""

    @classmethod
    def fit(
        cls, waveforms: Sequence[Waveforms], settings: MelRvqSettings
    ) -> tuple["MelRvq", list[float]]:
        """Fit codebooks to sound.

        Args:
            waveforms: Mono waveforms (samples,) of any lengths.
            settings: Sizes and seed.

        Returns:
            The codec, and the share of the frames' variance left after each codebook.

        Raises:
            ValueError: If the sound has fewer frames than a codebook has entries, or is silent.
        """
        if not waveforms:
            msg = "expected sound to fit mel-rvq on, got none: run `ualm corpus ingest` first"
            raise ValueError(msg)
        frames_NM = np.concatenate([_frames(one[None]) for one in waveforms])
        if len(frames_NM) > settings.max_frames:
            generator = np.random.default_rng(settings.seed)
            drawn = generator.choice(len(frames_NM), settings.max_frames, replace=False)
            frames_NM = frames_NM[np.sort(drawn)]
        codebooks_QKM = fit_codebooks(
            frames_NM,
            settings.codebooks,
            settings.codebook_size,
            seed=settings.seed,
            iterations=settings.iterations,
        )
        return cls(codebooks_QKM), residual_variance(frames_NM, codebooks_QKM)

    @classmethod
    def load(cls, path: Path) -> "MelRvq":
        """Load weights that `freeze` wrote.

        Raises:
            ValueError: If the file is missing, damaged, or of another mel front end.
        """
        if not path.is_file():
            msg = f"{path}: the codec's weights are missing; restore the file, or use --refit"
            raise ValueError(msg)
        content = path.read_bytes()
        try:
            tensors = load(content)
        except SafetensorError as error:
            msg = f"{path}: expected safetensors ({error}); restore the file, or use --refit"
            raise ValueError(msg) from error
        codebooks_QKM = tensors.get("codebooks")
        if codebooks_QKM is None or _serialised(codebooks_QKM) != content:
            msg = f"{path}: expected mel-rvq weights of the front end {_FEATURES}; use --refit"
            raise ValueError(msg)
        return cls(codebooks_QKM)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the weights file."""
        return hashlib.sha256(_serialised(self.codewords)).hexdigest()

    @property
    def id(self) -> str:
        """`mel-rvq@digest`."""
        return codec_id(NAME, self.digest)

    @property
    def sample_rate(self) -> int:
        """16,000 Hz."""
        return SAMPLE_RATE

    @property
    def frame_rate(self) -> float:
        """25 Hz."""
        return SAMPLE_RATE / mel.HOP_LENGTH

    @property
    def codebooks(self) -> int:
        """Codes in each frame."""
        return int(self.codewords.shape[0])

    @property
    def codebook_size(self) -> int:
        """Entries of each codebook."""
        return int(self.codewords.shape[1])

    @property
    def min_samples(self) -> int:
        """One: a frame begun is filled with silence."""
        return 1

    def encode(self, waveforms_BT: Waveforms) -> Codes:
        """Return codes (clips, codebooks, ceil(samples / 640)).

        Raises:
            ValueError: If the waveforms are not finite, mono and of one length.
        """
        frames_NM = _frames(checked_waveforms(waveforms_BT))
        codes_QN = quantise(frames_NM, self.codewords)
        codes_QBT = codes_QN.reshape(self.codebooks, len(waveforms_BT), -1)
        return np.ascontiguousarray(codes_QBT.swapaxes(0, 1), dtype=np.int16)

    def decode(self, codes_BQT: Codes) -> Waveforms:
        """Return waveforms (clips, frames x 640), the same for the same codes on one machine.

        Raises:
            ValueError: If the codes are not this codec's.
        """
        clips, _, frames = checked_codes(codes_BQT, self).shape
        codes_QN = codes_BQT.swapaxes(0, 1).reshape(self.codebooks, -1)
        frames_NM = dequantise(codes_QN, self.codewords)
        log_mel_BTM = torch.from_numpy(frames_NM.reshape(clips, frames, -1))
        waveforms: Waveforms = mel.waveforms_from_log_mel(log_mel_BTM.mT).numpy()
        return waveforms


def freeze(weights: Path, codec: MelRvq, facts: dict[str, object]) -> Path:
    """Write a codec's weights and make them the folder's current ones.

    Args:
        weights: The lake's folder of weights.
        codec: The fitted codec.
        facts: What to remember about the fit, JSON: residual variance, clips, settings.

    Returns:
        The file. Weights that were current before stay beside it, for the codes made with them.
    """
    path = _path(weights, codec.digest)
    write_durably(path, _serialised(codec.codewords))
    write_pointer(weights / f"{NAME}.json", {"digest": codec.digest, **facts})
    return path


def frozen(weights: Path, digest: str | None = None) -> MelRvq | None:
    """Return frozen weights: the current ones, or those whose digest starts as given.

    Returns:
        The codec; None if nothing was ever frozen here.

    Raises:
        ValueError: If the weights that are named are missing or damaged.
    """
    if digest is None:
        pointer = read_pointer(weights / f"{NAME}.json")
        if pointer is None:
            return None
        digest = str(pointer.get("digest"))
    codec = MelRvq.load(_path(weights, digest))
    if not codec.digest.startswith(digest):
        msg = f"{_path(weights, digest)}: holds {codec.id}, not what its name says; restore it"
        raise ValueError(msg)
    return codec


def _path(weights: Path, digest: str) -> Path:
    return weights / f"{codec_id(NAME, digest).replace('@', '-')}.safetensors"


def _serialised(codebooks_QKM: Floats) -> bytes:
    # One metadata entry only: safetensors does not promise the order of several.
    tensors = {"codebooks": np.ascontiguousarray(codebooks_QKM, dtype=np.float32)}
    return save(tensors, metadata={"front_end": json.dumps(_FEATURES, sort_keys=True)})


def _frames(waveforms_BT: Waveforms) -> Floats:
    log_mel_BMT = mel.log_mel(torch.from_numpy(waveforms_BT))
    frames: Floats = log_mel_BMT.mT.reshape(-1, mel.MEL_BANDS).numpy()
    return frames
