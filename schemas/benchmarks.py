"""Rows of the evaluation: items, answers, scores, metrics, and published figures beside them."""

from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa

from schemas.column import Column

_FLOAT = pa.float32()
_SMALL = pa.int32()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A benchmark or evaluation set as read from its files."""

    dataset_id: Annotated[str, Column(doc="Id of (name, digest).")]
    name: Annotated[str, Column(doc="mmau, gsm8k, audiocaps, ...")]
    split: Annotated[str, Column(doc="Its split.")]
    digest: Annotated[str, Column(doc="SHA-256 of the file or of the ids in order.")]
    items: Annotated[int, Column(doc="Items.", minimum=0, arrow=_SMALL)]
    licence: Annotated[str | None, Column(doc="Licence as stated.")] = None
    version: Annotated[
        str | None, Column(doc="Version or commit, of a file whose digest is known.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationItem:
    """An item of an evaluation set, as far as training data may collide with it."""

    evaluation_set: Annotated[str, Column(doc="Name that the user gave the set.")]
    item_id: Annotated[str, Column(doc="The set's own id of the item.")]
    original: Annotated[
        str | None, Column(doc="What its sound was cut from, as in `recordings.original`.")
    ] = None
    start_s: Annotated[
        float | None, Column(doc="Where it begins in the original.", unit="s", minimum=0)
    ] = None
    end_s: Annotated[
        float | None, Column(doc="Where it ends in the original.", unit="s", minimum=0)
    ] = None
    captions: Annotated[list[str], Column(doc="Captions of its sound.")]
    passages: Annotated[list[str], Column(doc="Texts such as its question, to find in text data.")]
    fingerprint: Annotated[
        bytes | None, Column(doc="Fingerprint of its sound, as in `measures.data`.")
    ] = None
    fingerprint_version: Annotated[
        str | None, Column(doc="Version of the fingerprint, as in `measures.version`.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question of a benchmark."""

    item_id: Annotated[str, Column(doc="Id of (dataset, the benchmark's own id).")]
    dataset_id: Annotated[str, Column(doc="Of which dataset.", references="datasets.dataset_id")]
    source_id: Annotated[str, Column(doc="The benchmark's own id.")]
    question: Annotated[str, Column(doc="The question or the program's head.")]
    choices: Annotated[list[str], Column(doc="Choices in order; empty for open questions.")]
    answer: Annotated[str, Column(doc="The reference answer or the test program.")]
    category: Annotated[str | None, Column(doc="Category as stated.")] = None
    audio: Annotated[str | None, Column(doc="Audio file as stated.")] = None
    group: Annotated[
        str | None, Column(doc="What items share, such as a clip: no independent draws.")
    ] = None
    subject: Annotated[str | None, Column(doc="Subject or sub-category as stated.")] = None
    difficulty: Annotated[str | None, Column(doc="Difficulty as stated.")] = None
    modality: Annotated[str | None, Column(doc="speech, sound, music or a mix, as stated.")] = None
    answer_index: Annotated[
        int | None,
        Column(doc="Which choice is the answer; null for none of them.", minimum=0, arrow=_SMALL),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A model's answer to an item."""

    answer_id: Annotated[str, Column(doc="Id of (item, model, prompt, sample).")]
    item_id: Annotated[str, Column(doc="To which item.", references="items.item_id")]
    model: Annotated[str, Column(doc="Who answered, with its weights digest.")]
    prompt_digest: Annotated[str | None, Column(doc="Digest of the prompt.")]
    sample: Annotated[int, Column(doc="Index among the samples.", minimum=0, arrow=_SMALL)]
    text: Annotated[str, Column(doc="The answer as given.")]
    prompt: Annotated[str | None, Column(doc="Prompt preset; null where others asked.")] = None
    status: Annotated[
        str | None, Column(doc="ok, empty, truncated or failed; null where others asked.")
    ] = None
    reason: Annotated[str | None, Column(doc="Why it was cut short or failed.")] = None
    choice_logprobs: Annotated[
        list[float] | None,
        Column(
            doc="Log-probability of each choice's letter; null where an answer was generated.",
            unit="nat",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """A scorer's verdict on an answer."""

    answer_id: Annotated[str, Column(doc="Of which answer.", references="answers.answer_id")]
    scorer: Annotated[str, Column(doc="Rule with its reference, such as `mmau@110127f`.")]
    value: Annotated[float, Column(doc="1 right, 0 wrong.", minimum=0, maximum=1)]
    parsed: Annotated[str | None, Column(doc="What the rule read out of the answer.")] = None
    parse_status: Annotated[str | None, Column(doc="How it read it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """An aggregate with everything that it takes to compare it."""

    metric_id: Annotated[str, Column(doc="Id of everything but what is estimated.")]
    name: Annotated[str, Column(doc="fd, kl_ref_gen, kl_gen_ref, is, cl, aes, accuracy, ...")]
    system: Annotated[str, Column(doc="Model, or ground_truth, shuffled, noise.")]
    row_kind: Annotated[str, Column(doc="system, ground_truth, shuffled or noise.")]
    dataset: Annotated[str, Column(doc="Evaluation set.")]
    dataset_digest: Annotated[str, Column(doc="Digest of the evaluated ids in order.")]
    scorer: Annotated[
        str, Column(doc="Scorer with its weights digest; `embedded:` is not comparable.")
    ]
    preset: Annotated[str, Column(doc="Protocol: rate, channels, windows, direction, splits.")]
    value: Annotated[float, Column(doc="The value.")]
    low: Annotated[float | None, Column(doc="Lower end of the 95 % bootstrap interval.")]
    high: Annotated[float | None, Column(doc="Upper end of the 95 % bootstrap interval.")]
    n: Annotated[int, Column(doc="Clips or items in the denominator.", minimum=1, arrow=_SMALL)]
    n_missing: Annotated[int, Column(doc="Items without a usable answer.", minimum=0, arrow=_SMALL)]
    seed: Annotated[int | None, Column(doc="Seed of bootstrap, splits and shuffles.")]
    comparable: Annotated[bool, Column(doc="Whether it may stand beside a published figure.")]
    note: Annotated[str | None, Column(doc="Warning for the reader, such as a small sample.")] = (
        None
    )
    weights_digest: Annotated[
        str | None, Column(doc="SHA-256 of the scorer's weights; null where it has no file.")
    ] = None
    protocol_digest: Annotated[
        str | None, Column(doc="SHA-256 of the protocol's data; `preset` says it in words.")
    ] = None
    frames: Annotated[
        int | None, Column(doc="Windows of the system's sounds behind an FD.", minimum=1)
    ] = None
    reference_frames: Annotated[
        int | None, Column(doc="Windows of real sound behind an FD; null if unknown.", minimum=1)
    ] = None
    resamples: Annotated[
        int | None, Column(doc="Bootstrap resamples behind the interval.", minimum=1, arrow=_SMALL)
    ] = None
    standard_error: Annotated[
        float | None,
        Column(doc="Standard error: of the mean over items, or of FD-infinity's fit.", minimum=0),
    ] = None
    deviation: Annotated[
        float | None, Column(doc="Standard deviation of an IS over its splits.", minimum=0)
    ] = None
    subset: Annotated[
        str | None, Column(doc="Part of the set, as `category=music`; null for all of it.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipScore:
    """One sound's own score, of which a metric is the mean."""

    subject_id: Annotated[
        str,
        Column(
            doc="A clip or a generation; a file's stem where plain folders are evaluated.",
            concerns=("clips.clip_id", "generations.generation_id"),
        ),
    ]
    metric: Annotated[
        str, Column(doc="kl_gen_ref, kl_ref_gen, cl, aes, aes_ce, aes_cu, aes_pc, aes_pq, quality.")
    ]
    system: Annotated[str, Column(doc="Model or ground_truth, as in `metrics`.")]
    text_digest: Annotated[
        str, Column(doc="SHA-256 of the text that it belongs to; empty without a text.")
    ]
    scorer: Annotated[str, Column(doc="Scorer with its weights digest.")]
    protocol_digest: Annotated[str, Column(doc="Protocol, as in `metrics.protocol_digest`.")]
    dataset: Annotated[str, Column(doc="Evaluation set, as in `metrics`.")]
    dataset_digest: Annotated[str, Column(doc="Its digest, as in `metrics`.")]
    value: Annotated[float, Column(doc="The score.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A scorer's reading of one window of a sound."""

    subject_id: Annotated[
        str,
        Column(
            doc="A clip or a generation.",
            concerns=("clips.clip_id", "generations.generation_id"),
        ),
    ]
    scorer: Annotated[str, Column(doc="Scorer with its weights digest.")]
    name: Annotated[
        str, Column(doc="embedding, clip_embedding, logits, axes, quality or text_embedding.")
    ]
    window: Annotated[int, Column(doc="Window in the order of time.", minimum=0, arrow=_SMALL)]
    vector: Annotated[
        list[float], Column(doc="The vector.", arrow=pa.list_(pa.field("element", _FLOAT)))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A person's rating in a listening test."""

    rating_id: Annotated[str, Column(doc="Id of (test, rater, item, axis).")]
    test: Annotated[str, Column(doc="Which test.")]
    rater: Annotated[str, Column(doc="Pseudonym of the rater.")]
    generation_id: Annotated[
        str, Column(doc="What was rated.", references="generations.generation_id")
    ]
    axis: Annotated[str, Column(doc="Question asked.")]
    value: Annotated[float, Column(doc="Rating.", minimum=1, maximum=5)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A published figure, as printed."""

    baseline_id: Annotated[str, Column(doc="Id of (table, row, column).")]
    paper_table: Annotated[str, Column(doc="Table of the paper.")]
    paper_row: Annotated[str, Column(doc="Row label as printed.")]
    dataset: Annotated[str, Column(doc="Evaluation set.")]
    metric: Annotated[str, Column(doc="Column label as printed.")]
    printed: Annotated[str, Column(doc="The figure as printed.")]
    value: Annotated[float | None, Column(doc="The figure as a number; null if none was printed.")]
