"""What every command does with a user's mistake: one clear line, and an exit code."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

logger = logging.getLogger(__name__)


class RunFailedError(RuntimeError):
    """A run failed for a reason outside this program, such as a runner that could not start."""


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn expected errors into one line on stderr: exit code 2 for a mistake, 1 for a failure.

    ValueError and OSError are a user's (a wrong option, a missing file); a lake that cannot be
    written, that another writer changed meanwhile, or a runner that fails, is a failed run. All
    others are ours and keep their traceback. `--help` stays fast: the lake is only imported when
    something failed.

    Raises:
        typer.Exit: With code 2 or 1, after an expected error.
    """
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        from schemas.lake import LakeConflictError, LakeWriteError  # noqa: PLC0415 (see above)

        failed = isinstance(error, LakeConflictError | LakeWriteError | RunFailedError)
        if isinstance(error, RuntimeError) and not failed:
            raise
        logger.debug("a command ended early", exc_info=True)
        line = " ".join(_told(error).split())
        sys.stderr.write(f"{'failed' if failed else 'error'}: {line}\n")
        raise typer.Exit(1 if failed else 2) from error


def _told(error: Exception) -> str:
    """Return what is wrong; of an error of the operating system, in words instead of a number."""
    if not isinstance(error, OSError) or error.filename is None or error.filename2 is not None:
        return str(error)
    path = Path(os.fsdecode(error.filename))
    if isinstance(error, FileNotFoundError):
        without = "" if path.parent.is_dir() else f"; there is no folder {path.parent}"
        return f"expected a file or folder at {path}, found none{without}"
    return f"could not read or write {path}: {error.strerror}"
