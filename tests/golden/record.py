"""A golden value with what it was made by, as JSON."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def write_golden(path: Path, packages: tuple[str, ...], **content: object) -> None:
    """Write values, the versions of the packages that gave them, and the command.

    Args:
        path: JSON file.
        packages: Names of installed distributions.
        content: `value`, and whatever else was recorded.
    """
    versions = {"python": sys.version.split()[0]} | {name: version(name) for name in packages}
    command = f"python -W ignore -m {path.parent.resolve().relative_to(Path.cwd())} {path.stem}"
    golden = content | {"versions": versions, "command": command.replace("/", ".")}
    path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path.name}: {content['value']}\n")


def read_golden(folder: str, name: str) -> dict[str, object]:
    """Return what `tests/golden/<folder>/<name>.json` holds."""
    path = Path(__file__).parent / folder / f"{name}.json"
    golden: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return golden
