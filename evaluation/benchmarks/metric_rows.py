"""Scored answers as rows of `metrics`: systems, parts, averages, blind answers and chance."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from evaluation.benchmarks.accuracy import Averages, Estimate
from evaluation.benchmarks.blind import PROMPT, chance_level
from evaluation.benchmarks.cautions import about_result, cautions
from evaluation.benchmarks.known import benchmark_named
from evaluation.benchmarks.programs import BLOCK_RULE
from evaluation.benchmarks.results import Asked, Result
from evaluation.benchmarks.told import Evaluation
from schemas.benchmarks import Metric
from schemas.ids import content_id, digest_of

IMPORTED = "imported"
"""Preset of answers whose prompt is not known."""

_ESTIMATED = frozenset({"value", "low", "high", "standard_error", "metric_id"})


def metric_rows(told: Evaluation, *, seed: int) -> Iterator[Metric]:
    """Yield the rows of one model's answers, with blind answers and chance beside them.

    Args:
        told: The scored answers.
        seed: Seed of intervals and of the random choice.
    """
    asked, who = told.asked, told.answered.system
    warned = cautions(asked, told.answered)
    for result in told.results:
        note = "; ".join([*warned, *about_result(result)]) or None
        base = _base(asked, result.scorer, seed)
        base = replace(
            base,
            system=who,
            preset=told.answered.prompt or IMPORTED,
            protocol_digest=told.answered.prompt_digest,
            note=note,
        )
        known = _comparable(asked, result) and told.answered.prompt is not None
        for own in _whole(result):
            yield _row(base, own, comparable=own.name == "accuracy" and known)
        for own in result.parts:
            yield _row(base, own, comparable=False)
        if result.averages is not None:
            yield from _averaged(base, result.averages, result.accuracy)
        for own in result.blind:
            blind = replace(base, system=own.name, row_kind="blind", preset=PROMPT, note=None)
            blind = replace(blind, protocol_digest=None)
            yield _row(blind, replace(own, name="accuracy"), comparable=False)
    yield from _chance(asked, seed)


def _whole(result: Result) -> Iterator[Estimate]:
    yield result.accuracy
    if result.answered is not None:
        yield result.answered
    if result.as_published is not None:
        yield result.as_published
    yield from result.pass_at


def _comparable(asked: Asked, result: Result) -> bool:
    """Return whether a figure may stand beside a published one: usual rule, whole, known file."""
    own = asked.dataset
    benchmark = benchmark_named(own.name)
    usual = benchmark.rules[:1] or (BLOCK_RULE,)
    is_whole = own.split.startswith("test") and own.items == benchmark.sizes.get(own.split)
    return result.scorer in usual and asked.known != "unknown" and is_whole


def _base(asked: Asked, scorer: str, seed: int) -> Metric:
    return Metric(
        metric_id="",
        name="accuracy",
        system="",
        row_kind="system",
        dataset=asked.dataset.name,
        dataset_digest=asked.dataset.digest,
        scorer=scorer,
        preset="",
        value=0.0,
        low=None,
        high=None,
        n=len(asked.items),
        n_missing=0,
        seed=seed,
        comparable=False,
    )


def _row(base: Metric, own: Estimate, *, comparable: bool) -> Metric:
    interval = own.interval
    return _named(
        replace(
            base,
            name=own.name,
            subset=own.subset,
            value=own.value,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            resamples=None if interval is None else interval.resamples,
            n=own.n,
            n_missing=own.n_missing,
            standard_error=own.clustered_error,
            comparable=comparable,
        )
    )


def _averaged(base: Metric, own: Averages, whole: Estimate) -> Iterator[Metric]:
    base = replace(base, n=whole.n, n_missing=whole.n_missing)
    note = "; ".join(filter(None, [base.note, f"averaged over {own.column}"]))
    weighted = replace(base, name="accuracy_size_weighted", value=own.size_weighted, note=note)
    yield _named(replace(weighted, standard_error=own.size_weighted_error))
    yield _named(replace(base, name="accuracy_macro", value=own.macro, note=note))


def _chance(asked: Asked, seed: int) -> Iterator[Metric]:
    level = chance_level(asked.items)
    if level is not None:
        base = _base(asked, "mean of 1 / choices", seed)
        row = replace(base, system="chance", row_kind="chance", preset=PROMPT, value=level)
        yield _named(row)


def _named(row: Metric) -> Metric:
    identity = {key: value for key, value in asdict(row).items() if key not in _ESTIMATED}
    return replace(row, metric_id=content_id("metric", digest_of(identity)))
