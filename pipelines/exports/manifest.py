"""What an export was made of: written into it, and remembered by the lake for takedowns."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.exports.folder import FileFacts
from pipelines.exports.rows import Choice, Left
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES
from schemas.training import Run

NAME = "export.json"
TABLES_READ = ("recordings", "clips", "audio", "captions", "conversations", "decisions")


def versions_read(lake: Lake) -> dict[str, int]:
    """Return the versions of the tables that an export reads."""
    return {name: lake.version(name) for name in TABLES_READ if lake.version(name) >= 0}


def manifest(
    kind: str,
    versions: dict[str, int],
    choice: Choice,
    left: Left,
    files: list[FileFacts],
) -> dict[str, Any]:
    """Return an export's manifest as JSON values; equal lakes give equal ones."""
    policy = choice.rights.policy
    return {
        "format": kind,
        "table_versions": versions,
        "policy": None if policy is None else policy.model_dump(mode="json"),
        "split": choice.split,
        "clips": left.clips,
        "captions": left.captions,
        "conversations": left.conversations,
        "hours": round(left.hours, 6),
        "left_behind": {reason: n for reason, n in sorted(left.behind.items()) if n},
        "files": [asdict(file) for file in files],
    }


def write_manifest(folder: Path, told: dict[str, Any]) -> None:
    """Write a manifest into an export."""
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def remember(lake: Lake, output: Path, told: dict[str, Any], seconds: float) -> str:
    """Give the lake a row of `runs` about an export, so that a takedown can name it.

    Returns:
        The run's id, which holds the name of the export's folder.
    """
    digest = digest_of(told)
    run_id = f"export-{told['format']}-{_token(output.name)}-{digest[:12]}"
    configuration = {name: told[name] for name in ("format", "split", "policy")}
    run = Run(
        run_id=run_id,
        command="export",
        name=str(told["format"]),
        configuration=json.dumps(configuration | {"folder": output.name}, sort_keys=True),
        table_versions=json.dumps(told["table_versions"], sort_keys=True),
        status="finished",
        seconds=seconds,
    )
    lake.put("runs", f"export.{run_id}", TABLES["runs"].from_rows([run]), step="export")
    return run_id


def _token(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "_@+-") else "-" for c in name)[:60]
