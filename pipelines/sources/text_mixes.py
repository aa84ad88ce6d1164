"""Text data: questions and answers without sound, in JSON lines, JSON arrays or Parquet.

Rows of the UALM release `{input: [{role, content}], output}`; of Llama-Nemotron's post-training
set the same with `category`, `license`, `system_prompt`, and `input` also as one text; of AceMath
`{messages: [{role, content}], answer}`. Thinking stays in the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.json_rows import SUFFIXES, JsonRow, json_rows
from pipelines.sources.named import SourceOptions
from pipelines.sources.several import SetFiles, place_of, position_of, set_files
from pipelines.sources.source import Received, Refusal, SourceItem, Talk, slug
from pipelines.sources.turns import Turns, TurnsError, answered, messages_of, turns_digest
from schemas.audio.sound import DecodeError, Limits

_SAID = ("input", "messages", "conversations", "prompt")
_ANSWERS = ("output", "answer", "response")
_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class TextMix:
    """Conversations in text alone."""

    files: SetFiles
    name: str
    licence: str | None
    """Of rows that state none."""
    part: str | None = None
    """Category to read; all if None."""

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return slug(self.name)

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {"source": self.name, "licence": self.licence}

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield a row an item.

        Raises:
            ValueError: If a file cannot be read as what it is called.
        """
        first, at = place_of(position)
        for index, name in enumerate(self.files.names[first:], first):
            start = at if index == first else 0
            parquet = name.lower().endswith(".parquet")
            read = _parquet_rows if parquet else json_rows
            for row in read(self.files.path(index), start):
                item = self._item(index, row)
                if self.part is None or item.subset == self.part:
                    yield item

    def receive(self, item: SourceItem, limits: Limits) -> Received:  # noqa: ARG002 (there is none)
        """Refuse: there is no sound.

        Raises:
            DecodeError: Always.
        """
        raise DecodeError("missing_audio", f"expected text alone, {item.source_id} has no sound")

    def _item(self, index: int, row: JsonRow) -> SourceItem:
        name = self.files.names[index]
        item = SourceItem(
            source_id=f"{name}:row:{row.position}",
            position=position_of(index, row.position),
            fingerprint=(name,),
            uri=name,
            has_sound=False,
        )
        if row.refusal is not None:
            return item.refused(row.refusal)
        category = row.values.get("category")
        subset = category if isinstance(category, str) and category else _part(name)
        item = replace(item, subset=subset)
        try:
            turns = turns_of(row.values)
        except TurnsError as error:
            return item.refused(Refusal(reason=error.reason, detail=str(error)))
        digest = turns_digest(turns)
        stated = row.values.get("license", row.values.get("licence"))
        licence = stated if isinstance(stated, str) and stated.strip() else self.licence
        return replace(
            item,
            source_id=digest,
            fingerprint=(str(licence), subset),
            talks=(Talk(talk_id=digest, turns=turns, licence=licence),),
            licence=licence,
        )


def text_mix_source(given: str, options: SourceOptions, name: str, licence: str | None) -> TextMix:
    """Return the source of a file, a glob of files, or a folder.

    Args:
        given: Where the rows are.
        options: What else was said.
        name: Name of the set, where none was given.
        licence: Licence as the set states it, where its rows state none.

    Raises:
        ValueError: If there is nothing.
    """
    return TextMix(
        files=set_files(given, (*SUFFIXES, ".parquet")),
        name=options.name or name,
        licence=options.licence or licence,
        part=options.subset,
    )


def turns_of(values: dict[str, Any]) -> Turns:
    """Return the turns of a row: its system prompt, what was said, and the answer.

    Raises:
        TurnsError: If they are not there.

    Example:
        >>> turns_of({"input": "1+1?", "output": "<think>easy</think>2"})
        (('user', '1+1?'), ('assistant', '<think>easy</think>2'))
    """
    said = next((values[key] for key in _SAID if values.get(key)), None)
    if said is None:
        raise TurnsError("bad_row", f"expected one of {', '.join(_SAID)}")
    turns = messages_of(said)
    system = values.get("system_prompt")
    if isinstance(system, str) and system.strip() and turns[0][0] != "system":
        turns = (*messages_of([{"role": "system", "content": system}]), *turns)
    answer = next((values[key] for key in _ANSWERS if values.get(key)), None)
    if turns[-1][0] != "assistant" and answer is not None:
        turns = (*turns, *messages_of([{"role": "assistant", "content": answer}]))
    return answered(turns)


def _parquet_rows(path: Path, start: int) -> Iterator[JsonRow]:
    """Yield the rows of a Parquet file from a row on; where it breaks off, what is wrong."""
    row = start
    try:
        opened = pq.ParquetFile(path)
        wanted = [*_SAID, *_ANSWERS, "system_prompt", "license", "licence", "category"]
        names = [name for name in wanted if name in opened.schema_arrow.names]
        at = 0
        for group in range(opened.metadata.num_row_groups):
            count = opened.metadata.row_group(group).num_rows
            if at + count <= start:
                at += count
                continue
            for batch in opened.iter_batches(_BATCH, row_groups=[group], columns=names):
                for values in batch.to_pylist():
                    if at >= start:
                        yield JsonRow(position=at, values=values)
                        row = at + 1
                    at += 1
    except (OSError, ValueError, pa.ArrowException) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        refusal = Refusal(reason="unreadable", detail=f"{path.name}: {lines[0][:300]}")
        yield JsonRow(position=row, values={}, refusal=refusal)


def _part(name: str) -> str:
    """Return the part of a set that a file belongs to: its folder, else its own name."""
    parent = Path(name).parent.name
    return parent or Path(name).name.split(".")[0]
