"""Answers of others' scripts, brought into a lake; what belongs nowhere goes to its ledger."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.benchmarks.answer_files import AnswerFile
from evaluation.benchmarks.benchmark_file import Finding
from evaluation.benchmarks.known import SHOWN_SPLITS
from evaluation.benchmarks.matching import Matched, chosen_model, matched
from evaluation.benchmarks.plain_files import answer_files, refuse_strangers
from evaluation.benchmarks.stored import datasets_of, items_of
from schemas.benchmarks import Dataset, Item
from schemas.corpus import LedgerRow
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

STEP = "import-answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import."""

    model: str
    answers: int
    """Rows of `answers` that the files hold now."""

    items: int
    """Items of the benchmark."""

    unanswered: int
    """Those of them without any answer in the files."""

    layouts: tuple[str, ...]
    repeated: int
    """Rows that say an answer again."""

    reasons: dict[str, int]
    """Ledger rows, by reason."""


def imported(
    lake: Lake, name: str, paths: Sequence[Path], *, model: str | None, split: str | None = None
) -> Imported:
    """Put answers of files into a lake's `answers`, and what cannot be used into its `ledger`.

    The same files again replace their rows by equal ones.

    Args:
        lake: Holds the benchmark's `datasets` and `items`.
        name: The benchmark.
        paths: Files of answers, or folders of lm-eval's samples.
        model: Who answered; needed where the files do not say.
        split: Split that the answers are about; the one to be asked if None.

    Raises:
        ValueError: If the lake lacks the benchmark, or no answer belongs to an item.
        OSError: If a file cannot be read.
    """
    items = _items(lake, name, split)
    files = answer_files(paths)
    stated, who = chosen_model(files, model)
    found = matched(items, stated, who)
    refuse_strangers(found, files)
    slot = f"answers.import.{digest_of([name, who, sorted(f.path.name for f in files)])[:16]}"
    found = _without_known(lake, found, slot)
    findings = [*(own for file in files for own in file.findings), *found.findings]
    _write_ledger(lake, files, findings, who)
    lake.put("answers", slot, TABLES["answers"].from_rows([*found.answers]), step=STEP)
    answered = {answer.item_id for answer in found.answers}
    return Imported(
        model=who,
        answers=len(found.answers),
        items=len(items),
        unanswered=sum(item.item_id not in answered for item in items),
        layouts=tuple(sorted({file.layout for file in files})),
        repeated=found.repeated,
        reasons=dict(Counter(own.reason for own in findings)),
    )


def _items(lake: Lake, name: str, split: str | None) -> list[Item]:
    datasets = [own for own in datasets_of(lake, name) if _is_meant(own, split)]
    items = [item for own in datasets for item in items_of(lake, own)]
    ids = Counter(item.source_id for item in items)
    if not items or max(ids.values()) > 1:
        held = ", ".join(f"{own.split} ({own.digest[:8]})" for own in datasets_of(lake, name))
        msg = (
            f"expected one file of {name} that the answers are about, the lake has {held}; choose "
            "by --split its split, or the first letters of its digest"
        )
        raise ValueError(msg)
    return items


def _is_meant(dataset: Dataset, split: str | None) -> bool:
    if split is None:
        return dataset.split not in SHOWN_SPLITS
    return dataset.split == split or (len(split) >= 6 and dataset.digest.startswith(split))


def _without_known(lake: Lake, found: Matched, slot: str) -> Matched:
    """Leave out answers that the lake has from elsewhere: the first one stays."""
    known: set[str] = set()
    for shard in lake.shards("answers"):
        if shard.slot != slot:
            known.update(lake.read_shard(shard, ["answer_id"])["answer_id"].to_pylist())
    kept = tuple(answer for answer in found.answers if answer.answer_id not in known)
    again = [
        Finding(
            source_id=answer.item_id,
            reason="double_answer",
            detail=f"the lake has an answer of this model from elsewhere: {answer.text!r}",
            kept=False,
        )
        for answer in found.answers
        if answer.answer_id in known
    ]
    return replace(found, answers=kept, findings=(*found.findings, *again))


def _write_ledger(
    lake: Lake, files: Sequence[AnswerFile], findings: Sequence[Finding], model: str
) -> None:
    table = f"answers:{model}:{'+'.join(sorted(file.path.name for file in files))}"
    seen: Counter[tuple[str, str]] = Counter()
    rows = []
    for own in findings:
        seen[own.source_id, own.reason] += 1
        times = seen[own.source_id, own.reason]
        row_id = own.source_id if times == 1 else f"{own.source_id}#{times}"
        rows.append(
            LedgerRow(
                ledger_id=content_id("ledger", table, row_id, STEP, own.reason),
                table=table,
                row_id=row_id,
                step=STEP,
                decision="repair" if own.kept else "drop",
                reason=own.reason,
                detail=own.detail,
            )
        )
    slot = f"ledger.{STEP}.{digest_of(table)[:16]}"
    if rows or any(shard.slot == slot for shard in lake.shards("ledger")):
        lake.put("ledger", slot, TABLES["ledger"].from_rows(rows), step=STEP)
