"""A policy's rules as criteria: expressions over the rows of a table, each with its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.policy.rules import LicenceRules, MeasureRule, Policy

NOT_MEASURED = "not_measured"
_ORDER = ("licence_missing", "unknown_licence", "licence")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing for which a row is refused."""

    reason: str
    """The word in `decisions.reason`: a rule's, or the name of what was measured."""
    failed: pl.Expr
    """Whether a row is refused; never null."""
    value: pl.Expr | None = None
    """What was measured; None if the rule is about no number."""
    threshold: float | None = None
    side: str = ""
    """What the threshold is: min, above or max; empty if there is none."""
    evidence: pl.Expr | None = None
    """What came, for a person."""
    measures: tuple[tuple[str, str], ...] = ()
    """Columns of the measures that it puts thresholds on, each with the side of its threshold."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A threshold on a column of `clips`, as the policy names it."""

    rule: str
    column: str
    side: str
    floor: float | None = None
    """What a null counts as: digital silence has no level."""


CLIP_FACTS: tuple[Facts, ...] = (
    Facts(rule="min_duration_s", column="duration_s", side="min"),
    Facts(rule="max_duration_s", column="duration_s", side="max"),
    Facts(rule="max_silence_ratio", column="silence_ratio", side="max"),
    Facts(rule="max_clipping_ratio", column="clipping_ratio", side="max"),
    Facts(rule="min_bandwidth_hz", column="bandwidth_hz", side="min"),
    Facts(rule="min_peak_dbfs", column="peak_dbfs", side="min", floor=float("-inf")),
    Facts(rule="min_rms_dbfs", column="rms_dbfs", side="min", floor=float("-inf")),
    Facts(rule="max_rms_dbfs", column="rms_dbfs", side="max", floor=float("-inf")),
)


def recording_criteria(policy: Policy, spellings: Sequence[str]) -> list[Criterion]:
    """Return the criteria of recordings.

    Args:
        policy: The policy.
        spellings: The licences that the rows state, each once.
    """
    return [*_source(policy), *licence_criteria(policy.licence, spellings)]


def clip_criteria(policy: Policy, spellings: Sequence[str]) -> list[Criterion]:
    """Return the criteria of clips: those of their recording, and quality."""
    facts = []
    for fact in CLIP_FACTS:
        threshold = getattr(policy.quality, fact.rule)
        if threshold is not None:
            facts.append(fact_criterion(fact, threshold))
    measures = measure_criteria(policy.quality.measures, policy.missing_measure)
    return [*recording_criteria(policy, spellings), *facts, *measures]


def conversation_criteria(policy: Policy, spellings: Sequence[str]) -> list[Criterion]:
    """Return the criteria of conversations."""
    return [*_source(policy), *licence_criteria(policy.licence.of_texts(), spellings)]


def caption_criteria(policy: Policy, spellings: Sequence[str]) -> list[Criterion]:
    """Return the criteria of captions: the licence of the text, its kind, length and measures.

    A caption is not refused for its sound: samples and exports look at that too.
    """
    rules = policy.captions
    words = pl.col("text").str.extract_all(r"\S+").list.len()
    found = licence_criteria(policy.licence.of_texts(), spellings)
    if rules.kinds is not None:
        failed = ~pl.col("text_kind").is_in(rules.kinds)
        found.append(Criterion(reason="text_kind", failed=failed, evidence=pl.col("text_kind")))
    for side, threshold in (("min", rules.min_words), ("max", rules.max_words)):
        if threshold is not None:
            found.append(_threshold(f"{side}_words", words.cast(pl.Float64), side, threshold))
    own_clip = pl.col("clip_id").is_not_null()
    return [*found, *measure_criteria(rules.measures, policy.missing_measure, own_clip)]


def licence_criteria(rules: LicenceRules, spellings: Sequence[str]) -> list[Criterion]:
    """Return the criteria of a licence; rows need `licence` and `source`."""
    known = {spelling: rules.licence(spelling) for spelling in spellings}
    unknown = [spelling for spelling, licence in known.items() if licence is None]
    refused = {
        spelling: f"{spelling!r} is {licence.id} ({', '.join(licence.families) or 'your own'})"
        for spelling, licence in known.items()
        if licence is not None and not licence.allowed_by(rules.allow)
    }
    stated = pl.col("licence")
    missing = stated.is_null() | (stated.str.strip_chars() == "")
    failures: Mapping[str, tuple[pl.Expr, pl.Expr | None]] = {
        "licence_missing": (
            missing & ~pl.col("source").is_in(list(rules.missing_allowed_for)),
            pl.format("source {}", "source"),
        ),
        "unknown_licence": (~missing & stated.is_in(unknown).fill_null(value=False), stated),
        "licence": (
            stated.is_in(list(refused)).fill_null(value=False),
            stated.replace_strict(refused, default=None, return_dtype=pl.String),
        ),
    }
    return [
        Criterion(reason=reason, failed=failures[reason][0], evidence=failures[reason][1])
        for reason in _ORDER
    ]


def measure_column(rule: MeasureRule) -> str:
    """Return the column that holds a rule's values beside the rows that it judges."""
    return f"{rule.name} by {rule.scorer}"


def measure_criteria(
    rules: Sequence[MeasureRule], missing: str, asked: pl.Expr | None = None
) -> list[Criterion]:
    """Return the criteria of measures; those of one `together` are one criterion.

    Args:
        rules: The rules.
        missing: refuse or keep, what nobody measured.
        asked: Which rows the rules are about; None for all.
    """
    about = pl.lit(value=True) if asked is None else asked
    found: list[Criterion] = []
    groups: dict[str, list[MeasureRule]] = {}
    for rule in rules:
        groups.setdefault(rule.together or f"only {len(groups)}", []).append(rule)
    for group in groups.values():
        each = [
            _threshold(
                rule.name,
                pl.col(measure_column(rule)).fill_nan(None),
                *_told(rule),
            )
            for rule in group
        ]
        if missing == "refuse":
            absent = pl.any_horizontal(c.value.is_null() for c in each if c.value is not None)
            who = ", ".join(measure_column(rule) for rule in group)
            found.append(
                Criterion(reason=NOT_MEASURED, failed=about & absent, evidence=pl.lit(who))
            )
        failed = about & pl.all_horizontal(c.failed for c in each)
        first = each[0]
        side = first.side if len(each) == 1 else ""
        reason = " and ".join(c.reason for c in each)
        found.append(
            Criterion(
                reason=reason,
                failed=failed,
                value=first.value,
                threshold=first.threshold,
                side=side,
                evidence=None if len(each) == 1 else _shown(each),
                measures=tuple((measure_column(rule), _told(rule)[0]) for rule in group),
            )
        )
    return found


def fact_criterion(fact: Facts, threshold: float) -> Criterion:
    """Return the criterion of a clip's fact, compared as exactly as the table stores it."""
    value = pl.col(fact.column)
    judged = value if fact.floor is None else value.fill_null(fact.floor)
    stored = threshold if fact.column == "duration_s" else float(np.float32(threshold))
    return Criterion(
        reason=fact.rule,
        failed=_threshold(fact.rule, judged, fact.side, stored).failed,
        value=value,
        threshold=threshold,
        side=fact.side,
    )


MISSES: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    "min": lambda value, threshold: value < threshold,
    "above": lambda value, threshold: value <= threshold,
    "max": lambda value, threshold: value > threshold,
}
"""When a value misses a threshold."""


def _threshold(reason: str, value: pl.Expr, side: str, threshold: float) -> Criterion:
    return Criterion(
        reason=reason,
        failed=MISSES[side](value, threshold).fill_null(value=False),
        value=value,
        threshold=float(threshold),
        side=side,
    )


def _told(rule: MeasureRule) -> tuple[str, float]:
    (told,) = ((s, t) for s in MISSES if (t := getattr(rule, s)) is not None)
    return told


def _shown(criteria: Sequence[Criterion]) -> pl.Expr:
    parts = [
        pl.format(f"{c.reason} {{}}", c.value.round(4)) for c in criteria if c.value is not None
    ]
    return pl.concat_str(parts, separator=", ")


def _source(policy: Policy) -> list[Criterion]:
    rules = policy.sources
    source = pl.col("source")
    failed = source.is_in(list(rules.exclude))
    if rules.include is not None:
        failed = failed | ~source.is_in(list(rules.include))
    return [Criterion(reason="source", failed=failed, evidence=source)]
