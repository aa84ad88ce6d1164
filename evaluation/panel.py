"""What gives an evaluation its figures: for each metric a scorer, its weights, and a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evaluation.embedded.signal_quality import QUALITY_AXES
from evaluation.judge import Judge, is_comparable
from evaluation.metrics.aesthetics import AESTHETIC_AXES
from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.divergence import EPSILON
from evaluation.metrics.inception_score import SPLITS
from evaluation.protocols import MetricProtocol
from evaluation.scorers.preparation import Preparation


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSource:
    """What one metric of a panel rests on."""

    scorer: str
    """Scorer with 12 digits of its weights' digest."""

    weights_digest: str | None
    """SHA-256 of the weights; None where they have no file of their own."""

    protocol: MetricProtocol
    """How the figure is measured."""

    comparable: bool
    """Whether the figure may stand beside a published one."""

    notes: tuple[str, ...] = ()
    """Warnings that every row from this source carries, such as unverified weights."""


class Panel(Protocol):
    """The scorers of one preset."""

    @property
    def preset(self) -> str:
        """Name of the preset."""

    def source(self, metric: str) -> MetricSource | None:
        """Return what a metric rests on; None if the preset has no such metric.

        Asked for fd, kl_gen_ref, kl_ref_gen, is, cl, aes and quality; fd_inf rests on what fd rests
        on, and aes_ce and its like on what aes rests on.
        """

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return embeddings of texts in the space of the sounds, shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePanel:
    """A panel of one judge, which answers for every metric."""

    judge: Judge
    preset: str = "embedded"

    def source(self, metric: str) -> MetricSource | None:
        """Return the judge, unless the metric needs axes that it lacks."""
        protocol = _judge_protocol(self.judge, metric)
        if protocol is None:
            return None
        return MetricSource(
            scorer=self.judge.scorer,
            weights_digest=None,
            protocol=protocol,
            comparable=is_comparable(self.judge.scorer),
        )

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return the judge's embeddings of texts."""
        return self.judge.embed_texts(texts)


def _judge_protocol(judge: Judge, metric: str) -> MetricProtocol | None:
    base = MetricProtocol(
        weights=judge.scorer.split("@")[0],
        preparation=Preparation(sample_rate=judge.sample_rate, channels="mean"),
        layer="windows",
        pooling="all windows of all clips, covariance with ddof 1",
    )
    logits = replace(base, layer="clip logits", pooling="softmax")
    protocols = {
        "fd": base,
        "kl_gen_ref": replace(logits, direction="generated || reference", epsilon=EPSILON),
        "kl_ref_gen": replace(logits, direction="reference || generated", epsilon=EPSILON),
        "is": replace(logits, splits=SPLITS),
        "cl": replace(base, layer="clip embedding", pooling="cosine with the text"),
    }
    for name, axes in (("aes", AESTHETIC_AXES), ("quality", QUALITY_AXES)):
        if set(axes) <= set(judge.axes):
            pooling = f"mean of {', '.join(axes)}"
            protocols[name] = replace(base, layer="axes", pooling=pooling)
    return protocols.get(metric)
