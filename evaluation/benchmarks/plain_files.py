"""Plain files of items and answers, scored without a lake."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.benchmarks.answer_files import AnswerFile, read_answers
from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.matching import Matched, chosen_model, matched
from evaluation.benchmarks.results import (
    Answered,
    Asked,
    Result,
    compared_results,
    judged,
    result_of,
)
from evaluation.benchmarks.scoring import Scorer
from evaluation.benchmarks.told import Evaluation, finding_notes
from schemas.ids import file_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to score, and how."""

    benchmark: str
    items: Path
    """The benchmark's file or folder."""

    answers: tuple[Path, ...]
    """Files of one model's answers, or folders of lm-eval's `samples_*.jsonl`."""

    compare: tuple[Path, ...] = ()
    """Files of another model's answers."""

    model: str | None = None
    """Its name, or which of several models to take."""

    seed: int = 0
    answered_only: bool = False


def evaluated(request: Request, scorers: Sequence[Scorer]) -> Evaluation:
    """Score a file of answers, and compare it with another one's if asked to.

    Raises:
        ValueError: If a file has another layout, or none of the answers belongs to an item.
        OSError: If a file cannot be read.
    """
    read = read_benchmark(request.benchmark, request.items)
    asked = Asked.of(read.dataset, read.items, read.known)
    files = answer_files(request.answers)
    answered, notes = answers_to(asked, files, request.model)
    results = _results(asked, answered, scorers, request.seed)
    told = Evaluation(
        asked=asked,
        answered=answered,
        results=results,
        digests=tuple(file_digest(file.path) for file in files),
        notes=tuple(notes),
        answered_only=request.answered_only,
    )
    if not request.compare:
        return told
    others = answer_files(request.compare)
    other, _ = answers_to(asked, others, None)
    pairs = zip(results, _results(asked, other, scorers, request.seed), strict=True)
    return replace(
        told,
        other=other.system,
        comparisons=tuple(compared_results(*pair, seed=request.seed) for pair in pairs),
    )


def answer_files(paths: Sequence[Path]) -> list[AnswerFile]:
    """Read files of answers; a folder stands for lm-eval's `samples_*.jsonl` in it.

    Raises:
        ValueError: If a folder has none, or a file is not there or holds no answer.
        OSError: If a file cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            msg = f"expected answers at {path} (JSON Lines or CSV of id and text, predictions, or "
            msg += "lm-eval's samples_*.jsonl or their folder), found nothing"
            raise ValueError(msg)
        inside = sorted(path.glob("samples_*.jsonl*")) if path.is_dir() else [path]
        if not inside:
            msg = f"expected samples_*.jsonl of lm-eval in the folder {path}, found none"
            raise ValueError(msg)
        found += inside
    return [read_answers(path) for path in found]


def answers_to(
    asked: Asked, files: Sequence[AnswerFile], model: str | None
) -> tuple[Answered, list[str]]:
    """Return one model's answers to the items, and what reading them brought up.

    Raises:
        ValueError: If none of them belongs to an item.
    """
    stated, name = chosen_model(files, model or _stem(files))
    found = matched(asked.items, stated, name)
    refuse_strangers(found, files)
    prompts = {(answer.prompt, answer.prompt_digest) for answer in found.answers}
    prompt = next(iter(prompts)) if len(prompts) == 1 else (None, None)
    answered = Answered(
        system=name, prompt=prompt[0], prompt_digest=prompt[1], answers=found.answers
    )
    unread = [finding for file in files for finding in file.findings]
    return answered, finding_notes([*unread, *found.findings], found.repeated)


def refuse_strangers(found: Matched, files: Sequence[AnswerFile]) -> None:
    """Refuse files of which no answer belongs to an item.

    Raises:
        ValueError: If so.
    """
    if not found.answers:
        ids = ", ".join(own.source_id for own in found.findings[:3])
        msg = f"{files[0].path}: none of its answers belongs to an item; its ids are {ids}, ..."
        raise ValueError(msg)


def _stem(files: Sequence[AnswerFile]) -> str | None:
    """Return a name for answers that do not say whose they are: their file's."""
    stated = any(answer.model is not None for file in files for answer in file.answers)
    return None if stated else files[0].path.name.partition(".")[0]


def _results(
    asked: Asked, answered: Answered, scorers: Sequence[Scorer], seed: int
) -> tuple[Result, ...]:
    return tuple(
        result_of(asked, answered, scorer, judged(asked, answered, scorer), seed=seed)
        for scorer in scorers
    )
