"""WebDataset: `KEY.flac` beside `KEY.json` in plain tars, equal bytes for equal rows."""

import io
import json
import tarfile
from dataclasses import asdict
from typing import Any

from pipelines.exports.form import Form
from pipelines.exports.rows import Sounding

_BLOCK = tarfile.BLOCKSIZE


class WebDataset(Form):
    """Tars of `SPLIT-00000.tar` and so on, laid out as LAION's: text, tag, original_data."""

    def __init__(self, *given: Any) -> None:
        """Begin; see `Form`."""
        super().__init__(*given)
        self._open: dict[str, tuple[tarfile.TarFile, int]] = {}
        """The tar that is written of each split, and its bytes."""
        self._count: dict[str, int] = {}

    def add(self, clip: Sounding) -> None:
        """Write a clip's two members next to each other."""
        told = json.dumps(described(clip), sort_keys=True, ensure_ascii=False).encode()
        members = ((f"{clip.clip_id}.flac", clip.flac), (f"{clip.clip_id}.json", told))
        size = sum(_BLOCK + -(-len(data) // _BLOCK) * _BLOCK for _, data in members)
        tar, written = self._tar(clip.split, size)
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(data))
        self._open[clip.split] = tar, written + size

    def finish(self) -> None:
        """Close the tars."""
        for tar, _ in self._open.values():
            tar.close()
        self._open.clear()

    def _tar(self, split: str, size: int) -> tuple[tarfile.TarFile, int]:
        tar, written = self._open.get(split, (None, 0))
        if tar is not None and written + size <= self.options.shard_bytes:
            return tar, written
        if tar is not None:
            tar.close()
        index = self._count.get(split, -1) + 1
        self._count[split] = index
        path = self.folder / f"{split}-{index:05d}.tar"
        new = self.files.enter_context(tarfile.TarFile(path, "w", format=tarfile.USTAR_FORMAT))
        return new, 0


def described(clip: Sounding) -> dict[str, Any]:
    """Return a clip's JSON: texts, rights, and what is known of its recording."""
    return {
        "text": [text.text for text in clip.captions],
        "tag": [],
        "license": clip.licence or clip.licence_stated,
        "attribution": clip.attribution,
        "uploader": clip.uploader,
        "url": clip.link,
        "sample_rate": clip.sample_rate,
        "duration": clip.duration_s,
        "original_data": {
            "clip_id": clip.clip_id,
            "recording_id": clip.recording_id,
            "source": clip.source,
            "source_id": clip.source_id,
            "original": clip.original,
            "start_s": clip.start_s,
            "license_stated": clip.licence_stated,
            "captions": [asdict(text) for text in clip.captions],
        },
    }
