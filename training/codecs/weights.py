"""Files beside a lake's tables that say which codec weights it uses.

`<name>-<digest>.safetensors` are fitted weights, never changed; `<name>.json` names the current
ones; `<name>-<digest>.json` says where weights that live elsewhere were found.
"""

import json
from pathlib import Path
from typing import Any

from schemas.durable import write_durably

DIGITS = 12
"""Hex digits of a weights digest in a codec's id."""


def codec_id(name: str, digest: str) -> str:
    """Return a codec's id.

    Example:
        >>> codec_id("mel-rvq", "0123456789abcdef")
        'mel-rvq@0123456789ab'
    """
    return f"{name}@{digest[:DIGITS]}"


def write_pointer(path: Path, pointer: dict[str, Any]) -> None:
    """Write a small JSON file durably."""
    write_durably(path, (json.dumps(pointer, indent=1, sort_keys=True) + "\n").encode())


def read_pointer(path: Path) -> dict[str, Any] | None:
    """Return what a pointer says, or None if there is none.

    Raises:
        ValueError: If the file is not a JSON object.
    """
    if not path.is_file():
        return None
    try:
        pointer = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path}: expected JSON ({error}); restore it, or fit again with --refit"
        raise ValueError(msg) from error
    if not isinstance(pointer, dict):
        msg = f"{path}: expected a JSON object, got {type(pointer).__name__}"
        raise ValueError(msg)  # noqa: TRY004 (a damaged file, not a caller's type)
    return pointer
