"""Go through a shard's rows: each is answered, or refused with a reason in the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.running.in_order import in_order
from pipelines.running.step import Advance, Counts, ShardTask, Step, tasks_over
from pipelines.text.text_model import TextModelError
from schemas.corpus import LedgerRow
from schemas.ids import content_id
from schemas.lake import Lake

Row = Mapping[str, Any]

_FOR_A_PERSON = frozenset({"schema", "invalid_json", "bad_answer", "cut_off"})
"""Reasons that speak of a fault, not of the material: a person should look."""


class RefusedRowError(ValueError):
    """A row that a step cannot use; `reason` is the ledger's word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(kw_only=True)
class RowOutcomes:
    """What became of the rows of a shard."""

    made: list[Any] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


def go_through(
    rows: Sequence[Row],
    make: Callable[[Row], Iterable[Any]],
    *,
    writer: tuple[str, str],
    source: tuple[str, str],
    advance: Advance,
    workers: int = 1,
) -> RowOutcomes:
    """Make the outputs of each row, and a ledger row for each that is refused.

    Args:
        rows: Input rows.
        make: Returns the outputs of one row; rows of the ledger among them are kept apart.
        writer: Step that asks, and what tells its refusals of one row apart, if several runs of
            it may refuse the row; for the ledger.
        source: Table of the rows, and its key column.
        advance: Called with 1 after each row.
        workers: Rows made at a time, where a server makes them; their order stays.
    """
    outcomes = RowOutcomes(counts=Counts(rows_in=len(rows)))
    table, key = source

    def one(row: Row) -> list[Any] | TextModelError | RefusedRowError:
        try:
            return list(make(row))
        except (TextModelError, RefusedRowError) as error:
            return error

    for row, made in zip(rows, in_order(one, rows, workers), strict=True):
        if isinstance(made, Exception):
            error = made
            decision = "quarantine" if error.reason in _FOR_A_PERSON else "drop"
            outcomes.counts.refuse(decision, error.reason)
            outcomes.ledger.append(
                refusal(
                    (table, row[key]),
                    writer,
                    (decision, error.reason, error.detail),
                )
            )
        else:
            outcomes.counts.produced += 1
            outcomes.ledger += [row for row in made if isinstance(row, LedgerRow)]
            outcomes.made += [row for row in made if not isinstance(row, LedgerRow)]
        advance(1)
    return outcomes


def refusal(
    subject: tuple[str, str], writer: tuple[str, str], verdict: tuple[str, str, str]
) -> LedgerRow:
    """Return a row of the ledger.

    Args:
        subject: Table and key of the refused row.
        writer: Step that refused it, and what tells this refusal from others of that step.
        verdict: drop or quarantine; the reason in a word or two; what came, for a person.
    """
    table, row_id = subject
    step, variant = writer
    decision, reason, detail = verdict
    identity = (table, row_id, step, reason, *((variant,) if variant else ()))
    return LedgerRow(
        ledger_id=content_id("ledger", *identity),
        table=table,
        row_id=row_id,
        step=step,
        decision=decision,
        reason=reason,
        detail=detail,
    )


def tasks_by_writer(
    step: Step,
    lake: Lake,
    table: str,
    parameters: dict[str, Any],
    wanted: Callable[[str], bool] = lambda _: True,
) -> list[ShardTask]:
    """Return one task for each live shard of a table to which several steps write.

    Shards of several writers share a root, so the writer stays in the middle of the slot:
    `rich-captions.scenes-00001` becomes `prompts.rich-captions.scenes-00001`.

    Args:
        step: The step that plans.
        lake: The lake.
        table: Input table.
        parameters: All that changes the output.
        wanted: Whether shards of a slot are input at all.
    """
    return [
        replace(task, slot=f"{step.name}.{_writer(slot)}.{slot.rpartition('.')[2]}")
        for task in tasks_over(step, lake, table, parameters)
        if wanted(slot := task.payload["slot"])
    ]


def _writer(slot: str) -> str:
    return slot.rpartition(".")[0].replace(".", "+")
