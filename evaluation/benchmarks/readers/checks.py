"""Defects of questions: what is wrong with a benchmark file is said, not mended in silence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evaluation.benchmarks.benchmark_file import Finding
from evaluation.benchmarks.readers.question import Question


def checked(questions: Sequence[Question]) -> tuple[list[Question], list[Finding]]:
    """Return the questions with ids of their own and their answer's index, and their defects.

    A second question of an id gets `#2` behind it, so that the denominator stays the file's own.
    Where no question has an answer, they are withheld on purpose: no defect.

    Args:
        questions: Questions in the order of the file.
    """
    kept: list[Question] = []
    findings: list[Finding] = []
    seen: Counter[str] = Counter()
    is_withheld = not any(own.answer.strip() for own in questions)
    for stated in questions:
        seen[stated.source_id] += 1
        times = seen[stated.source_id]
        own = replace(stated, answer_index=answer_index(stated))
        if times > 1:
            own = replace(own, source_id=f"{own.source_id}#{times}")
            findings.append(_finding(own, "duplicate_id", f"{stated.source_id} occurs again"))
        findings += _defects(own, is_withheld=is_withheld)
        kept.append(own)
    return kept, findings


def answer_index(question: Question) -> int | None:
    """Return which choice is the answer: as stated, as spelled, or but for case and outer space.

    Example:
        >>> answer_index(Question(source_id="", question="", answer="cat ", choices=("Dog", "Cat")))
        1
    """
    if question.answer_index is not None or not question.choices:
        return question.answer_index
    if question.answer in question.choices:
        return question.choices.index(question.answer)
    wanted = _plain(question.answer)
    alike = [n for n, choice in enumerate(question.choices) if _plain(choice) == wanted]
    return alike[0] if wanted and len(alike) == 1 else None


def _defects(question: Question, *, is_withheld: bool) -> Iterator[Finding]:
    if not is_withheld:
        yield from _defects_of_answer(question)
    if any(not choice.strip() for choice in question.choices):
        yield _finding(question, "empty_choice", f"choices are {list(question.choices)}")
    counts = Counter(choice.strip() for choice in question.choices if choice.strip())
    repeated = [choice for choice, count in counts.items() if count > 1]
    if repeated:
        yield _finding(question, "repeated_choice", f"{repeated} of {list(question.choices)}")
    for name, value in (("category", question.category), ("modality", question.modality)):
        if value is not None and value.strip()[:1] in {"[", "{"}:
            yield _finding(question, f"stray_{name}", f"{name} is {value!r}")


def _defects_of_answer(question: Question) -> Iterator[Finding]:
    answer, choices = question.answer, list(question.choices)
    if not answer.strip():
        yield _finding(question, "no_answer", "the reference answer is empty")
    elif choices and question.answer_index is None:
        yield _finding(question, "answer_outside_choices", f"{answer!r} is none of {choices}")
    elif choices and answer not in choices:
        meant = choices[question.answer_index or 0]
        yield _finding(question, "answer_spelled_otherwise", f"{answer!r} stands for {meant!r}")


def _finding(question: Question, reason: str, detail: str) -> Finding:
    return Finding(source_id=question.source_id, reason=reason, detail=detail, kept=True)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
