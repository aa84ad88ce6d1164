"""Answers to items: which question each answer of a file is about, and which belong to none."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.benchmarks.answer_files import AnswerFile, StatedAnswer
from evaluation.benchmarks.benchmark_file import Finding
from schemas.benchmarks import Answer, Item
from schemas.ids import content_id

UNUSABLE = frozenset({"empty", "failed"})
"""Statuses of answers that say nothing: they count as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Answers with their items."""

    answers: tuple[Answer, ...]
    """At most one for each item, prompt and sample."""

    findings: tuple[Finding, ...]
    """Rows without an answer, without an item, said twice, or empty; only the last are `kept`."""

    repeated: int
    """Rows that say again what another one says, such as one for each of lm-eval's filters."""


def usable(answer: Answer) -> bool:
    """Return whether an answer says anything."""
    return answer.status not in UNUSABLE and bool(answer.text.strip())


def chosen_model(files: Sequence[AnswerFile], asked: str | None) -> tuple[list[StatedAnswer], str]:
    """Return the answers of one model, and its name.

    Args:
        files: Files of answers, which may say whose they are.
        asked: The model to take where the files hold several, otherwise the name to give it.

    Raises:
        ValueError: If the files hold several models and none of them was asked for, or no name is
            given anywhere.
    """
    answers = [answer for file in files for answer in file.answers]
    stated = sorted({answer.model for answer in answers if answer.model is not None})
    if len(stated) > 1 and asked not in stated:
        msg = f"expected the answers of one model; choose with --model one of {', '.join(stated)}"
        raise ValueError(msg)
    if len(stated) > 1:
        return [answer for answer in answers if answer.model == asked], str(asked)
    name = asked or (stated[0] if stated else None)
    if name is None:
        msg = f"{files[0].path} does not say which model answered; name it with --model"
        raise ValueError(msg)
    return answers, name


def matched(items: Sequence[Item], stated: Sequence[StatedAnswer], model: str) -> Matched:
    """Find the item of each answer, by the benchmark's own id or by the question itself.

    Where a row repeats its question, the item must agree with it: an index alone would pair
    answers with the questions of another file or order.

    Args:
        items: The benchmark's items.
        stated: Answers as their files state them.
        model: Who gave them.
    """
    found = _Items(items)
    answers: dict[str, Answer] = {}
    findings: list[Finding] = []
    repeated = 0
    for own in stated:
        item = found.of(own)
        if item is None:
            findings.append(_finding(own, "unmatched_answer", "no item has this id or question"))
            continue
        answer = _answer(item, own, model)
        before = answers.get(answer.answer_id)
        if before is None:
            answers[answer.answer_id] = answer
            if answer.status == "empty":
                findings.append(_finding(own, "empty_answer", "the answer has no text", kept=True))
        elif before.text == answer.text:
            repeated += 1
        else:
            findings.append(_finding(own, "double_answer", f"the first is {before.text!r}"))
    return Matched(answers=tuple(answers.values()), findings=tuple(findings), repeated=repeated)


class _Items:
    """Items by every name that a file of answers may have for them."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._by_id = {item.item_id: item for item in items}
        self._by_id |= {item.source_id: item for item in items}
        self._by_question: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            self._by_question[_plain(item.question)].append(item)

    def of(self, stated: StatedAnswer) -> Item | None:
        """Return the item of an answer, None if there is none."""
        question = None if stated.question is None else _plain(stated.question)
        for own in stated.ids:
            item = self._by_id.get(own)
            if item is not None and question in {None, _plain(item.question)}:
                return item
        alike = [] if question is None else self._by_question.get(question, [])
        return alike[0] if len(alike) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _answer(item: Item, stated: StatedAnswer, model: str) -> Answer:
    sample = stated.sample or 0
    answer = Answer(
        answer_id=content_id("answer", item.item_id, model, stated.prompt_digest, sample),
        item_id=item.item_id,
        model=model,
        prompt_digest=stated.prompt_digest,
        sample=sample,
        text=stated.text,
        prompt=stated.prompt,
        status=stated.status,
        reason=stated.reason,
        choice_logprobs=None if stated.choice_logprobs is None else [*stated.choice_logprobs],
    )
    if answer.text.strip() or answer.status is not None:
        return answer
    return replace(answer, status="empty")


def _finding(own: StatedAnswer, reason: str, why: str, *, kept: bool = False) -> Finding:
    said = "" if kept else f": {own.text!r}"
    return Finding(
        source_id=own.ids[0], reason=reason, detail=f"row {own.place}: {why}{said}", kept=kept
    )
