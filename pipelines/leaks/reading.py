"""Evaluation sets into the lake: small tables that every worker can read."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pipelines.leaks.entries import Entry
from pipelines.leaks.evaluation_set import EvaluationSet, refuse_equal_names
from pipelines.sources.source import REFUSALS, Refusal
from pipelines.step import Advance, Counts, ShardResult, ShardTask, Step
from schemas.benchmarks import EvaluationItem
from schemas.corpus import LedgerRow
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

TABLE = "evaluation_items"


@dataclass(frozen=True, kw_only=True)
class ReadEvaluationSets(Step):
    """Read the evaluation sets that the corpus is to be compared with.

    Output: one row of `evaluation_items` for each item. A set stays in the lake, so that sources
    that come later are compared with it too.
    """

    name: ClassVar[str] = "evaluation-sets"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", TABLE)

    sets: tuple[EvaluationSet, ...]
    """What to read; a set that is read again replaces the one of its name."""

    def plan(self, lake: Lake) -> list[ShardTask]:  # noqa: ARG002 (the sets alone decide)
        """Return one task for each set, after listing it.

        Raises:
            ValueError: If a set cannot be read or two have one name.
        """
        refuse_equal_names(self.sets)
        return [self._task(one) for one in self.sets]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:  # noqa: ARG002
        """Return the rows of one set.

        Raises:
            ValueError: If its files changed since the run was planned.
        """
        given = EvaluationSet.model_validate(task.payload["set"])
        entries, listing = _listed(given)
        if listing != task.payload["listing"]:
            msg = f"{given.name}: its files changed while they were read; run again"
            raise ValueError(msg)
        return set_rows(given, entries[: task.limit], advance)

    def _task(self, given: EvaluationSet) -> ShardTask:
        entries, listing = _listed(given)
        if not entries:
            msg = f"{given.name}: expected at least one item in {given.path}, found none"
            raise ValueError(msg)
        return ShardTask(
            slot=f"{self.name}.{given.slug}",
            input_digest=digest_of([self.name, self.version, given.name, listing]),
            payload={"set": given.model_dump(), "listing": listing},
            rows=len(entries),
            bytes=0,
        )


def set_rows(given: EvaluationSet, entries: Sequence[Entry], advance: Advance) -> ShardResult:
    """Return the rows of a set's entries.

    An entry of which nothing could be compared is refused; one whose sound cannot be read is
    compared by what else is known of it, and the ledger says so.

    Args:
        given: The set.
        entries: Its entries.
        advance: Called with 1 after each.
    """
    counts = Counts(rows_in=len(entries))
    items: dict[str, EvaluationItem] = {}
    ledger: list[LedgerRow] = []
    for entry in entries:
        item, refusal = _item(given, entry)
        if item is not None and item.item_id in items:
            refusal = Refusal(reason="duplicate", detail=f"{entry.item_id} comes more than once")
            item = None
        if item is None:
            refusal = refusal or Refusal(reason="no_text", detail="nothing to compare: no id, text")
            counts.refuse(REFUSALS[refusal.reason], refusal.reason)
            ledger.append(_ledger(given, entry, refusal, REFUSALS[refusal.reason]))
        else:
            items[item.item_id] = item
            counts.produced += 1
            if refusal is not None:
                ledger.append(_ledger(given, entry, refusal, "repair"))
        advance(1)
    unique = {row.ledger_id: row for row in ledger}
    tables = {
        "ledger": TABLES["ledger"].from_rows(list(unique.values())),
        TABLE: TABLES[TABLE].from_rows(list(items.values())),
    }
    return ShardResult(tables=tables, counts=counts)


def _item(given: EvaluationSet, entry: Entry) -> tuple[EvaluationItem | None, Refusal | None]:
    """Return the row of an entry, None if nothing can be compared, and what was wrong with it."""
    if entry.original is None and not entry.captions and not entry.passages:
        return None, entry.refusal
    item = EvaluationItem(
        evaluation_set=given.name,
        item_id=entry.item_id,
        original=entry.original,
        start_s=entry.start_s,
        end_s=entry.end_s,
        captions=list(entry.captions),
        passages=list(entry.passages),
    )
    return item, entry.refusal


def _ledger(given: EvaluationSet, entry: Entry, refusal: Refusal, decision: str) -> LedgerRow:
    row_id = f"{given.name}/{entry.item_id}"
    step = ReadEvaluationSets.name
    return LedgerRow(
        ledger_id=content_id("ledger", TABLE, row_id, step, refusal.reason),
        table=TABLE,
        row_id=row_id,
        step=step,
        decision=decision,
        reason=refusal.reason,
        detail=refusal.detail,
    )


def _listed(given: EvaluationSet) -> tuple[list[Entry], str]:
    """Return a set's entries and the digest of all that its rows are made from."""
    digest = hashlib.sha256()
    entries = list(given.entries())
    for entry in entries:
        digest.update(json.dumps(_told(entry)).encode() + b"\n")
    return entries, digest.hexdigest()


def _told(entry: Entry) -> list[Any]:
    listed = [] if entry.source_item is None else [*entry.source_item.fingerprint]
    refused = None if entry.refusal is None else entry.refusal.reason
    place = [entry.item_id, entry.original, entry.start_s, entry.end_s]
    return [place, entry.captions, entry.passages, entry.sound_names, listed, refused]
