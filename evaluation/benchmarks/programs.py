"""HumanEval's scorers: every answer runs once in its sandbox, and each scorer reads that run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.sandbox.humaneval import (
    COMPLETIONS,
    RULE,
    STRICT_RULE,
    completion_named,
    score_humaneval,
    strictly,
)
from evaluation.benchmarks.scoring import Scorer
from schemas.benchmarks import Item

Shown = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows progress: from a label and a total to what counts it up."""

_AS_GIVEN = "reference"

BLOCK_RULE = f"{RULE}/first-block"
"""The reference's rule on an answer's first block of code, or on all of it where it has none."""


@contextmanager
def unseen(label: str, total: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001
    """Show no progress."""
    yield lambda _: None


class ProgramRuns:
    """What became of programs that ran; an equal program of a task is not run again."""

    def __init__(self, shown: Shown = unseen) -> None:
        """Start without any.

        Args:
            shown: Shows the progress of runs.
        """
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._shown = shown

    def verdicts(self, pairs: Sequence[tuple[Item, str]], completion: str) -> list[Verdict]:
        """Return the verdict on each answer, of those that have not run before by running them.

        Args:
            pairs: Tasks and answers.
            completion: How the completion is read out of an answer.
        """
        cut = completion_named(completion)
        programs = [(item, cut(text)) for item, text in pairs]
        keys = [(item.item_id, text) for item, text in programs]
        todo = {
            key: program
            for key, program in zip(keys, programs, strict=True)
            if key not in self._verdicts
        }
        items = [item for item, _ in todo.values()]
        found = score_humaneval(items, [text for _, text in todo.values()])
        with self._shown("running programs", len(todo)) as advance:
            for key, verdict in zip(todo, found, strict=True):
                self._verdicts[key] = verdict
                advance(1)
        return [self._verdicts[key] for key in keys]


def program_scorers(names: Sequence[str], shown: Shown = unseen) -> tuple[Scorer, ...]:
    """Return scorers that run programs; the usual ones if none is named.

    `humaneval@12d15a0` takes an answer as a completion as it came, `.../lm-eval` cuts it at
    lm-eval's stops, `.../first-block` takes the first fenced block, where there is one;
    `humaneval-strict` is the first without programs that defeat the checker.

    Raises:
        ValueError: If there is no such scorer.
    """
    runs = ProgramRuns(shown)
    known = {own.name: own for own in _scorers(runs)}
    chosen = names or (RULE, STRICT_RULE, BLOCK_RULE)
    for name in chosen:
        if name not in known:
            msg = f"expected a rule of humaneval, got {name!r}; use one of {', '.join(known)}"
            raise ValueError(msg)
    return tuple(known[name] for name in dict.fromkeys(chosen))


def _scorers(runs: ProgramRuns) -> Iterator[Scorer]:
    for completion in COMPLETIONS:
        own = completion == _AS_GIVEN
        name = RULE if own else f"{RULE}/{completion}"
        yield Scorer(name=name, is_reference=own, judge=_judge(runs, completion))
    yield Scorer(name=STRICT_RULE, is_reference=False, judge=_strict_judge(runs))


def _judge(runs: ProgramRuns, completion: str) -> Callable[..., Sequence[Verdict]]:
    return lambda pairs: runs.verdicts(pairs, completion)


def _strict_judge(runs: ProgramRuns) -> Callable[..., Sequence[Verdict]]:
    def judge(pairs: Sequence[tuple[Item, str]]) -> list[Verdict]:
        return [strictly(verdict) for verdict in runs.verdicts(pairs, _AS_GIVEN)]

    return judge
