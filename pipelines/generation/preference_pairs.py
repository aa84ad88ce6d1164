"""Prefer one generation of a context over another by its scores (UALM, section 3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from math import isfinite
from typing import Any, ClassVar

from evaluation.embedded.embedded_judge import embedded_judge
from evaluation.embedded.trust import context_separation, trusts
from evaluation.judge import Judge
from evaluation.metrics.aesthetics import AESTHETIC_AXES
from pipelines.measuring.scores import EMBEDDED, resolved_scorer, scorer_token
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step, aligned, task_rows
from schemas.corpus import LedgerRow
from schemas.generation import Gap, PreferencePair
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

REASONS = (
    "no_generation",
    "single_generation",
    "missing_scores",
    "no_text_gap",
    "no_clear_winner",
)
"""Why a context has no pair. `no_text_gap`: no two answers differ enough in the text score,
whatever the scorer calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRule:
    """What makes one answer clearly better than another, in one scorer's terms."""

    text_axis: str
    """Score of the match with the text; its gap has to be wide."""
    axes: tuple[str, ...]
    """Scores in all of which the winner has to be better."""
    threshold: float
    """Smallest accepted gap in the text score."""


CLAP_AND_AESTHETICS = PreferenceRule(text_axis="clap", axes=AESTHETIC_AXES, threshold=0.15)
"""The paper's rule; its threshold holds for LAION-CLAP only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A generation with its scores by one scorer."""

    generation_id: str
    context_id: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A winner, a loser, and by how much."""

    winner_id: str
    loser_id: str
    gaps: dict[str, float]
    """Winner minus loser in the text score and in each axis."""


def rule_of(judge: Judge) -> PreferenceRule:
    """Return the rule of a judge: its own text score, axes and threshold."""
    return PreferenceRule(
        text_axis=judge.text_axis, axes=tuple(judge.axes), threshold=judge.text_threshold
    )


def best_pair(candidates: Sequence[Candidate], rule: PreferenceRule) -> Preference | None:
    """Return the pair with the widest text gap among those that pass, or None if none does.

    A pair passes if the winner's text score is at least the threshold above the loser's and the
    winner is better on every axis. Of equal gaps, the first by id wins.

    Args:
        candidates: Generations of one context; those that lack a score are passed over.
        rule: The scorer's rule.

    Raises:
        ValueError: If the candidates answer different contexts.
    """
    contexts = sorted({candidate.context_id for candidate in candidates})
    if len(contexts) > 1:
        msg = f"expected generations of one context, got {contexts}"
        raise ValueError(msg)
    passing = [
        (winner, loser)
        for winner, loser in permutations(_complete(candidates, rule), 2)
        if _gap(winner, loser, rule.text_axis) >= rule.threshold
        and all(_gap(winner, loser, axis) > 0 for axis in rule.axes)
    ]
    if not passing:
        return None
    passing.sort(key=lambda pair: (pair[0].generation_id, pair[1].generation_id))
    winner, loser = max(passing, key=lambda pair: _gap(pair[0], pair[1], rule.text_axis))
    return Preference(
        winner_id=winner.generation_id,
        loser_id=loser.generation_id,
        gaps={name: _gap(winner, loser, name) for name in (rule.text_axis, *rule.axes)},
    )


def refusal(candidates: Sequence[Candidate], rule: PreferenceRule) -> str:
    """Return why candidates without a pair have none, one of `REASONS`."""
    if len(candidates) < 2:
        return "single_generation" if candidates else "no_generation"
    complete = _complete(candidates, rule)
    if len(complete) < 2:
        return "missing_scores"
    texts = [candidate.scores[rule.text_axis] for candidate in complete]
    return "no_text_gap" if max(texts) - min(texts) < rule.threshold else "no_clear_winner"


@dataclass(frozen=True, kw_only=True)
class Pairs(Step):
    """Choose at most one preference pair for each context from its scored generations.

    Input: shards of `contexts`, with the `generations` and `generation_scores` of their root.
    Output: a row of `preference_pairs`, or a row of the ledger that says why there is none. Pairs
    of a scorer that does not tell matched from shuffled pairs of these data are not validated.
    """

    name: ClassVar[str] = "pairs"
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("ledger", "preference_pairs")

    scorer: str = EMBEDDED
    """`embedded`: the lake's own judge; or that judge's exact id."""
    model: str | None = None
    """Only generations of this checkpoint; of all checkpoints together if None."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of contexts.

        Raises:
            ValueError: If the scorer has not scored anything in this lake.
        """
        scorer = resolved_scorer(lake, self.scorer)
        if not any(_is_of(shard, scorer) for shard in lake.shards("generation_scores")):
            msg = (
                f"no score of {scorer} in {lake.root}: run `ualm generate`, then "
                "`ualm evaluate generations`"
            )
            raise ValueError(msg)
        judge = embedded_judge(lake)
        judged = {
            "scorer": scorer,
            "rule": asdict(rule_of(judge)) | {"axes": list(judge.axes)},
            "validated": trusts(context_separation(lake, judge)),
            "model": self.model,
        }
        return [self._task(lake, shard, judged) for shard in lake.shards("contexts")]

    def _task(self, lake: Lake, shard: Shard, judged: dict[str, Any]) -> ShardTask:
        scorer = judged["scorer"]
        read = [shard, *aligned(lake, "generations", shard.slot), *_scored(lake, shard, scorer)]
        digests = [one.content_digest for one in read]
        models = [] if self.model is None else [scorer_token(self.model)]
        variant = "-".join([scorer_token(scorer), *models, *shard.slot.split(".")[1:-1]])
        return ShardTask(
            slot=f"{self.name}.{variant}.{shard.root}",
            input_digest=digest_of([self.name, self.version, digests, judged]),
            payload={"table": "contexts", "slot": shard.slot, **judged},
            rows=shard.rows,
            bytes=sum(one.size for one in read),
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the pairs of one shard of contexts."""
        values = task.payload
        rule = PreferenceRule(**(values["rule"] | {"axes": tuple(values["rule"]["axes"])}))
        candidates = _candidates(lake, values)
        counts, pairs, refused = Counts(), [], []
        for context_id in task_rows(lake, task, ["context_id"])["context_id"].to_pylist():
            own = candidates.get(context_id, [])
            counts.rows_in += 1
            chosen = best_pair(own, rule)
            if chosen is None:
                reason = refusal(own, rule)
                counts.refuse("drop", reason)
                refused.append(_ledger_row(context_id, reason, own, rule, values["scorer"]))
            else:
                counts.produced += 1
                pairs.append(_pair(context_id, chosen, rule, values))
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "preference_pairs": TABLES["preference_pairs"].from_rows(pairs),
        }
        return ShardResult(tables=tables, counts=counts)


def _candidates(lake: Lake, values: Mapping[str, Any]) -> dict[str, list[Candidate]]:
    """Return the scored generations of each context behind a shard of contexts."""
    scores: dict[str, dict[str, float]] = {}
    for shard in aligned(lake, "generation_scores", values["slot"]):
        for row in lake.read_shard(shard).to_pylist():
            if row["scorer"] == values["scorer"]:
                scores.setdefault(row["generation_id"], {})[row["name"]] = row["value"]
    candidates: dict[str, list[Candidate]] = {}
    for shard in aligned(lake, "generations", values["slot"]):
        for row in lake.read_shard(shard, ["generation_id", "context_id", "model"]).to_pylist():
            if values["model"] in {None, row["model"]}:
                candidates.setdefault(row["context_id"], []).append(
                    Candidate(
                        generation_id=row["generation_id"],
                        context_id=row["context_id"],
                        scores=scores.get(row["generation_id"], {}),
                    )
                )
    return candidates


def _pair(
    context_id: str, chosen: Preference, rule: PreferenceRule, values: Mapping[str, Any]
) -> PreferencePair:
    return PreferencePair(
        context_id=context_id,
        scorer=values["scorer"],
        winner_id=chosen.winner_id,
        loser_id=chosen.loser_id,
        gaps=[Gap(name=name, value=value) for name, value in chosen.gaps.items()],
        threshold=rule.threshold,
        validated=values["validated"],
    )


def _ledger_row(
    context_id: str,
    reason: str,
    candidates: Sequence[Candidate],
    rule: PreferenceRule,
    scorer: str,
) -> LedgerRow:
    texts = [candidate.scores[rule.text_axis] for candidate in _complete(candidates, rule)]
    return LedgerRow(
        ledger_id=content_id("ledger", "contexts", context_id, Pairs.name, reason, scorer),
        table="contexts",
        row_id=context_id,
        step=Pairs.name,
        decision="drop",
        reason=reason,
        detail=f"{scorer}: {len(candidates)} generations, {len(texts)} of them scored",
        value=max(texts) - min(texts) if len(texts) > 1 else None,
        threshold=rule.threshold,
    )


def _complete(candidates: Sequence[Candidate], rule: PreferenceRule) -> list[Candidate]:
    return [
        candidate
        for candidate in candidates
        if all(
            isfinite(candidate.scores.get(name, float("nan")))
            for name in (rule.text_axis, *rule.axes)
        )
    ]


def _gap(winner: Candidate, loser: Candidate, name: str) -> float:
    return winner.scores[name] - loser.scores[name]


def _scored(lake: Lake, shard: Shard, scorer: str) -> list[Shard]:
    return [s for s in aligned(lake, "generation_scores", shard.slot) if _is_of(s, scorer)]


def _is_of(shard: Shard, scorer: str) -> bool:
    return shard.slot.split(".")[1].startswith(scorer_token(scorer))
