"""Evaluation sets into the lake: small tables that every worker can read."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

from pipelines.duplicates.fingerprints import Method, method_version
from pipelines.leaks.entries import Entry
from pipelines.leaks.evaluation_set import EvaluationSet, refuse_equal_names
from pipelines.leaks.sounds import fingerprint_of, found_sound
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from pipelines.sources.source import REFUSALS, Refusal
from schemas.benchmarks import EvaluationItem
from schemas.cores import cores
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
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("ledger", TABLE)

    sets: tuple[EvaluationSet, ...]
    """What to read; a set that is read again replaces the one of its name."""
    fingerprint: Method = "embedded"
    """How sounds are fingerprinted, where a set says where they are: as the corpus's clips are."""

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
        taken = entries[: task.limit]
        with ThreadPoolExecutor(cores()) as pool:
            read = pool.map(lambda entry: entry_item(given, entry, self.fingerprint), taken)
            return set_rows(given, taken, read, advance)

    def _task(self, given: EvaluationSet) -> ShardTask:
        entries, listing = _listed(given)
        if not entries:
            msg = f"{given.name}: expected at least one item in {given.path}, found none"
            raise ValueError(msg)
        sounds = method_version(self.fingerprint) if given.audio else None
        return ShardTask(
            slot=f"{self.name}.{given.slug}",
            input_digest=digest_of([self.name, self.version, given.name, listing, sounds]),
            payload={"set": given.model_dump(), "listing": listing},
            rows=len(entries),
            bytes=0,
        )


Read = tuple[EvaluationItem | None, Refusal | None]
"""An entry's row, None if nothing of it can be compared; and what is wrong with the entry."""


def set_rows(
    given: EvaluationSet, entries: Sequence[Entry], read: Iterable[Read], advance: Advance
) -> ShardResult:
    """Return the rows of a set's entries.

    An entry of which nothing could be compared is refused; one whose sound cannot be read is
    compared by what else is known of it, and the ledger says so.

    Args:
        given: The set.
        entries: Its entries.
        read: What `entry_item` made of each, in their order.
        advance: Called with 1 after each.
    """
    counts = Counts(rows_in=len(entries))
    items: dict[str, EvaluationItem] = {}
    ledger: list[LedgerRow] = []
    seen: Counter[str] = Counter()
    for entry, (item, refusal) in zip(entries, read, strict=True):
        told = refusal
        seen[entry.item_id] += 1
        occurrence = seen[entry.item_id]
        if item is None or item.item_id in items:
            if item is not None:
                detail = f"expected each item once, {item.item_id} comes for the {occurrence}. time"
                told = Refusal(reason="duplicate", detail=detail)
            told = told or Refusal(reason="no_text", detail="expected an id, a text or a sound")
            counts.refuse(REFUSALS[told.reason], told.reason)
        else:
            items[item.item_id] = item
            counts.produced += 1
        if told is not None:
            refused = item is None or told is not refusal
            repeat = f"#{occurrence}" if occurrence > 1 else ""
            row_id = f"{given.name}/{entry.item_id}{repeat}"
            ledger.append(_ledger(row_id, told, REFUSALS[told.reason] if refused else "repair"))
        advance(1)
    tables = {
        "ledger": TABLES["ledger"].from_rows(ledger),
        TABLE: TABLES[TABLE].from_rows(list(items.values())),
    }
    return ShardResult(tables=tables, counts=counts)


def entry_item(given: EvaluationSet, entry: Entry, method: Method) -> Read:
    """Return the row of an entry, its sound fingerprinted if the set has sounds.

    Args:
        given: The entry's set.
        entry: The entry.
        method: `embedded` or `fpcalc`.
    """
    heard: bytes | Refusal | None = entry.refusal
    if given.audio is not None and heard is None:
        heard = fingerprint_of(given, entry, method)
    fingerprint = heard if isinstance(heard, bytes) else None
    refusal = heard if isinstance(heard, Refusal) else None
    if not (fingerprint or entry.original or entry.captions or entry.passages):
        return None, refusal
    item = EvaluationItem(
        evaluation_set=given.name,
        item_id=entry.item_id,
        original=entry.original,
        start_s=entry.start_s,
        end_s=entry.end_s,
        captions=list(entry.captions),
        passages=list(entry.passages),
        fingerprint=fingerprint,
        fingerprint_version=method_version(method) if fingerprint else None,
    )
    return item, refusal


def _ledger(row_id: str, refusal: Refusal, decision: str) -> LedgerRow:
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
        digest.update(json.dumps([*_told(entry), found_sound(given, entry)]).encode() + b"\n")
    return entries, digest.hexdigest()


def _told(entry: Entry) -> list[Any]:
    listed = [] if entry.source_item is None else [*entry.source_item.fingerprint]
    refused = None if entry.refusal is None else entry.refusal.reason
    place = [entry.item_id, entry.original, entry.start_s, entry.end_s]
    return [place, entry.captions, entry.passages, entry.sound_names, listed, refused]
