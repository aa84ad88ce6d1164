"""A tree of audio files with a sidecar: one row a file, in JSONL or CSV.

Columns: `path` (relative to the sidecar's folder, or that of `--audio`), and, where known, `text`
(or `caption`, or in JSONL a list `texts`), `text_kind`, `text_licence`, `licence` (or `license`),
`attribution`, `uploader`, `duration` (s). Other columns are passed over.
"""

import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from pipelines.sources.audio_files import LocalFiles
from pipelines.sources.fetch import is_url, shown
from pipelines.sources.sidecar import Row, rows
from pipelines.sources.source import Received, Refusal, SourceItem, Text, slug
from schemas.audio.sound import Limits
from schemas.corpus import TEXT_KINDS

_KIND_NAMES = {"class_label": "label", "file_name": "title", "caption": "human"}
"""Names of text kinds that sidecars use beside our own."""

_STRINGS = ("licence", "license", "attribution", "uploader", "text_licence", "text_kind")


class _RowError(ValueError):
    """A row is refused."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason=reason, detail=detail)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Audio files listed by a sidecar; see the module for its columns."""

    sidecar: Path
    """The JSONL or CSV file; paths are relative to its folder."""
    audio: Path | None = None
    """A folder that paths may lead into beside the sidecar's own, through links too, and where
    they are looked for if there is nothing beside the sidecar; they may leave neither."""
    name: str
    """Name of the source: ids depend on it, so that the folder may move."""
    text_kind: str = "human"
    """What the texts are where a row does not say."""
    texts_only: bool = False
    """Whether to look for no sound."""

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return f"folder-{slug(self.name)}"

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {"source": self.name, "text_kind": self.text_kind}

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield one item for each row of the sidecar.

        Raises:
            ValueError: If the sidecar cannot be read as one.
        """
        folders = tuple(folder.resolve() for folder in self._folders)
        for row in rows(self.sidecar, position):
            yield self._item(folders, row)

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode the item's file.

        Raises:
            DecodeError: If it is refused.
        """
        files = LocalFiles(folder=_folder_of(self._folders, item.source_id))
        return files.receive(item.source_id, None, limits, item.duration_s)

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (self.sidecar.parent, *([self.audio] if self.audio else []))

    def _item(self, folders: tuple[Path, ...], row: Row) -> SourceItem:
        unnamed = SourceItem(source_id=f"row:{row.digest[:16]}", position=row.position)
        try:
            source_id = _source_id(row)
        except _RowError as error:
            return _refused(unnamed, (row.digest,), error.refusal)
        named = SourceItem(source_id=source_id, uri=source_id, position=row.position)
        try:
            size, modified = (0, 0) if self.texts_only else _size_and_time(folders, source_id)
        except _RowError as error:
            return _refused(named, (row.digest,), error.refusal)
        # Size and time stand for the bytes: hashing a corpus of 30M files takes days, asking for
        # their sizes minutes. A copy with new times is read again, which costs time, never truth.
        fingerprint = (row.digest, size, modified)
        try:
            return self._described(named, fingerprint, size, row.values)
        except _RowError as error:
            return _refused(named, fingerprint, error.refusal)

    def _described(
        self, named: SourceItem, fingerprint: tuple[str | int, ...], size: int, row: dict[str, Any]
    ) -> SourceItem:
        strings = {name: _string(row, name) for name in _STRINGS}
        licence = strings["licence"] or strings["license"]
        kind = strings["text_kind"] or self.text_kind
        kind = _KIND_NAMES.get(kind, kind)
        if kind not in TEXT_KINDS:
            accepted = ", ".join((*TEXT_KINDS, *_KIND_NAMES))
            raise _RowError("unknown_text_kind", f"expected one of {accepted}; got {kind!r}")
        texts = tuple(
            Text(text=t, kind=kind, licence=strings["text_licence"] or licence, model=self.name)
            for t in _texts(row)
        )
        return SourceItem(
            source_id=named.source_id,
            uri=named.uri,
            position=named.position,
            fingerprint=fingerprint,
            size=size,
            texts=texts,
            licence=licence,
            attribution=strings["attribution"],
            uploader=strings["uploader"],
            duration_s=_duration(row),
            has_sound=not self.texts_only,
        )


def folder_source(
    sidecar: Path,
    name: str | None = None,
    text_kind: str = "human",
    *,
    audio: Path | None = None,
) -> Folder:
    """Return the source of a sidecar file.

    Args:
        sidecar: The JSONL or CSV file.
        name: Name of the source; by default that of the folder and the file.
        text_kind: What the texts are where a row does not say.
        audio: Folder of sounds that paths may lead into, beside the sidecar's own.

    Raises:
        ValueError: If there is no such file or folder, or the text kind is unknown.
    """
    if not sidecar.is_file():
        found = "a folder" if sidecar.is_dir() else "nothing"
        msg = (
            f"expected a sidecar file (JSONL or CSV with a column `path`), found {found} "
            f"at {sidecar}"
        )
        raise ValueError(msg)
    if text_kind not in TEXT_KINDS:
        msg = f"expected a text kind of {', '.join(TEXT_KINDS)}; got {text_kind!r}"
        raise ValueError(msg)
    if audio is not None and not audio.is_dir():
        found = f"{'a file' if audio.is_file() else 'nothing'} at {audio}"
        if ":/" in str(audio):  # it may hold a password
            found = "a URL"
        msg = f"expected a local folder that the sidecar's paths may lead into, found {found}"
        raise ValueError(msg)
    default = f"{sidecar.resolve().parent.name}-{sidecar.stem}"
    return Folder(
        sidecar=sidecar.resolve(),
        audio=audio and audio.resolve(),
        name=name or slug(default),
        text_kind=text_kind,
    )


def _refused(item: SourceItem, fingerprint: tuple[str | int, ...], refusal: Refusal) -> SourceItem:
    return SourceItem(
        source_id=item.source_id,
        uri=item.uri,
        position=item.position,
        fingerprint=(*fingerprint, refusal.reason),
        refusal=refusal,
    )


def _source_id(row: Row) -> str:
    """Return the normalised relative path."""
    if row.refusal:
        raise _RowError(row.refusal.reason, row.refusal.detail)
    path = _string(row.values, "path")
    if path is None:
        columns = ", ".join(sorted(row.values))[:200] or "none"
        columns = columns.encode("utf-8", "backslashreplace").decode()
        raise _RowError("bad_row", f"expected a path in the column `path`; got columns: {columns}")
    if "\0" in path:
        raise _RowError("bad_row", "expected a path, got one with a NUL character")
    if is_url(path):  # kept as an id it would show its password
        raise _RowError("bad_row", f"expected a path beside the sidecar, got {shown(path)}")
    return os.path.normpath(path)


def _folder_of(folders: tuple[Path, ...], source_id: str) -> Path:
    """Return the first folder that has a name, the last one if none has it."""
    return next((f for f in folders[:-1] if os.path.lexists(f / source_id)), folders[-1])


def _size_and_time(folders: tuple[Path, ...], source_id: str) -> tuple[int, int]:
    """Return them of a name's file; links lead into the folders alone."""
    beside = _folder_of(folders, source_id)
    path = Path(os.path.realpath(beside / source_id))
    if not any(path.is_relative_to(folder) for folder in folders):
        raise _RowError("path_escapes", _escape(folders, beside, source_id))
    try:
        status = path.stat()
    except OSError as error:
        raise _RowError("missing_audio", f"{source_id}: {error.strerror or error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise _RowError("missing_audio", f"expected a file, got a folder or device: {source_id}")
    return status.st_size, status.st_mtime_ns


def _escape(folders: tuple[Path, ...], folder: Path, source_id: str) -> str:
    """Say which link of a name leads out and where to, or that the name itself does."""
    where = "the sidecar's folder" + (" and that of --audio" if len(folders) > 1 else "")
    if Path(source_id).is_absolute() or Path(source_id).parts[:1] == (os.pardir,):
        return f"expected a path inside the sidecar's folder, or that of --audio: {source_id}"
    path = folder / source_id
    steps = [path, *path.parents][: len(path.relative_to(folder).parts)]
    led = ((step, Path(os.path.realpath(step))) for step in reversed(steps))
    link, target = next(pair for pair in led if not any(map(pair[1].is_relative_to, folders)))
    named = target if link != path else target.parent
    said = (
        f"a symbolic link leads out of {where}: {link.relative_to(folder)} -> {target}; if your "
        f"sounds are there, and the sidecar may name all that is, add --audio {quote(str(named))}"
    )
    return said.encode("utf-8", "backslashreplace").decode()


def _string(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _RowError("bad_row", f"expected a text in `{name}`, got {type(value).__name__}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _RowError("encoding", f"expected UTF-8 in `{name}`: {error.reason}") from error
    return value


def _texts(row: dict[str, Any]) -> list[str]:
    """Return the texts in order, each once, without blank ones."""
    several = row.get("texts", [])
    if not isinstance(several, list):
        raise _RowError("bad_row", f"expected a list in `texts`, got {type(several).__name__}")
    listed = [_string({"texts": text}, "texts") for text in several]
    found = [_string(row, "text"), _string(row, "caption"), *listed]
    return list(dict.fromkeys(text for text in found if text is not None and text.strip()))


def _duration(row: dict[str, Any]) -> float | None:
    value = row.get("duration")
    if value is None or value == "":
        return None
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise _RowError("bad_row", f"expected a positive duration in seconds, got {value!r}")
    return seconds
