"""Which commit of the suite made a report."""

import shutil
import subprocess
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def suite_commit(root: Path = _ROOT) -> str | None:
    """Return the commit that is checked out, with `-dirty` if files differ from it.

    Args:
        root: Folder that holds the packages.

    Returns:
        Twelve hex digits of the commit; None outside a checkout or without git.
    """
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    described = subprocess.run(  # noqa: S603 (git itself, fixed arguments)
        [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None
