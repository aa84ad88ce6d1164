"""Checkpoints of transformers on a disk, not loaded: a folder, a hub id, or a GGUF file."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from schemas.checkpoints import CheckpointKind
from schemas.ids import digest_of

_CHECKPOINT = CheckpointKind(
    expected="a language model's folder, GGUF file or hub id",
    advice=(
        "download it on a machine with internet (`hf download Qwen/Qwen2.5-7B-Instruct "
        "--local-dir qwen2.5-7b`) and give that folder, or a server openai:MODEL@BASE_URL"
    ),
    whole="config.json and *.safetensors of a language model, or one *.gguf file",
    files=("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"),
)
_UNSAFE = re.compile(r"[^a-z0-9.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCheckpoint:
    """A checkpoint that is there."""

    folder: Path
    gguf: str | None
    """File of the folder that holds all of it, None if it is in transformers' own format."""
    kind: str
    """`model_type` of its configuration; the file's name for GGUF."""
    name: str
    """Kind and digest of its files: what tables hold."""


def local_checkpoint(source: str) -> LocalCheckpoint:
    """Return a checkpoint on this machine, fetched from the hub if it is no path.

    Args:
        source: Folder, file ending in .gguf, folder with one such file, or hub id.

    Raises:
        ValueError: If there is none, or a folder holds several GGUF files and nothing else.
    """
    path = Path(source)
    if path.is_file() and path.suffix == ".gguf":
        return _gguf(path)
    if path.is_dir() and not (path / "config.json").is_file():
        files = sorted(path.glob("*.gguf"))
        if len(files) > 1:
            names = ", ".join(file.name for file in files)
            msg = f"{source}: expected one GGUF file, got {names}; give the file itself"
            raise ValueError(msg)
        if files:
            return _gguf(files[0])
    folder = _CHECKPOINT.folder(source)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = str(config.get("model_type"))
    digest = digest_of(_CHECKPOINT.digests(folder))[:12]
    return LocalCheckpoint(
        folder=folder, gguf=None, kind=kind, name=f"{kind.replace('_', '-')}@{digest}"
    )


def _gguf(path: Path) -> LocalCheckpoint:
    files = CheckpointKind(expected="", advice="", whole="", files=(path.name,))
    kind = _UNSAFE.sub("-", path.stem.lower())
    digest = digest_of(files.digests(path.parent))[:12]
    return LocalCheckpoint(folder=path.parent, gguf=path.name, kind=kind, name=f"{kind}@{digest}")
