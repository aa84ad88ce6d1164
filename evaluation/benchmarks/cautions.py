"""What a reader of a figure has to know: what was cut, mixed, left out, or is no published file."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from evaluation.benchmarks.known import benchmark_named
from evaluation.benchmarks.matching import usable
from evaluation.benchmarks.results import Answered, Asked, Result
from schemas.benchmarks import Answer


def statuses(answered: Answered) -> dict[str, int]:
    """Return the number of answers of each status; those of others are ok if they have a text."""
    return dict(
        Counter(own.status or ("ok" if usable(own) else "empty") for own in answered.answers)
    )


def cautions(asked: Asked, answered: Answered) -> list[str]:
    """Return what holds for every figure of these answers, one line each."""
    return [*_about_items(asked), *_about_answers(asked, answered)]


def _about_items(asked: Asked) -> Iterator[str]:
    own = asked.dataset
    published = benchmark_named(own.name).sizes.get(own.split)
    if published is None:
        yield f"{own.name} has no published split {own.split!r}: no figure of a published test set"
    elif published != own.items:
        yield f"{own.items:,} items, not the full set of {published:,}: no figure of {own.name}"
    if asked.known == "unknown":
        yield f"the items' digest {own.digest[:12]} is unknown: perhaps another version"
    if asked.withheld:
        yield f"{asked.withheld} items have no reference answer and are left out"


def _about_answers(asked: Asked, answered: Answered) -> Iterator[str]:
    presets = Counter(_preset(own) for own in answered.answers)
    if len(presets) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in presets.most_common())
        yield f"prompts are mixed: {told}; figures of different prompts are not one figure"
    found = statuses(answered)
    samples: dict[str, int] = defaultdict(int)
    for own in answered.answers:
        samples[own.item_id] += 1
    none = sum(item.item_id not in samples for item in asked.items)
    if none:
        yield f"{none} items have no answer: counted as wrong in accuracy"
    for status, told in (
        ("empty", "say nothing: counted as wrong"),
        ("failed", "failed: counted as wrong"),
        ("truncated", "were cut short and are scored as they stand"),
    ):
        if found.get(status):
            yield f"{found[status]} answers {told}"
    several = Counter(samples.values())
    if len(several) > 1:
        told = ", ".join(f"{items} items have {count}" for count, items in sorted(several.items()))
        yield f"numbers of samples differ: {told}"


def _preset(own: Answer) -> str:
    if own.prompt is None:
        return "unstated"
    return f"{own.prompt}@{(own.prompt_digest or 'unknown')[:12]}"


def about_result(result: Result) -> list[str]:
    """Return what holds for the figures of one scorer."""
    said = []
    own = result.as_published
    if own is not None and own.n != result.accuracy.n:
        said.append(
            "its script leaves items without an answer out of the denominator and would print "
            f"{own.value:.2%} of {own.n}"
        )
    if result.accuracy.n_missing and result.scorer.startswith("humaneval@"):
        said.append("its script refuses answers that leave a task out")
    if result.accuracy.clusters < result.accuracy.n:
        said.append(
            f"{result.accuracy.n} items share {result.accuracy.clusters} sounds: errors and "
            "intervals are clustered by sound"
        )
    unread = {
        status: count
        for status, count in result.parse_statuses.items()
        if status in {"none", "ambiguous", "defeats_checker", "unconfirmed"}
    }
    said += [f"{count} answers have the status `{status}`" for status, count in unread.items()]
    return said
