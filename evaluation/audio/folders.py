"""Evaluate plain folders of sounds: generated against real ones, or against their statistics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.listeners import Listeners, embedded_texts
from evaluation.audio.listening import Heard, Refusal, heard
from evaluation.audio.pairing import Matching, Pairing
from evaluation.audio.subject import Subject, sounds_to_hear
from evaluation.embedded.judge_report import is_trusted
from evaluation.embedded.separation import separation
from evaluation.judge import Judge, Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.rows.baseline_rows import baseline_rows, system_rows
from evaluation.rows.measured import Measured
from evaluation.study import Item, Study

_TRUST_CLIPS = 200

Embedded = Mapping[str, FloatArray]
"""Embedding of each text."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FolderEvaluation:
    """What came of an evaluation of folders."""

    measured: Measured
    matching: Matching
    refusals: tuple[Refusal, ...]
    """Files that were left out; ids are `side/stem`."""

    given: tuple[str, ...]
    """What was given beside the generated sounds: `reference`, `caption`."""

    notes: tuple[str, ...] = ()


def evaluated_folders(
    listeners: Listeners,
    subject: Subject,
    cache: FeatureCache,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> FolderEvaluation:
    """Return the metric rows of a folder of generated sounds, with baselines beside them.

    Args:
        listeners: Who listens.
        subject: What is evaluated.
        cache: Where features are kept; a run that was killed goes on from there.
        advance: Called with the number of sounds done, of those that `sounds_to_hear` returns.

    Raises:
        ValueError: If no generated sound can be heard.
    """
    found = heard(
        listeners.ears, sounds_to_hear(subject), cache, batch=listeners.batch, advance=advance
    )
    return measured_folders(listeners, subject, cache, found)


def measured_folders(
    listeners: Listeners,
    subject: Subject,
    cache: FeatureCache,
    found: Heard,
    *,
    notes: Sequence[str] = (),
) -> FolderEvaluation:
    """Return the metric rows of sounds that were heard.

    Args:
        listeners: Who listened.
        subject: What is evaluated.
        cache: Where embeddings of texts are kept.
        found: What came of `sounds_to_hear`.
        notes: What else the result has to say.

    Raises:
        ValueError: If no generated sound could be heard.
    """
    sides = _by_side(found)
    refusals = _own_refusals(found)
    matching = subject.pairing.matching()
    matching.unusable = {one.sound_id: one.reason for one in refusals}
    if not sides["generated"]:
        reasons = ", ".join(sorted(set(matching.unusable.values())))
        msg = f"expected generated sounds that can be heard, got none ({reasons})"
        raise ValueError(msg)
    texts = {caption.text for caption in subject.pairing.captions.values()}
    embedded = embedded_texts(listeners, texts, cache)
    study = Study(
        panel=listeners.panel,
        dataset=subject.dataset,
        dataset_digest=subject.digest,
        references=tuple(sides["reference"].values()),
        trusted=_is_trusted(listeners.judge, sides["reference"], subject.pairing, embedded),
        seed=subject.seed,
        reference_statistics=subject.windows,
    )
    items = _generated_items(subject, sides, embedded)
    answers = set(subject.pairing.generated) | set(subject.pairing.captions)
    measured = system_rows(study, subject.system, items, missing=len(answers) - len(items))
    real, noise = (_real_items(subject, sides, side, embedded) for side in ("reference", "noise"))
    measured += baseline_rows(study, real, noise)
    return FolderEvaluation(
        measured=_without_absent(measured, subject),
        matching=matching,
        refusals=refusals,
        given=tuple(
            name
            for name, own in (
                ("reference", subject.pairing.real),
                ("caption", subject.pairing.captions),
            )
            if own
        ),
        notes=(*notes, *_notes(subject, sides)),
    )


def _own_refusals(found: Heard) -> tuple[Refusal, ...]:
    """Return the refusals, without those of noise in place of what was itself refused."""
    refused = {one.sound_id.partition("/")[2] for one in found.refusals if not _is_noise(one)}
    return tuple(
        one
        for one in found.refusals
        if not (_is_noise(one) and one.sound_id.partition("/")[2] in refused)
    )


def _is_noise(refusal: Refusal) -> bool:
    return refusal.sound_id.startswith("noise/")


def _by_side(found: Heard) -> dict[str, dict[str, Reading]]:
    sides: dict[str, dict[str, Reading]] = {"generated": {}, "reference": {}, "noise": {}}
    for sound_id, reading in found.readings.items():
        side, stem = sound_id.split("/", 1)
        sides[side][stem] = reading
    return sides


def _generated_items(
    subject: Subject, sides: Mapping[str, Mapping[str, Reading]], embedded: Embedded
) -> list[Item]:
    pairing = subject.pairing
    return [
        Item(
            item_id=stem,
            reading=reading,
            text=pairing.text_of(stem),
            text_embedding=embedded.get(pairing.text_of(stem) or ""),
            reference=_reference(subject, stem, sides["reference"]),
            group=pairing.reference_of(stem),
        )
        for stem, reading in sorted(sides["generated"].items())
    ]


def _reference(subject: Subject, stem: str, real: Mapping[str, Reading]) -> Reading | None:
    """Return the real sound of a generated one, or what published statistics know of it."""
    sound = subject.pairing.reference_of(stem)
    posteriors = {} if subject.posteriors is None else subject.posteriors.posteriors
    known = posteriors.get(stem, posteriors.get(sound))
    if known is None:
        return real.get(sound)
    with np.errstate(divide="ignore"):  # a posterior of zero: softmax gives it back
        logits = np.log(known)
    return Reading(windows=np.empty((0, 0)), embedding=np.empty(0), logits=logits, quality={})


def _real_items(
    subject: Subject,
    sides: Mapping[str, Mapping[str, Reading]],
    side: str,
    embedded: Embedded,
) -> list[Item]:
    """Return real sounds, or noise in their place, with each of their texts."""
    pairing, real = subject.pairing, sides["reference"]
    pairs = pairing.real_texts()
    if not pairing.real:  # noise stands for generated sounds
        pairs = [(stem, pairing.text_of(stem)) for stem in pairing.generated]
    return [
        Item(
            item_id=sound,
            reading=sides[side][sound],
            text=text,
            text_embedding=embedded.get(text or ""),
            reference=real.get(sound) if pairing.real else _reference(subject, sound, real),
            group=sound,
        )
        for sound, text in sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))
        if sound in sides[side]
    ]


def _without_absent(measured: Measured, subject: Subject) -> Measured:
    """Drop the reasons why sounds that were never given have no rows: one note says it."""
    if subject.pairing.real:
        return measured
    given = tuple(why for why in measured.left_out if why.row_kind in {"system", "noise"})
    return replace(measured, left_out=given)


def _notes(subject: Subject, sides: Mapping[str, Mapping[str, Reading]]) -> list[str]:
    notes = []
    stands_for = "reference" if subject.pairing.real else "generated"
    count, of = len(sides["noise"]), len(sides[stands_for])
    if count < of:
        notes.append(f"noise stands for {count} of {of} {stands_for} sounds, drawn by the seed")
    if not subject.pairing.real:
        notes.append("no real sounds were given: no rows of ground truth")
    return notes


def _is_trusted(
    judge: Judge | None, real: Mapping[str, Reading], pairing: Pairing, embedded: Embedded
) -> bool:
    """Return whether texts and sounds may be believed; published scorers have earned it."""
    if judge is None:
        return True
    pairs = [(sound, text) for sound, text in pairing.real_texts() if text and sound in real]
    pairs = sorted(dict(reversed(pairs)).items())[:_TRUST_CLIPS]
    if len({text.lower() for _, text in pairs}) < 2:
        return False
    sounds = np.stack([real[sound].embedding for sound, _ in pairs])
    scores = sounds @ np.stack([embedded[text] for _, text in pairs]).T
    return is_trusted(separation(scores, [text for _, text in pairs]))
