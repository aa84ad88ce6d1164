"""HumanEval's rules: an answer's program run as the reference runs it, and apart from its test."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.sandbox.apart import Apart, run_apart
from evaluation.benchmarks.sandbox.limits import Limits, Outcome, SandboxError
from evaluation.benchmarks.sandbox.program import REFERENCE_LIMITS, run_program, side_by_side
from evaluation.benchmarks.sandbox.self_test import contained_tools
from schemas.benchmarks import Item

RULE = "humaneval@12d15a0"
"""The reference's rule: a program passes if it runs to its end within 3 seconds."""

STRICT_RULE = "humaneval-strict"
"""It passes there, and its test passes too where only plain values reach it."""

STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Where lm-eval stops a base model's completion."""

_FENCE = "```"
_BLOCK = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)


def as_given(text: str) -> str:
    """Return the completion as it came."""
    return text


def until_stop(text: str) -> str:
    r"""Cut at the first of lm-eval's stops.

    >>> until_stop("    return 1\n\ndef g():\n")
    '    return 1\n'
    """
    places = [place for place in (text.find(stop) for stop in STOPS) if place >= 0]
    return text[: min(places)] if places else text


def until_fence(text: str) -> str:
    r"""Cut at the first fence, as lm-eval's instruct variant, whose prompt has opened one.

    >>> until_fence("    return 1\n```\nThis returns 1.")
    '    return 1\n'
    """
    return text.partition(_FENCE)[0]


def first_block(text: str) -> str:
    r"""Return what stands in the first fenced block, for models that answer in whole messages.

    >>> first_block("Here it is:\n```python\ndef f():\n    return 1\n```\nDone.")
    'def f():\n    return 1\n'
    """
    found = _BLOCK.search(text)
    return found[1] if found else text


COMPLETIONS: dict[str, Callable[[str], str]] = {
    "reference": as_given,
    "lm-eval": until_stop,
    "lm-eval-instruct": until_fence,
    "first-block": first_block,
}
"""How the completion is read out of an answer, by name."""


def completion_named(name: str) -> Callable[[str], str]:
    """Return the way to read a completion out of an answer.

    Raises:
        ValueError: If there is none of that name.
    """
    if name in COMPLETIONS:
        return COMPLETIONS[name]
    msg = f"expected a completion among {', '.join(COMPLETIONS)}, got {name!r}; use one of those"
    raise ValueError(msg)


def humaneval_program(item: Item, completion: str) -> str:
    """Return the reference's program: prompt, completion, test, and the call of the test.

    Args:
        item: Its question is the prompt, its answer the test with `check(entry_point)` behind it.
        completion: What the model wrote, cut as it shall be.
    """
    return f"{item.question}{completion}\n{item.answer}"


def entry_point(item: Item) -> str:
    """Return the name of the function that an item asks for.

    Raises:
        ValueError: If the item's answer does not end with `check(name)`.
    """
    last = item.answer.rstrip().rpartition("\n")[2]
    found = re.fullmatch(r"check\((\w+)\)", last)
    if found is None:
        msg = (
            f"expected the answer of {item.source_id} to end with check(entry_point), "
            f"got {last[:80]!r}; read the benchmark's file again"
        )
        raise ValueError(msg)
    return found[1]


def score_humaneval(
    items: Sequence[Item],
    answers: Iterable[str],
    *,
    completion: str = "reference",
    workers: int | None = None,
    limits: Limits = REFERENCE_LIMITS,
) -> Iterator[Verdict]:
    """Run answers, each in a sandbox of its own; give their verdicts by RULE, in order.

    A verdict's `parsed` is the completion that ran. Its `parse_status` is what became of the
    program: passed, failed, timeout, memory, output or crashed; or, of a program that passed,
    `defeats_checker` if its test fails as soon as nothing but plain values reaches it, and
    `unconfirmed` if that second run reached a limit.

    Args:
        items: The item of each answer.
        answers: Texts, as many as items.
        completion: One of COMPLETIONS.
        workers: Answers at a time; by default one for each core.
        limits: Bounds on each program.

    Raises:
        SandboxError: If there is no sandbox, or one did not start.
        ValueError: If there is no such completion, or items and answers differ in number.
    """
    cut = completion_named(completion)
    contained_tools()
    pairs = ((item, cut(text)) for item, text in zip(items, answers, strict=True))
    yield from side_by_side(partial(_verdict, limits=limits), pairs, workers)


def strictly(verdict: Verdict) -> Verdict:
    """Return the verdict by STRICT_RULE, without another run: only `passed` is right."""
    return replace(verdict, value=float(verdict.parse_status == "passed"))


def _verdict(pair: tuple[Item, str], *, limits: Limits) -> Verdict:
    item, completion = pair
    outcome = _ran(run_program(humaneval_program(item, completion), limits=limits), item)
    status, value = outcome.status, float(outcome.status == "passed")  # as the reference has it
    if status == "passed":
        name = entry_point(item)
        source = f"{item.question}{completion}\n"
        case = Apart(prompt=item.question, source=source, test=item.answer, entry_point=name)
        apart = _ran(run_apart(case, limits=limits), item)
        if apart.status != "passed":
            weighed = apart.status in ("failed", "crashed")
            status = "defeats_checker" if weighed else "unconfirmed"
    return Verdict(value=value, parsed=completion, parse_status=status)


def _ran(outcome: Outcome, item: Item) -> Outcome:
    if outcome.status == "refused":
        msg = (
            f"expected a sandbox for the answer to {item.source_id}, but {outcome.detail}; "
            "free processes and memory on this machine, or use fewer workers"
        )
        raise SandboxError(msg)
    return outcome
