"""Answers without a lake: from items of a file to a file of answers."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipelines.answers.answerer import became
from pipelines.answers.asking import Asking
from pipelines.answers.item_sounds import ItemSounds
from pipelines.answers.named import opened_answerer, refuse_unfit
from pipelines.answers.replies import Interview
from pipelines.answers.step import Answers, refuse_deaf
from pipelines.remote.cache import ResponseCache
from pipelines.remote.failures import ServerLostError
from pipelines.running.progress import advance, shown
from schemas.benchmarks import Answer, Item
from schemas.command import RunFailedError
from schemas.durable import write_durably


def kept_beside(output: Path) -> Path:
    """Return the folder in which answers are kept until, and after, the file is written.

    Example:
        >>> kept_beside(Path("out/answers.jsonl")).name
        '.answers.jsonl.responses'
    """
    return output.with_name(f".{output.name}.responses")


def answer_file(
    items: Sequence[Item], output: Path, model: str, asking: Asking, sounds: ItemSounds | None
) -> Counter[str]:
    """Ask a model, write its answers as JSON Lines, and return what became of how many.

    A run that was broken off goes on where it was: answers are kept beside the file.

    Args:
        items: What is asked.
        output: Where the file goes; it appears whole.
        model: As `pipelines.answers.named.answerer_name`.
        asking: How it is asked.
        sounds: Where sounds are.

    Raises:
        ValueError: If the model cannot be asked in this way.
        RunFailedError: If it is on a server that is gone.
    """
    hears = refuse_deaf(items, asking, sounds)
    refuse_unfit(model, asking, hears=hears)
    cache = ResponseCache(kept_beside(output))
    try:
        with (
            cache,
            opened_answerer(model, None, cache, hears=hears) as answerer,
            shown(Answers.name, lambda: len(items)),
        ):
            interview = Interview(answerer, asking, cache, sounds)
            rows = interview.answers(items, lambda count: advance(Answers.name, count))
    except ServerLostError as error:
        raise RunFailedError(str(error)) from error
    source_ids = {own.item_id: own.source_id for own in items}
    lines = [json.dumps(_line(row, source_ids[row.item_id])) + "\n" for row in rows]
    write_durably(output, "".join(lines).encode())
    return Counter(became(row.status, row.reason) for row in rows)


def _line(row: Answer, source_id: str) -> dict[str, object]:
    """Return a row as `ualm evaluate benchmark --answers` and `import` read it."""
    names = ("item_id", "text", "sample", "model", "prompt", "prompt_digest", "status", "reason")
    line: dict[str, object] = {"id": source_id} | {name: getattr(row, name) for name in names}
    if row.choice_logprobs is not None:
        line["choice_logprobs"] = row.choice_logprobs
    return line
