"""What each preset measures, and how: rates, channels, windows, layers, directions. Data only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

from evaluation.scorers.preparation import Preparation
from schemas.ids import digest_of

Content = Literal["env", "music"]
"""What the OpenL3 network was trained on: sounds of the environment, or music."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricProtocol:
    """Everything that one figure depends on beside the sounds and the weights' digest."""

    weights: str
    """Name in the weights store, or of the network."""

    preparation: Preparation
    """How a clip becomes the network's input."""

    layer: str
    """What of the network is read."""

    window_s: float | None = None
    """Length in s of the windows that the network hears; None: the whole clip at once."""

    hop_s: float | None = None
    """Step in s between windows."""

    pooling: str
    """How windows become the figure's input."""

    direction: str | None = None
    """Of a divergence, as `p || q`."""

    epsilon: float | None = None
    """Added to the second distribution of a divergence."""

    splits: int | None = None
    """Splits of an inception score."""

    detail: str | None = None
    """What else was decided, such as the points of a fit."""

    @property
    def text(self) -> str:
        """The protocol in one line, for a table."""
        windows = None if self.window_s is None else f"windows of {self.window_s:g} s"
        hop = None if self.hop_s is None else f"hop {self.hop_s:g} s"
        epsilon = None if self.epsilon is None else f"epsilon {self.epsilon:g}"
        splits = None if self.splits is None else f"{self.splits} split{'s' * (self.splits > 1)}"
        parts = [self.weights, *_preparation_parts(self.preparation), windows, hop, self.layer]
        parts += [self.pooling, self.direction, epsilon, splits, self.detail]
        return ", ".join(part for part in parts if part)

    @property
    def digest(self) -> str:
        """SHA-256 of all fields: figures of different digests must not be compared."""
        return digest_of(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A preset: the protocol of each of its metrics."""

    name: str
    """Name of the preset."""

    metrics: Mapping[str, MetricProtocol]
    """By the metric's name; what is not here is no part of the preset."""

    choices: tuple[str, ...] = ()
    """What nobody published, and this preset therefore decides."""

    def for_content(self, content: Content) -> "Protocol":
        """Return the preset with the OpenL3 network for sounds or for music.

        Raises:
            ValueError: If the content is neither.

        Example:
            >>> PROTOCOLS["ualm"].for_content("music").metrics["fd"].weights
            'openl3-mel256-music-512'
        """
        if content not in get_args(Content):
            msg = f"expected content {' or '.join(get_args(Content))}, got {content!r}"
            raise ValueError(msg)
        metrics = {
            name: replace(metric, weights=metric.weights.replace("-env-", f"-{content}-"))
            for name, metric in self.metrics.items()
        }
        return replace(self, metrics=MappingProxyType(metrics))


def protocol_named(name: str, content: Content = "env") -> Protocol:
    """Return a preset for sounds or for music.

    Raises:
        ValueError: If there is no such preset or content.
    """
    if name not in PROTOCOLS:
        msg = f"expected one of the presets {', '.join(PROTOCOLS)}; got {name!r}"
        raise ValueError(msg)
    return PROTOCOLS[name].for_content(content)


def _preparation_parts(preparation: Preparation) -> list[str | None]:
    channels = {"stereo": "stereo", "mean": "mono", "first": "first channel"}
    peak = preparation.peak_dbfs
    when = " before resampling" if preparation.peak_first else ""
    least = preparation.least_samples
    return [
        f"{preparation.sample_rate} Hz {channels[preparation.channels]}",
        None if preparation.resampler == "soxr-hq" else f"resampled by {preparation.resampler}",
        None if peak is None else f"peak {peak:g} dBFS{when}",
        "mean removed first" if preparation.remove_dc else None,
        f"at least {least} samples" if least else None,
    ]


_OPENL3 = MetricProtocol(
    weights="openl3-mel256-env-512",
    preparation=Preparation(sample_rate=44_100, channels="stereo", peak_dbfs=-1.0, peak_first=True),
    layer="embedding of 512 a channel",
    window_s=1.0,
    hop_s=0.5,
    pooling="all windows of all clips, covariance with ddof 1",
)
_PASST = MetricProtocol(
    weights="passt-s-ap476",
    preparation=Preparation(
        sample_rate=32_000, channels="mean", resampler="librosa", peak_dbfs=-1.0
    ),
    layer="logits of 527 classes",
    window_s=10.0,
    hop_s=5.0,
    pooling="mean of logits over windows, then softmax",
    direction="generated || reference",
    epsilon=1e-6,
)
_CLAP = MetricProtocol(
    weights="clap-htsat-fused",
    preparation=Preparation(
        sample_rate=48_000, channels="mean", resampler="librosa", peak_dbfs=-1.0
    ),
    layer="joint embedding, int16 round trip",
    pooling="cosine with the raw caption, mean over pairs",
)
_AES = MetricProtocol(
    weights="audiobox-aesthetics",
    preparation=Preparation(sample_rate=16_000, channels="mean", resampler="torchaudio"),
    layer="axes CE, CU, PC, PQ",
    window_s=10.0,
    hop_s=10.0,
    pooling="windows weighted by their length, mean of the four axes",
)
_CNN14 = MetricProtocol(
    weights="cnn14-16k",
    preparation=Preparation(
        sample_rate=16_000,
        channels="first",
        resampler="torchaudio",
        remove_dc=True,
        least_samples=32_000,
    ),
    layer="logits before the sigmoid",
    pooling="softmax of clip logits",
)
_IS = replace(_CNN14, splits=10, detail="shuffled by RandomState(2020)")
_STABLE_AUDIO = Protocol(
    name="stable-audio-metrics",
    metrics=MappingProxyType({"fd": _OPENL3, "kl_gen_ref": _PASST, "cl": _CLAP}),
)
_AUDIOLDM = Protocol(
    name="audioldm-eval",
    metrics=MappingProxyType(
        {
            "fd": replace(
                _CNN14,
                layer="embedding of 2048",
                pooling="one vector a clip, covariance with ddof 1",
            ),
            "kl_ref_gen": replace(_CNN14, direction="reference || generated", epsilon=1e-6),
            "is": _IS,
        }
    ),
    choices=("16 kHz, as in its own example",),
)
_UALM = Protocol(
    name="ualm",
    metrics=MappingProxyType(
        {
            **_STABLE_AUDIO.metrics,
            "is": replace(
                _IS,
                weights="cnn14-32k",
                preparation=replace(_IS.preparation, sample_rate=32_000),
            ),
            "aes": _AES,
        }
    ),
    choices=(
        "FD, KL and CL as stable-audio-metrics: the paper names their networks only",
        "OpenL3 of env for sounds and of music for music",
        "KL(generated || reference)",
        "IS of Cnn14 at 32 kHz, the rate of the PANNs paper, with audioldm_eval's 10 splits",
    ),
)

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {protocol.name: protocol for protocol in (_STABLE_AUDIO, _AUDIOLDM, _UALM)}
)
"""Presets by name."""
