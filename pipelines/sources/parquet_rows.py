"""Sounds of a Parquet file, row by row in order, without a row group in memory."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.audio.sound import DecodeError

BATCH = 16
"""Rows decoded at once: 16 sounds of 10 s are about 15 MB."""

_KEPT = 16
"""Batches behind the newest that are kept for threads that come late."""


@dataclass(kw_only=True)
class _Cursor:
    """Rows of one row group, read forwards."""

    path: Path
    group: int
    column: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    batches: dict[int, Any] = field(default_factory=dict)
    stream: Iterator[Any] | None = None
    next_batch: int = 0

    def row(self, index: int) -> dict[str, Any] | None:
        wanted = index // BATCH
        with self.lock:
            if wanted not in self.batches and wanted < self.next_batch:
                self.stream = None  # too far behind: read the row group again
            while wanted not in self.batches:
                self._advance()
            value: dict[str, Any] | None = self.batches[wanted][index % BATCH].as_py()
            return value

    def _advance(self) -> None:
        if self.stream is None:
            opened = pq.ParquetFile(self.path)
            self.stream = opened.iter_batches(
                batch_size=BATCH, row_groups=[self.group], columns=[self.column]
            )
            self.batches, self.next_batch = {}, 0
        batch = next(self.stream, None)
        if batch is None:
            raise DecodeError("missing_audio", f"{self.path.name}: it has fewer rows now")
        self.batches[self.next_batch] = batch.column(0)
        self.batches.pop(self.next_batch - _KEPT, None)
        self.next_batch += 1


@lru_cache(maxsize=4)
def _cursor(path: Path, changed: int, group: int, column: str) -> _Cursor:  # noqa: ARG001 (key)
    return _Cursor(path=path, group=group, column=column)


def sound_row(path: Path, group: int, index: int, column: str) -> dict[str, Any]:
    """Return `bytes` and `path` of a row.

    Args:
        path: The file.
        group: Its row group.
        index: Row inside the group.
        column: Name of the column of sounds.

    Raises:
        DecodeError: If the file cannot be read, or holds no sound there.
    """
    try:
        changed = path.stat().st_mtime_ns
        value = _cursor(path, changed, group, column).row(index)
    except (OSError, pa.ArrowException) as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DecodeError("unreadable", f"{path.name}: {said}") from error
    if value is None:
        raise DecodeError("missing_audio", "expected a sound in the row, it holds none")
    return value
