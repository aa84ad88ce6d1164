"""The steps that make a training stage's samples and sequences, and the blend that came out."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.sampling.blend import BLENDS, Blend, blend_named
from pipelines.sampling.blend_weights import BlendWeights
from pipelines.sampling.samples import Samples
from pipelines.sampling.sequences import Sequences, ready_vocabulary
from schemas.lake import Lake
from training.job import VOCABULARIES
from training.stages import stage_named


@dataclass(frozen=True, slots=True)
class BlendRow:
    """How much of a stage one task makes."""

    stage: str
    task: str
    split: str
    samples: int
    showings: float
    """Samples times the weight of their task."""
    share: float
    """Of the showings of the same stage and split."""


def sample_steps(stage: str, blend: Blend | None = None) -> list[Samples | BlendWeights]:
    """Return the steps that make and weigh the samples of a training stage.

    A training stage reads the samples of one or more stages: pre-training reads `gen-pretrain`
    beside its own, and adaptation reads the winners of its preference pairs. A blend given here is
    that of the stage's own samples.

    Args:
        stage: Name of a training stage.
        blend: In place of the default blend.

    Raises:
        ValueError: If there is no such stage.
    """
    own = stage if stage in BLENDS else stage_named(stage).reads[0]
    steps: list[Samples | BlendWeights] = []
    for name in stage_named(stage).reads:
        chosen = blend if blend and name == own else blend_named(name)
        steps += [Samples(stage=name, blend=chosen), BlendWeights(stage=name, blend=chosen)]
    return steps


def sequence_steps(
    stage: str, lake: Lake, *, codec: str | None = None, tokeniser: str = "bytes"
) -> list[Sequences]:
    """Return the steps that tokenise the samples of a training stage.

    The vocabulary is written among the lake's weights, where the trainer finds it.

    Args:
        stage: Name of a training stage.
        lake: The lake.
        codec: Id of the codec; None takes the only one that the lake has codes of.
        tokeniser: `bytes`, a local folder or a hub id.

    Raises:
        ValueError: If the stage is not there, or the codec is not clear.
    """
    vocabulary = ready_vocabulary(lake, codec, tokeniser)
    vocabulary.save(lake.weights / VOCABULARIES)
    return [Sequences(stage=name, vocabulary=vocabulary.id) for name in stage_named(stage).reads]


def known_sequence_steps(
    stage: str, lake: Lake, *, codec: str | None = None, tokeniser: str = "bytes"
) -> list[Sequences]:
    """Return the steps of `sequence_steps` if their vocabulary is written, else none.

    For a dry run, which writes nothing.

    Args:
        stage: Name of a training stage.
        lake: The lake.
        codec: As for `sequence_steps`.
        tokeniser: As for `sequence_steps`.

    Raises:
        ValueError: If the stage is not there, or the codec is not clear.
    """
    if not lake.shards("codes"):
        return []
    vocabulary = ready_vocabulary(lake, codec, tokeniser).id
    if not (lake.weights / VOCABULARIES / f"{vocabulary}.json").is_file():
        return []
    return [Sequences(stage=name, vocabulary=vocabulary) for name in stage_named(stage).reads]


def blend_rows(lake: Lake, stage: str) -> Iterator[BlendRow]:
    """Yield what the samples of a training stage are made of, as they lie in the lake."""
    rows = (
        lake.scan("samples")
        .filter(pl.col("stage").is_in(stage_named(stage).reads))
        .group_by("stage", "split", "task")
        .agg(pl.len().alias("samples"))
        .join(lake.scan("blends").select("stage", "task", "weight"), on=["stage", "task"])
        .with_columns((pl.col("samples") * pl.col("weight")).alias("showings"))
        .drop("weight")
        .with_columns(
            (pl.col("showings") / pl.col("showings").sum().over("stage", "split")).alias("share")
        )
        .sort("stage", "split", "task")
        .collect()
    )
    yield from (BlendRow(**row) for row in rows.to_dicts())
