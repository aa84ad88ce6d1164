"""The published scorers of a preset, from the weights store, each loaded once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from evaluation.audio.ear import Ear
from evaluation.audio.listeners import Listeners
from evaluation.metrics.aesthetics import AESTHETIC_AXES
from evaluation.metrics.arrays import FloatArray
from evaluation.panel import MetricSource
from evaluation.protocols import MetricProtocol, Protocol
from evaluation.scorers.scorer import Scorer
from evaluation.weights.entries import weights_entry
from evaluation.weights.record import read_record
from evaluation.weights.store import MissingWeightsError, WeightsFile, entry_folder, weights_file
from schemas.ids import digest_of

_GPU_BATCH = 16
"""Clips that a network on a GPU hears at once; on a CPU more than one gains nothing."""

_PARTS = {
    "fd": ("windows", "embedding"),
    "kl_gen_ref": ("logits", "logits"),
    "kl_ref_gen": ("logits", "logits"),
    "is": ("is_logits", "logits"),
    "cl": ("embedding", "clip_embedding"),
    "aes": ("quality", "axes"),
}
"""Field of a reading that a metric rests on, and the scorer's feature that fills it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedPanel:
    """Published scorers, each behind the metrics that rest on it."""

    preset: str
    sources: Mapping[str, MetricSource]
    """By metric."""

    text_network: Any = field(default=None, repr=False)
    """The scorer of CL, which embeds texts."""

    def source(self, metric: str) -> MetricSource | None:
        """Return what a metric rests on; None if it is not measured."""
        return self.sources.get(metric)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return embeddings of texts, shape (texts, dimensions).

        Raises:
            ValueError: If CL is not measured.
        """
        if self.text_network is None:
            msg = "expected cl among the metrics: no other scorer embeds texts"
            raise ValueError(msg)
        found: FloatArray = self.text_network.embed_texts(texts)
        return found


def chosen_metrics(protocol: Protocol, asked: Sequence[str]) -> list[str]:
    """Return the metrics of a preset that were asked for, in its order; all if none was named.

    Args:
        protocol: The preset.
        asked: Names; `kl` stands for the direction that the preset has.

    Raises:
        ValueError: If the preset has no such metric.

    Example:
        >>> from evaluation.protocols import protocol_named
        >>> chosen_metrics(protocol_named("ualm"), ["kl", "fd"])
        ['fd', 'kl_gen_ref']
    """
    has = list(protocol.metrics)
    found = {name for name in has for one in asked if name == one or name.split("_")[0] == one}
    unknown = [one for one in asked if not any(one in {n, n.split("_")[0]} for n in has)]
    if unknown:
        msg = (
            f"expected metrics of the preset {protocol.name}: {', '.join(has)}; got {unknown[0]!r}"
        )
        raise ValueError(msg)
    return [name for name in has if name in found or not asked]


def published_listeners(protocol: Protocol, metrics: Sequence[str]) -> Listeners:
    """Load the scorers that some metrics of a preset need.

    Args:
        protocol: The preset.
        metrics: Which of its metrics to measure, as `chosen_metrics` returns them.

    Raises:
        ValueError: If weights are missing: one line with all of them and the command to get them.
    """
    chosen = {name: protocol.metrics[name] for name in metrics}
    files = present_weights(protocol, metrics)
    groups: dict[str, list[str]] = {}
    for name, asked in chosen.items():
        groups.setdefault(network_digest(asked), []).append(name)
    ears: list[Ear] = []
    sources: dict[str, MetricSource] = {}
    for settings, names in groups.items():
        asked = chosen[names[0]]
        scorer = _scorer(asked, files[asked.weights])
        takes = dict(_PARTS[name] for name in names)
        axes = AESTHETIC_AXES if "quality" in takes else ()
        ears.append(
            Ear(
                scorer=scorer,
                preparation=asked.preparation,
                takes=takes,
                axes=axes,
                settings=settings,
            )
        )
        sources |= {name: _source(chosen[name], scorer) for name in names}
    clap = next((ear.scorer for ear in ears if "embedding" in ear.takes), None)
    return Listeners(
        panel=PublishedPanel(preset=protocol.name, sources=sources, text_network=clap),
        ears=tuple(ears),
        text_scorer=None if clap is None else clap.scorer,
        batch=_GPU_BATCH if torch.cuda.is_available() else 1,
    )


def present_weights(protocol: Protocol, metrics: Sequence[str]) -> dict[str, WeightsFile]:
    """Return the weights that some metrics of a preset need, by name.

    Raises:
        MissingWeightsError: If some are missing: one line with all of them and the command to get
            them.
    """
    chosen = {name: protocol.metrics[name] for name in metrics}
    files: dict[str, WeightsFile] = {}
    missing: dict[str, list[str]] = {}
    for name, asked in chosen.items():
        try:
            files[asked.weights] = weights_file(asked.weights)
        except MissingWeightsError:
            missing.setdefault(asked.weights, []).append(name)
    if missing:
        listed = ", ".join(
            f"{weights} (for {', '.join(for_)})" for weights, for_ in missing.items()
        )
        rest = [name for name, asked in chosen.items() if asked.weights in files]
        less = f", or measure less: `--metrics {','.join(rest)}`" if rest else ""
        msg = (
            f"the preset {protocol.name} lacks weights: {listed}; "
            f"run `ualm weights pull {' '.join(missing)}`{less}"
        )
        raise MissingWeightsError(msg)
    return files


def network_digest(asked: MetricProtocol) -> str:
    """Return what decides all features of a network: metrics of different layers share it."""
    return digest_of([asked.weights, asdict(asked.preparation), asked.window_s, asked.hop_s])


def _source(asked: MetricProtocol, scorer: Scorer) -> MetricSource:
    differs: list[str] = []
    unknown: list[str] = []
    foreign: list[str] = []
    entry = weights_entry(asked.weights)
    published = {part.url for part in entry.parts}
    for name, known in read_record(entry_folder(entry)).items():
        if known.check == "differs":
            differs.append(name)
        elif known.check == "recorded":
            (unknown if known.source in published else foreign).append(name)
    notes = []
    if differs:
        notes.append(f"NOT the published weights: {', '.join(differs)} of {asked.weights} differ")
    elif foreign:
        notes.append(f"{asked.weights} came from elsewhere, and no digest is published to check it")
    elif unknown:
        notes.append(f"no digest is published to check {asked.weights} by")
    return MetricSource(
        scorer=scorer.scorer,
        weights_digest=scorer.weights_digest,
        protocol=asked,
        comparable=not differs and not foreign,
        notes=tuple(notes),
    )


def _scorer(asked: MetricProtocol, file: WeightsFile) -> Scorer:
    return _LOADERS[asked.weights.split("-")[0]](asked, file)


def _openl3(asked: MetricProtocol, file: WeightsFile) -> Scorer:
    from evaluation.scorers.openl3.openl3 import OpenL3  # noqa: PLC0415 (what is needed only)

    _, _, content, size = asked.weights.split("-")
    hop_s = 0.5 if asked.hop_s is None else asked.hop_s
    if content == "env":
        return OpenL3.load(file, content_type="env", embedding_size=int(size), hop_s=hop_s)
    return OpenL3.load(file, content_type="music", embedding_size=int(size), hop_s=hop_s)


def _passt(_: MetricProtocol, file: WeightsFile) -> Scorer:
    from evaluation.scorers.passt import Passt  # noqa: PLC0415

    return Passt.load(file)


def _cnn14(asked: MetricProtocol, file: WeightsFile) -> Scorer:
    from evaluation.scorers.cnn14 import Cnn14  # noqa: PLC0415

    return Cnn14.load(file, sample_rate=asked.preparation.sample_rate)


def _audiobox(_: MetricProtocol, file: WeightsFile) -> Scorer:
    from evaluation.scorers.audiobox import Audiobox  # noqa: PLC0415

    return Audiobox.load(file)


def _clap(_: MetricProtocol, file: WeightsFile) -> Scorer:
    from evaluation.scorers.clap import Clap  # noqa: PLC0415

    return Clap.load(file)


_LOADERS: dict[str, Callable[[MetricProtocol, WeightsFile], Scorer]] = {
    "openl3": _openl3,
    "passt": _passt,
    "cnn14": _cnn14,
    "audiobox": _audiobox,
    "clap": _clap,
}
"""By the first word of the weights' name."""
