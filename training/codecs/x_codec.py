"""X-Codec through transformers: 50 Hz, 8 codebooks of 1,024 in the published model.

Shape suffixes: B = clips, Q = codebooks, T = samples or frames.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from schemas.checkpoints import CheckpointKind
from training.codecs.codec import (
    SAMPLE_RATE,
    Codes,
    Waveforms,
    checked_codes,
    checked_waveforms,
)
from training.codecs.weights import codec_id

NAME = "x-codec"
DEFAULT = "hf-audio/xcodec-hubert-general"
"""The paper's codec (appendix B.1), as the public code names it."""
_CHECKPOINT = CheckpointKind(
    expected="a folder or a hub id of an X-Codec",
    advice=(
        f"download it on a machine with internet (`hf download {DEFAULT} --local-dir x-codec`) "
        "and give that folder, or use the embedded codec `mel-rvq`"
    ),
    whole="config.json and *.safetensors of an X-Codec; download it again",
)


@dataclass(frozen=True, eq=False)
class XCodec:
    """A loaded X-Codec; it satisfies `training.codecs.codec.Codec`."""

    model: Any
    """`transformers.XcodecModel` in evaluation mode."""
    digest: str
    """SHA-256 (hex) over its configuration and weights files."""

    @classmethod
    def load(cls, source: str) -> "XCodec":
        """Load a local folder in transformers' format, or a model of the Hugging Face hub.

        Args:
            source: Path of a folder, or a hub id such as `hf-audio/xcodec-hubert-general`;
                with HF_HUB_OFFLINE=1 only the local cache is searched.

        Raises:
            ValueError: If there is no such model, or it is no X-Codec at 16 kHz.
        """
        folder = _CHECKPOINT.folder(source)
        configuration = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        if configuration.model_type != "xcodec" or configuration.sample_rate != SAMPLE_RATE:
            rate = getattr(configuration, "sample_rate", None)
            msg = (
                f"{source}: expected an xcodec model at {SAMPLE_RATE} Hz, "
                f"got {configuration.model_type} at {rate} Hz; try {DEFAULT}"
            )
            raise ValueError(msg)
        model: Any = transformers.XcodecModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
        return cls(model.eval(), _digest(folder))

    @property
    def id(self) -> str:
        """`x-codec@digest`."""
        return codec_id(NAME, self.digest)

    @property
    def sample_rate(self) -> int:
        """16,000 Hz."""
        return SAMPLE_RATE

    @property
    def frame_rate(self) -> float:
        """Frames a second; 50 Hz in the published model."""
        return SAMPLE_RATE / float(self.model.config.hop_length)

    @cached_property
    def codebooks(self) -> int:
        """Codes in each frame; 8 in the published model."""
        return int(self.model.config.num_quantizers)

    @property
    def codebook_size(self) -> int:
        """Entries of each codebook; 1,024 in the published model."""
        return int(self.model.config.codebook_size)

    @property
    def min_samples(self) -> int:
        """A frame; of less the semantic encoder makes nothing."""
        return int(self.model.config.hop_length)

    def encode(self, waveforms_BT: Waveforms) -> Codes:
        """Return codes (clips, codebooks, frames) at the highest bandwidth.

        Raises:
            ValueError: If the waveforms are not finite, mono and of one length.
        """
        mono_B1T = torch.from_numpy(checked_waveforms(waveforms_BT, self.min_samples)).unsqueeze(1)
        with torch.inference_mode():
            codes_BQT = self.model.encode(mono_B1T).audio_codes
        return np.ascontiguousarray(codes_BQT.numpy(), dtype=np.int16)

    def decode(self, codes_BQT: Codes) -> Waveforms:
        """Return waveforms (clips, samples).

        Raises:
            ValueError: If the codes are not this codec's.
        """
        codes = torch.from_numpy(checked_codes(codes_BQT, self).astype(np.int64))
        with torch.inference_mode():
            audio_B1T = self.model.decode(codes).audio_values
        return np.ascontiguousarray(audio_B1T.squeeze(1).numpy(), dtype=np.float32)


def _digest(folder: Path) -> str:
    # config.json comes before the weights, whatever they are named: ids in lakes depend on it.
    digests = sorted(_CHECKPOINT.digests(folder), key=lambda one: one[0] != "config.json")
    lines = [f"{name} {digest}\n" for name, digest in digests]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
