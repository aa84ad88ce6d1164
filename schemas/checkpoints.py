"""Model checkpoints in transformers' format: a local folder, or one fetched from the hub."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from schemas.ids import file_digest

_CONFIGURATION = "config.json"
_WEIGHTS = "*.safetensors"


@dataclass(frozen=True, kw_only=True)
class CheckpointKind:
    """What a kind of checkpoint consists of, and what is said where there is none."""

    expected: str
    """What was to be given, such as `a CLAP's folder or hub id`."""
    advice: str
    """What to do where nothing was found."""
    whole: str
    """What a folder has to hold, such as `config.json and *.safetensors of a CLAP`."""
    files: tuple[str, ...] = (_CONFIGURATION, _WEIGHTS)
    """Patterns of the files that are fetched."""

    def folder(self, source: str) -> Path:
        """Return the local folder of a checkpoint, fetched from the hub if it is not a path.

        Args:
            source: Folder, or hub id such as `laion/clap-htsat-fused`; with HF_HUB_OFFLINE=1
                only the local cache is searched.

        Raises:
            ValueError: If there is none, or it has no configuration or no weights.
        """
        folder = Path(source)
        if not folder.is_dir():
            folder = self._fetched(source)
        if not (folder / _CONFIGURATION).is_file() or not any(folder.glob(_WEIGHTS)):
            msg = f"{folder}: expected {self.whole}"
            raise ValueError(msg)
        return folder

    def digests(self, folder: Path) -> list[list[str]]:
        """Return [name, SHA-256 (hex)] of each file, in the order of their names.

        Gigabytes are read once, as long as neither size nor time of a file changes.

        Args:
            folder: Local folder, as `folder` returns it.
        """
        files = sorted(path for pattern in self.files for path in folder.glob(pattern))
        states = ((path, path.stat()) for path in files)
        return [[p.name, _digest(str(p), state.st_size, state.st_mtime_ns)] for p, state in states]

    def _fetched(self, source: str) -> Path:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 (commands start at once)
        from huggingface_hub.errors import (  # noqa: PLC0415
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
        )

        try:
            return Path(snapshot_download(source, allow_patterns=list(self.files)))
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError) as error:
            msg = (
                f"expected {self.expected}, found no {source!r} "
                f"({type(error).__name__}): {self.advice}"
            )
            raise ValueError(msg) from error


@lru_cache(maxsize=1024)
def _digest(path: str, _size: int, _mtime_ns: int) -> str:
    return file_digest(Path(path))
