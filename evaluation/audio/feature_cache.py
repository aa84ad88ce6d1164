"""What scorers heard, kept by content: one small file a clip and scorer, whole or not there.

The name of a file is a digest of everything that its features depend on, so nothing ever goes
stale: another sound, crop, network, weight or preparation is another name.
"""

import hashlib
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load, save

from evaluation.scorers.scorer import Features
from schemas.durable import write_durably

logger = logging.getLogger(__name__)

_UNFINISHED_S = 3600.0

_DIGEST = 64
"""Hex digits of SHA-256 at the beginning of a file, over what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCache:
    """A folder of features."""

    folder: Path

    def get(self, key: str) -> Features | None:
        """Return the features under a key; None where there are none, or the file is damaged.

        A damaged file is named in the log, and the next `put` replaces it.

        Args:
            key: SHA-256 (hex) of what they depend on.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        digest, payload = content[:_DIGEST], content[_DIGEST:]
        if digest != _digest(payload):
            logger.warning("%s is damaged: its features are computed again", path)
            return None
        features: Features = load(payload)
        return features

    def put(self, key: str, features: Features) -> None:
        """Keep features under a key; a reader sees all of them or none.

        Raises:
            ValueError: If the disk is full, or the folder must not be written.
        """
        payload = save(dict(features))
        try:
            write_durably(self._path(key), _digest(payload) + payload)
        except OSError as error:
            msg = (
                f"features cannot be kept in {self.folder}: {error.strerror or error}; "
                "make room there, or give another folder by --cache"
            )
            raise ValueError(msg) from error

    def clear_unfinished(self) -> int:
        """Remove what killed runs left half written; return how many files that were.

        A file is written within seconds: one of an hour ago is nobody's any more.
        """
        before = time.time() - _UNFINISHED_S
        found = [path for path in self.folder.glob("??/.*.tmp") if path.stat().st_mtime < before]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.features"


def default_cache() -> Path:
    """Return the folder of features of this user: below `$XDG_CACHE_HOME`, or `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ualm" / "features"


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode()
