"""Which scorers measured a lake, and the scorers that a policy means."""

from collections.abc import Sequence

import polars as pl

from evaluation.embedded.embedded_judge import current_scorer
from pipelines.policy.rules import MeasureRule, Policy
from schemas.lake import Lake

EMBEDDED = "embedded"


def resolved(policy: Policy, lake: Lake) -> Policy:
    """Return the policy with `embedded` replaced by the exact id of the lake's judge.

    Raises:
        ValueError: If a rule is about values that nobody measured, or another scorer did.
    """
    quality = _resolved(lake, policy.quality.measures, "measures")
    captions = _resolved(lake, policy.captions.measures, "caption_measures")
    return policy.model_copy(
        update={
            "quality": policy.quality.model_copy(update={"measures": quality}),
            "captions": policy.captions.model_copy(update={"measures": captions}),
        }
    )


def measured(lake: Lake, table: str) -> dict[tuple[str, str], int]:
    """Return how many values a lake has, by name and scorer; words, as of language, are no values.

    Args:
        lake: The lake.
        table: measures or caption_measures. A few columns of it are read.
    """
    there = pl.col("value").is_not_null()
    if table == "caption_measures":
        there &= pl.col("text").is_null()
    rows = (
        lake.scan(table)
        .filter(there)
        .group_by("name", "version")
        .len()
        .sort("name", "version")
        .collect(engine="streaming")
    )
    return {(name, version): count for name, version, count in rows.iter_rows()}


def _resolved(lake: Lake, rules: Sequence[MeasureRule], table: str) -> tuple[MeasureRule, ...]:
    if not rules:
        return ()
    there = measured(lake, table)
    exact = []
    for rule in rules:
        scorer = current_scorer(lake) if rule.scorer == EMBEDDED else rule.scorer
        if (rule.name, scorer) not in there:
            raise ValueError(_nothing_there(lake, rule.name, scorer, there))
        exact.append(rule.model_copy(update={"scorer": scorer}))
    return tuple(exact)


def _nothing_there(lake: Lake, name: str, scorer: str, there: dict[tuple[str, str], int]) -> str:
    same = [f"{n} values of {v}" for (found, v), n in there.items() if found == name]
    if same:
        return (
            f"the policy asks {name} of {scorer}, but the lake has {' and '.join(same)}: a "
            "threshold holds for one scorer's values alone; name that one, or measure with this"
        )
    others = ", ".join(sorted({found for found, _ in there})) or "nothing"
    return (
        f"the policy asks {name} of {scorer}, but {lake.root} has measures of {others}; "
        "run `ualm corpus measure` first, or take the rule out"
    )
