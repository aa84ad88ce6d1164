"""Plain Parquet for Hugging Face: one row a clip, its captions in lists, a card and Croissant."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.exports.card import write_card
from pipelines.exports.columns import COLUMNS, SCHEMA, compression
from pipelines.exports.croissant import write_croissant
from pipelines.exports.folder import facts_of
from pipelines.exports.form import MIB, Form, Told
from pipelines.exports.rows import Sounding

_GROUP_BYTES = 16 * MIB


class HuggingFace(Form):
    """`data/SPLIT-00000.parquet` and so on, README.md and croissant.json."""

    def __init__(self, *given: Any) -> None:
        """Begin; see `Form`."""
        super().__init__(*given)
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._waiting: dict[str, int] = {}
        self._open: dict[str, tuple[pq.ParquetWriter, int]] = {}
        self._count: dict[str, int] = {}
        self.examples: dict[str, int] = {}
        """Rows of each split."""
        (self.folder / "data").mkdir()

    def add(self, clip: Sounding) -> None:
        """Take a clip; a row group is written for each 16 MiB, or for each file if it is less."""
        split = clip.split
        self._rows.setdefault(split, []).append(row_of(clip))
        self._waiting[split] = self._waiting.get(split, 0) + len(clip.flac)
        self.examples[split] = self.examples.get(split, 0) + 1
        if self._waiting[split] >= min(_GROUP_BYTES, self.options.shard_bytes):
            self._write(split)

    def finish(self) -> None:
        """Write what waits, and close the files."""
        for split in sorted(self._rows):
            self._write(split)
        for writer, _ in self._open.values():
            writer.close()

    def describe(self, told: Told) -> None:
        """Write the card and the Croissant metadata."""
        files = [file for file in facts_of(self.folder) if file.path.startswith("data/")]
        write_croissant(self.folder, self.options, told, files, COLUMNS)
        write_card(self.folder, self.options, told, files, self.examples)

    def _write(self, split: str) -> None:
        rows = self._rows.pop(split, [])
        size = self._waiting.pop(split, 0)
        if not rows:
            return
        writer, written = self._open.get(split, (None, 0))
        if writer is None or (written and written + size > self.options.shard_bytes):
            if writer is not None:
                writer.close()
            index = self._count.get(split, -1) + 1
            self._count[split] = index
            path = self.folder / "data" / f"{split}-{index:05d}.parquet"
            writer = self.files.enter_context(
                pq.ParquetWriter(path, SCHEMA, compression=compression(), use_dictionary=False)
            )
            written = 0
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
        self._open[split] = writer, written + size


def row_of(clip: Sounding) -> dict[str, Any]:
    """Return a clip as a row."""
    texts = clip.captions
    return {
        "clip_id": clip.clip_id,
        "audio": {"bytes": clip.flac, "path": f"{clip.clip_id}.flac"},
        "captions": [text.text for text in texts],
        "caption_kinds": [text.kind for text in texts],
        "caption_licenses": [text.licence or text.licence_stated for text in texts],
        "caption_models": [text.model for text in texts],
        "duration_s": clip.duration_s,
        "start_s": clip.start_s,
        "recording_id": clip.recording_id,
        "source": clip.source,
        "source_id": clip.source_id,
        "original": clip.original,
        "url": clip.link,
        "license": clip.licence or clip.licence_stated,
        "license_stated": clip.licence_stated,
        "attribution": clip.attribution,
        "uploader": clip.uploader,
    }
