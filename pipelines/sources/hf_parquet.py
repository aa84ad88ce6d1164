"""Parquet as Hugging Face writes it: a column of sounds (struct of bytes and path) and texts.

A listing reads the texts and paths only. A sound whose bytes are not in the file is looked for by
its path, relative to the file's folder or the place that the user names.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.audio_files import AudioFiles
from pipelines.sources.fetch import LARGEST, is_url, without_user
from pipelines.sources.named import SourceOptions
from pipelines.sources.parquet_columns import Columns, columns_of
from pipelines.sources.parquet_rows import sound_row
from pipelines.sources.places import audio_files, ends_of
from pipelines.sources.several import SetFiles, name_of_set, place_of, position_of, set_files
from pipelines.sources.source import Defect, Received, Refusal, SourceItem, Text, slug
from pipelines.sources.tar_files import decoded
from schemas.audio.sound import DecodeError, Limits

_SUBSET = re.compile(r"([A-Za-z][A-Za-z_.]*?)(?:[-_.]\d+(?:-of-\d+)?)?(?:-[0-9a-f]{16})?\.parquet")
_BATCH = 256
_UNREADABLE = (OSError, ValueError, pa.ArrowException)
_NO_TEXT = Defect(
    reason="no_text",
    detail="expected a text in the row; its sound is kept without",
    decision="quarantine",
)


@dataclass(frozen=True, kw_only=True)
class HfParquet:
    """Rows of Parquet files."""

    files: SetFiles
    sounds: AudioFiles
    """Where sounds are that the files only name."""
    options: SourceOptions
    name: str

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return f"hf-{slug(self.name)}"

    @property
    def part(self) -> str | None:
        """The part that is read; None for all of them."""
        return self.options.subset

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {
            "source": self.name,
            "text_kind": self.options.text_kind,
            "text_column": self.options.text_column,
            "licence": self.options.licence,
            "texts_only": self.options.texts_only,
        }

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield a row an item, from a position on."""
        first, row = place_of(position)
        for index in range(first, len(self.files.names)):
            yield from self._file_items(index, row if index == first else 0)

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode a row's sound.

        Raises:
            DecodeError: If it is refused.
        """
        index, row = place_of(item.position)
        path = self.files.path(index)
        try:
            layout = _layout(path, path.stat().st_mtime_ns, self.options.text_column)
        except _UNREADABLE as error:
            raise DecodeError("unreadable", _said(path, error)) from error
        group, inside = layout.place(row)
        value = sound_row(path, group, inside, layout.audio)
        data = value.get("bytes")
        if data is None:
            found = self.sounds.find(ends_of(str(value.get("path") or "")))
            if found is None:
                raise DecodeError("missing_audio", "neither bytes nor a file of that path")
            return self.sounds.receive(found.uri, found.member, limits, item.duration_s)
        if len(data) > LARGEST:
            raise DecodeError("too_large", f"expected at most {LARGEST} bytes, got {len(data)}")
        return decoded(bytes(data), limits, item.duration_s)

    def _file_items(self, index: int, start: int) -> Iterator[SourceItem]:
        """Yield a file's rows; where it breaks off, what is wrong with it."""
        path = self.files.path(index)
        row = start
        try:
            changed = path.stat().st_mtime_ns
            opened = pq.ParquetFile(path)
            columns = columns_of(
                opened.schema_arrow, self.options.text_column, texts_only=self.options.texts_only
            )
            for at, values, size in _rows(opened, columns, start):
                item = self._item(columns, values, (index, at))
                fingerprint = (*item.fingerprint, changed)
                item = replace(item, size=size or 0, fingerprint=fingerprint)
                yield self._by_path(item) if size is None else item
                row = at + 1
        except _UNREADABLE as error:
            yield SourceItem(
                source_id=f"{self.files.names[index]}:file",
                position=position_of(index, row),
                fingerprint=("unreadable",),
                uri=self.files.names[index],
                refusal=Refusal(reason="unreadable", detail=_said(path, error)),
            )

    def _item(self, columns: Columns, values: dict[str, Any], at: tuple[int, int]) -> SourceItem:
        index, row = at
        name = self.files.names[index]
        path = (values.get(columns.audio) or {}).get("path") if columns.audio else None
        texts = _texts(columns, values, self.options.text_kind, self.name)
        facts = {fact: values.get(column) for fact, column in columns.facts.items()}
        licence = facts.get("licence") or self.options.licence
        match = _SUBSET.fullmatch(Path(name).name)
        return SourceItem(
            source_id=f"{name}:{row}",
            position=position_of(index, row),
            fingerprint=(hashlib.sha256(repr((texts, path)).encode()).hexdigest(),),
            uri=name,
            member=without_user(path) if path and is_url(path) else path,
            texts=tuple(replace(text, licence=licence) for text in texts),
            licence=licence,
            attribution=facts.get("attribution"),
            uploader=facts.get("uploader"),
            subset=match[1] if match else None,
            has_sound=not self.options.texts_only,
            defects=() if texts or columns.text is None else (_NO_TEXT,),
        )

    def _by_path(self, item: SourceItem) -> SourceItem:
        """Look for a sound that the file only names."""
        if not item.has_sound:
            return item
        try:
            found = self.sounds.find(ends_of(item.member or ""))
        except DecodeError as error:
            return item.refused(Refusal(reason=error.reason, detail=error.detail))
        if found is None:
            detail = f"no bytes, and no file {item.member!r}"
            return item.refused(Refusal(reason="missing_audio", detail=detail))
        fingerprint = (*item.fingerprint, *found.fingerprint)
        return replace(item, size=found.size, fingerprint=fingerprint)


def hf_parquet_source(given: str, options: SourceOptions) -> HfParquet:
    """Return the source of a Parquet file, a glob of such, or a folder.

    Raises:
        ValueError: If there is none, or the columns cannot be told.
    """
    files = set_files(given, (".parquet",))
    if options.subset is not None:
        kept = tuple(name for name in files.names if _subset(name) == options.subset)
        if not kept:
            found = ", ".join(sorted({str(_subset(name)) for name in files.names}))
            msg = f"expected files of the subset {options.subset!r}; there are {found}"
            raise ValueError(msg)
        files = replace(files, names=kept)
    try:
        schema = pq.read_schema(files.path(0))
    except _UNREADABLE as error:
        msg = f"expected Parquet: {_said(files.path(0), error)}"
        raise ValueError(msg) from error
    columns_of(schema, options.text_column, texts_only=options.texts_only)
    place = options.audio or str(files.path(0).parent)
    name = options.name or slug(name_of_set(given))
    return HfParquet(
        files=files,
        sounds=audio_files(place, options.allow_private),
        options=options,
        name=name,
    )


def _subset(name: str) -> str | None:
    match = _SUBSET.fullmatch(Path(name).name)
    return match[1] if match else None


def _rows(
    opened: Any, columns: Columns, start: int
) -> Iterator[tuple[int, dict[str, Any], int | None]]:
    """Yield each row with its number and the bytes of its sound; None if it only names one.

    Bytes are the average of the row group: asking for each would read the sounds.
    """
    listed = columns.listed if columns.audio else columns.listed[1:]
    row = 0
    for group in range(opened.metadata.num_row_groups):
        facts = opened.metadata.row_group(group)
        if row + facts.num_rows <= start:
            row += facts.num_rows
            continue
        size = _sound_bytes(facts, columns.audio)
        for batch in opened.iter_batches(_BATCH, row_groups=[group], columns=listed):
            for values in batch.to_pylist():
                if row >= start:
                    yield row, values, size
                row += 1


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where the rows of a file are."""

    audio: str
    ends: tuple[int, ...]
    """Rows up to the end of each row group."""

    def place(self, row: int) -> tuple[int, int]:
        group = bisect_right(self.ends, row)
        if group == len(self.ends):
            raise DecodeError("missing_audio", "the file has fewer rows now")
        return group, row - (self.ends[group - 1] if group else 0)


@lru_cache(maxsize=64)
def _layout(path: Path, changed: int, text_column: str | None) -> _Layout:  # noqa: ARG001 (key)
    opened = pq.ParquetFile(path)
    columns = columns_of(opened.schema_arrow, text_column, texts_only=False)
    groups = range(opened.metadata.num_row_groups)
    ends = accumulate(opened.metadata.row_group(group).num_rows for group in groups)
    return _Layout(audio=columns.audio, ends=tuple(ends))


def _sound_bytes(facts: Any, column: str) -> int | None:
    """Return the bytes of a sound in a row group on average; None if it holds none itself."""
    for index in range(facts.num_columns):
        chunk = facts.column(index)
        if chunk.path_in_schema == f"{column}.bytes":
            statistics = chunk.statistics
            nulls = statistics.null_count if statistics and statistics.has_null_count else 0
            held = nulls < facts.num_rows
            return int(chunk.total_compressed_size // max(1, facts.num_rows)) if held else None
    return None


def _texts(columns: Columns, values: dict[str, Any], kind: str, model: str) -> list[Text]:
    value = values.get(columns.text) if columns.text else None
    listed = value if isinstance(value, list) else [value]
    if columns.labels:
        names = dict(enumerate(columns.labels))
        listed = [names.get(one) if isinstance(one, int) else None for one in listed]
    texts = [one for one in listed if isinstance(one, str) and one.strip()]
    rows = [Text(text=t, kind=columns.kind or kind, licence=None, model=model) for t in texts]
    return list(dict.fromkeys(rows))


def _said(path: Path, error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{path.name}: {lines[0][:300] if lines else type(error).__name__}"
