"""Scored answers as one JSON object, and as tables for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.benchmarks.accuracy import Estimate
from evaluation.benchmarks.benchmark_file import Finding
from evaluation.benchmarks.blind import chance_level
from evaluation.benchmarks.cautions import about_result, cautions, statuses
from evaluation.benchmarks.results import Answered, Asked, Result
from evaluation.benchmarks.uncertainty import PairedComparison

_SHOWN_PARTS = 60
_SHOWN_IDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything that is told of one model's answers to one benchmark."""

    asked: Asked
    answered: Answered
    results: tuple[Result, ...]
    """One a scorer, the benchmark's own first."""

    digests: tuple[str, ...]
    """SHA-256 of the files of answers; none where they are a lake's."""

    notes: tuple[str, ...] = ()
    """What reading the answers brought up."""

    other: str | None = None
    """The model compared with."""

    comparisons: tuple[PairedComparison, ...] = ()
    """With the other model, one a scorer."""

    answered_only: bool = False
    """Whether the value is over answered items."""


def as_json(told: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON values; the first scorer's figures stand at the top."""
    asked, answered = told.asked, told.answered
    chance = chance_level(asked.items)
    return {
        "benchmark": asked.dataset.name,
        "split": asked.dataset.split,
        "system": answered.system,
        "prompt": answered.prompt,
        **_result(told, 0),
        "chance": chance,
        "items_digest": asked.dataset.digest,
        "items_known_as": asked.known,
        "answers_digests": [*told.digests],
        "statuses": statuses(answered),
        "warnings": [*told.notes, *cautions(asked, answered)],
        "other_scorers": [_result(told, place) for place in range(1, len(told.results))],
    }


def _result(told: Evaluation, place: int) -> dict[str, Any]:
    result = told.results[place]
    head = headline(result, answered_only=told.answered_only)
    compared = told.comparisons[place] if told.comparisons else None
    return {
        "scorer": result.scorer,
        "is_reference": result.is_reference,
        "metric": head.name,
        **_estimate(head),
        "accuracy": _estimate(result.accuracy),
        "accuracy_answered": None if result.answered is None else _estimate(result.answered),
        "accuracy_as_published": (
            None if result.as_published is None else _estimate(result.as_published)
        ),
        "pass_at_k": {own.name: _estimate(own) for own in result.pass_at},
        "averages": _averages(result),
        "categories": [{"subset": own.subset, **_estimate(own)} for own in result.parts],
        "blind": {own.name: _estimate(own) for own in result.blind},
        "parse_statuses": result.parse_statuses,
        "notes": about_result(result),
        "compared": None if compared is None else {"with": told.other, **_comparison(compared)},
    }


def headline(result: Result, *, answered_only: bool) -> Estimate:
    """Return the figure that stands for the result.

    Raises:
        ValueError: If only answered items count and there are none.
    """
    if not answered_only:
        return result.accuracy
    if result.answered is None:
        msg = "expected at least one usable answer with --answered-only, got none"
        raise ValueError(msg)
    return result.answered


def _estimate(own: Estimate) -> dict[str, Any]:
    return {
        "value": own.value,
        "n": own.n,
        "n_missing": own.n_missing,
        "stderr": own.standard_error,
        "stderr_clustered": own.clustered_error,
        "clusters": own.clusters,
        "low": None if own.interval is None else own.interval.low,
        "high": None if own.interval is None else own.interval.high,
    }


def _averages(result: Result) -> dict[str, Any] | None:
    own = result.averages
    if own is None:
        return None
    return {
        "over": own.column,
        "micro": own.micro,
        "size_weighted": own.size_weighted,
        "size_weighted_stderr": own.size_weighted_error,
        "macro": own.macro,
    }


def _comparison(own: PairedComparison) -> dict[str, Any]:
    return {
        "value": own.first,
        "other_value": own.second,
        "difference": own.difference,
        "stderr": own.standard_error,
        "low": None if own.interval is None else own.interval.low,
        "high": None if own.interval is None else own.interval.high,
        "n": own.n,
        "only_this_right": own.only_first,
        "only_other_right": own.only_second,
        "mcnemar_p": own.p_value,
    }


def title(told: Evaluation) -> str:
    """Return the line above the tables."""
    dataset, answered = told.asked.dataset, told.answered
    prompt = f", prompt {answered.prompt}" if answered.prompt else ""
    return f"{dataset.name} {dataset.split} (file {dataset.digest[:12]}), {answered.system}{prompt}"


def scorer_rows(told: Evaluation) -> list[dict[str, Any]]:
    """Return a row for each scorer, and blind answers by the first one; `--json` has all."""
    rows = []
    for result in told.results:
        name = f"{result.scorer} (reference)" if result.is_reference else result.scorer
        rows.append(_scorer_row(name, result.accuracy, result.answered))
        rows += [_scorer_row(f"  {own.name}", own, None) for own in result.pass_at]
    rows += [_scorer_row(f"blind: {own.name}", own, None) for own in told.results[0].blind]
    return rows


def _scorer_row(name: str, own: Estimate, answered: Estimate | None) -> dict[str, Any]:
    error, interval = own.clustered_error, own.interval
    return {
        "scorer": name,
        "accuracy": f"{own.value:.2%}",
        "error": "-" if error is None else f"{error:.2%}",
        "95 % interval": (
            "-" if interval is None else f"{interval.low:.1%} to {interval.high:.1%}"
        ),
        "n": own.n,
        "missing": own.n_missing,
        "of answered": "" if answered is None else f"{answered.value:.2%} of {answered.n}",
    }


def part_rows(told: Evaluation) -> list[dict[str, Any]]:
    """Return a row for each part of the benchmark, by the first scorer and by those of our own."""
    first, *others = told.results
    shown = [first, *(own for own in others if not own.is_reference)]
    rows = []
    for place, own in enumerate(first.parts[:_SHOWN_PARTS]):
        values = {result.scorer: f"{result.parts[place].value:.1%}" for result in shown}
        error = "-" if own.clustered_error is None else f"{own.clustered_error:.1%}"
        rows.append({"part": own.subset, "n": own.n, **values, "error": error})
    return rows


def lines(told: Evaluation) -> list[str]:
    """Return what stands below the tables: averages, comparisons, notes, cautions."""
    said = []
    chance = chance_level(told.asked.items)
    if chance is not None:
        said.append(f"chance: {chance:.2%}")
    own = told.results[0].averages
    if own is not None:
        error = own.size_weighted_error
        said.append(
            f"{told.results[0].scorer}, by {own.column}: micro {own.micro:.2%}, size-weighted "
            f"{own.size_weighted:.2%}{'' if error is None else f' (pooled error {error:.2%})'}"
            f", macro {own.macro:.2%}"
        )
    for result, pair in zip(told.results, told.comparisons, strict=False):
        said.append(f"{result.scorer}: {_against(pair, told.other or 'the other')}")
    for result in told.results:
        said += [f"{result.scorer}: {note}" for note in about_result(result)]
    left = len(told.results[0].parts) - _SHOWN_PARTS
    if left > 0:
        said.append(f"{left} more parts: --json has all")
    said += [f"warning: {caution}" for caution in cautions(told.asked, told.answered)]
    return [*said, *told.notes]


def _against(pair: PairedComparison, other: str) -> str:
    interval = (
        ""
        if pair.interval is None
        else f", 95 % {100 * pair.interval.low:+.2f} to {100 * pair.interval.high:+.2f}"
    )
    p = "" if pair.p_value is None else f", exact McNemar p = {pair.p_value:.3g}"
    return (
        f"{100 * pair.difference:+.2f} points against {other} ({pair.second:.2%}){interval}; "
        f"only this right {pair.only_first}, only the other {pair.only_second}{p}"
    )


def finding_notes(findings: Sequence[Finding], repeated: int) -> list[str]:
    """Return in one line each what reading a file of answers brought up."""
    counts: dict[str, list[str]] = {}
    for own in findings:
        counts.setdefault(own.reason, []).append(own.source_id)
    said = [
        f"{len(ids)} rows: {reason.replace('_', ' ')}: {', '.join(ids[:_SHOWN_IDS])}"
        + (", ..." if len(ids) > _SHOWN_IDS else "")
        for reason, ids in counts.items()
    ]
    return [*said, *([f"{repeated} rows repeat an answer"] if repeated else [])]
