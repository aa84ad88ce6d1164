"""PaSST's network with fused attention, its spectrogram, and nothing that its package prints.

B: windows; N: tokens; C: channels; H: heads; S: samples; M: mel bins; T: frames.

Source: hear21passt 0.0.26: base.py (settings), models/preprocess.py, models/passt.py.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torchaudio.compliance.kaldi import get_mel_banks  # type: ignore[import-untyped]

from evaluation.scorers.audioset_labels import CLASSES
from evaluation.scorers.quiet import module_alone

SAMPLE_RATE = 32_000
LEAST_SAMPLES = 4_801
"""16 frames, the side of a patch: 0.15 s."""

_FFT, _WINDOW, _HOP, _MELS = 1024, 800, 320, 128
_HIGHEST_HZ = 15_000.0
"""The package's default: half its range of random upper limits below the Nyquist frequency."""
_WIDTH, _HEADS, _PATCH, _STRIDE, _FRAMES = 768, 12, 16, 10, 998


class PasstNetwork(nn.Module):
    """Logits of windows of sound, by the network of `passt-s-f128-p16-s10`.

    Its transformer is on the meta device until weights are loaded into it.
    """

    bank: Tensor
    window: Tensor

    def __init__(self, depth: int = 12) -> None:
        """Build the network.

        Args:
            depth: Blocks of attention; the official checkpoint has 12.
        """
        super().__init__()
        self.transformer = _transformer(depth)
        bank, _ = get_mel_banks(_MELS, _FFT, SAMPLE_RATE, 0.0, _HIGHEST_HZ, 100.0, -500.0, 1.0)
        self.register_buffer("bank", nn.functional.pad(bank, (0, 1)), persistent=False)
        window = torch.hann_window(_WINDOW, periodic=False)
        self.register_buffer("window", window, persistent=False)
        self.eval()

    def forward(self, samples_BS: Tensor) -> Tensor:
        """Return logits, shape (B, 527), of windows of up to 10 s."""
        logits: Tensor
        logits, _ = self.transformer(self.log_mel(samples_BS)[:, None])
        return logits

    def log_mel(self, samples_BS: Tensor) -> Tensor:
        """Return the spectrogram that the network sees, shape (B, M, T).

        The package's own makes its mel bank anew in each call and asks for PyTorch's old real STFT,
        which warns.
        """
        emphasised_BS = samples_BS[:, 1:] - 0.97 * samples_BS[:, :-1]
        spectrum = torch.stft(emphasised_BS, _FFT, _HOP, _WINDOW, self.window, return_complex=True)
        power_BFT = torch.view_as_real(spectrum).square().sum(-1)
        return ((self.bank @ power_BFT + 1e-5).log() + 4.5) / 5


def _transformer(depth: int) -> nn.Module:
    package: Any = module_alone("hear21passt.models.passt", absent=["timm.models._hub"])
    package.first_RUN = False  # it prints shapes in its first forward
    # Every weight comes from the checkpoint, and drawing them on the meta device loads a compiler.
    package.trunc_normal_ = lambda weight, **_: weight
    with torch.device("meta"):
        # The package reads drop rates from a tensor for its blocks, so they are added here.
        network: Any = package.PaSST(
            img_size=(_MELS, _FRAMES),
            patch_size=_PATCH,
            stride=_STRIDE,
            embed_dim=_WIDTH,
            num_heads=_HEADS,
            num_classes=CLASSES,
            depth=0,
            distilled=True,
        )
        norm = partial(nn.LayerNorm, eps=1e-6)
        for _ in range(depth):
            block = package.Block(_WIDTH, _HEADS, qkv_bias=True, norm_layer=norm)
            block.attn.forward = partial(_fused_attention, block.attn)
            network.blocks.append(block)
    # The package's own warns of every width but 998 frames, and 10 s are 1000.
    network.patch_embed.forward = network.patch_embed.proj.forward
    transformer: nn.Module = network
    return transformer


def _fused_attention(attention: Any, tokens_BNC: Tensor) -> Tensor:
    """Do what the package's attention does, without its matrix of N x N."""
    windows, tokens, _ = tokens_BNC.shape
    qkv = attention.qkv(tokens_BNC).reshape(windows, tokens, 3, attention.num_heads, -1)
    query_BHNC, key_BHNC, value_BHNC = qkv.permute(2, 0, 3, 1, 4)
    heard_BHNC = nn.functional.scaled_dot_product_attention(query_BHNC, key_BHNC, value_BHNC)
    mixed: Tensor = attention.proj(heard_BHNC.transpose(1, 2).flatten(2))
    return mixed
