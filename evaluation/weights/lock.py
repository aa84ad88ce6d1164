"""One command at a time works on the files of an entry."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path, *, waiting: bool = True) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is not there.

    Args:
        folder: Folder of an entry's files.
        waiting: Whether to wait for the command that holds it.

    Raises:
        BlockingIOError: If another holds it, and `waiting` is false.
        ValueError: If the store cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder.with_name(f"{folder.name}.lock").open("w")
    except OSError as error:
        msg = (
            f"the store of weights cannot be written: {error.strerror}: {folder.parent}; "
            "set UALM_WEIGHTS to a folder of your own"
        )
        raise ValueError(msg) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waiting:
                raise
            logger.info("another command works on %s: waiting for it", folder.name)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
