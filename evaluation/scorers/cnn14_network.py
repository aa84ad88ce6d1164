"""Cnn14's network: the package's own layers, its logits before the sigmoid, long clips in parts.

B: clips; S: samples; T: frames; M: mel bins; C: channels; U: units of 32 frames.

Source: panns-inference 0.1.1: models.py (Cnn14).
"""

from typing import Any

import torch
from torch import Tensor, nn

from evaluation.scorers.audioset_labels import CLASSES
from evaluation.scorers.quiet import module_alone

SETTINGS = {
    32_000: {"window_size": 1024, "hop_size": 320, "fmax": 14_000},
    16_000: {"window_size": 512, "hop_size": 160, "fmax": 8_000},
}
"""By sample rate in Hz: of `Cnn14_mAP=0.431.pth` and of `Cnn14_16k_mAP=0.438.pth`."""

_UNIT = 32
"""Frames that five poolings of 2 make one of."""
_REACH = 128
"""Frames on either side that a unit depends on, in whole units: convolutions of 3, two of them at
each of the strides 1, 2, 4, 8, 16 and 32, reach 2 * 63 = 126."""


class Cnn14Network(nn.Module):
    """Embeddings and logits of clips.

    Its net is on the meta device until weights are loaded into it.
    """

    def __init__(self, sample_rate: int, part: int = 2048) -> None:
        """Build the network.

        Args:
            sample_rate: 32000 or 16000 Hz.
            part: Frames of 10 ms that the convolutions see at a time, a multiple of 32. It bounds
                the memory that a long clip takes and changes no result.
        """
        super().__init__()
        self.net = _net(sample_rate)
        self.part = part
        self.eval()

    def forward(self, samples_BS: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings (B, 2048) and logits (B, 527) of clips."""
        net = self.net
        mel_B1TM = net.logmel_extractor(net.spectrogram_extractor(samples_BS))
        mel_B1TM = net.bn0(mel_B1TM.transpose(1, 3)).transpose(1, 3)
        heard_BCU = self._in_parts(mel_B1TM)
        pooled_BC = heard_BCU.amax(2) + heard_BCU.mean(2)
        embedding = torch.relu(net.fc1(pooled_BC))
        return embedding, net.fc_audioset(embedding)

    def _in_parts(self, mel_B1TM: Tensor) -> Tensor:
        frames = mel_B1TM.shape[2]
        parts = []
        for start in range(0, frames - _UNIT + 1, self.part):
            first = max(0, start - _REACH)
            heard_BCU = self._convolved(mel_B1TM[:, :, first : start + self.part + _REACH])
            skipped = (start - first) // _UNIT
            parts.append(heard_BCU[:, :, skipped : skipped + self.part // _UNIT])
        return torch.cat(parts, dim=2)

    def _convolved(self, part_B1TM: Tensor) -> Tensor:
        heard = part_B1TM
        for number in range(1, 7):
            block = getattr(self.net, f"conv_block{number}")
            pool = (1, 1) if number == 6 else (2, 2)
            heard = block(heard, pool_size=pool, pool_type="avg")
        return heard.mean(3)


def least_samples(sample_rate: int) -> int:
    """Return the fewest samples that give a unit of 32 frames.

    Example:
        >>> least_samples(32_000)
        9920
    """
    return (_UNIT - 1) * SETTINGS[sample_rate]["hop_size"]


def _net(sample_rate: int) -> Any:
    package: Any = module_alone(
        "panns_inference.models", absent=["matplotlib", "matplotlib.pyplot"]
    )
    # Theirs compute what the checkpoint holds, for which they load librosa and a compiler.
    package.Spectrogram, package.LogmelFilterBank = _Spectrogram, _LogMel
    with torch.device("meta"):
        return package.Cnn14(
            sample_rate=sample_rate,
            mel_bins=64,
            fmin=50,
            classes_num=CLASSES,
            **SETTINGS[sample_rate],
        )


class _Spectrogram(nn.Module):
    """Power of an STFT that is a convolution with weights of the checkpoint, as torchlibrosa's."""

    def __init__(self, *, n_fft: int, hop_length: int, **_: object) -> None:
        super().__init__()
        self.reach = n_fft // 2
        self.stft: Any = nn.Module()
        for part in ("conv_real", "conv_imag"):
            waves = nn.Conv1d(1, n_fft // 2 + 1, n_fft, stride=hop_length, bias=False)
            self.stft.add_module(part, waves)

    def forward(self, samples_BS: Tensor) -> Tensor:
        """Return power of shape (B, 1, T, bins)."""
        padded = nn.functional.pad(samples_BS[:, None], (self.reach, self.reach), mode="reflect")
        real, imaginary = self.stft.conv_real(padded), self.stft.conv_imag(padded)
        power: Tensor = (real**2 + imaginary**2).transpose(1, 2)[:, None]
        return power


class _LogMel(nn.Module):
    """Mel bands of the checkpoint in dB, as torchlibrosa's."""

    def __init__(self, *, n_fft: int, n_mels: int, amin: float, **_: object) -> None:
        super().__init__()
        self.melW = nn.Parameter(torch.empty(n_fft // 2 + 1, n_mels))
        self.least = amin

    def forward(self, power: Tensor) -> Tensor:
        """Return dB of shape (B, 1, T, M)."""
        return 10 * torch.log10(torch.clamp(power @ self.melW, min=self.least))
