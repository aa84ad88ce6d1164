"""Chromaprint's own fingerprint, by its program `fpcalc`."""

import json
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from pipelines.duplicates.spectral import Words

PROGRAM = "fpcalc"

_SILENCE = 627964279
"""The word that it gives for digital silence."""
_SECONDS = 60.0


def chromaprint_version() -> str:
    """Return what stands beside each value, such as `chromaprint-1.5.1@1`.

    Raises:
        ValueError: If the program is missing.
    """
    if shutil.which(PROGRAM) is None:
        msg = (
            f"--fingerprint {PROGRAM} needs the program {PROGRAM} of Chromaprint, which is not "
            "there: install it (Debian: libchromaprint-tools), or use --fingerprint embedded"
        )
        raise ValueError(msg)
    return _version()


@cache
def _version() -> str:
    said = _run("-version")[0]
    found = re.search(r"version ([0-9.]+)", said)
    if found is None:
        msg = f"expected `{PROGRAM} -version` to say its version, it said {said!r}"
        raise ValueError(msg)
    return f"chromaprint-{found[1]}@1"


def chromaprint_fingerprint(encoded: bytes) -> Words:
    """Return the fingerprint of an encoded sound, about 8 words a second; 0 where it is silent.

    The program exits with 3 on good files whose last packet surprises it, so what counts is
    whether it printed a fingerprint.

    Raises:
        ValueError: If it printed none.
    """
    with tempfile.NamedTemporaryFile(suffix=".flac") as file:
        Path(file.name).write_bytes(encoded)
        printed, complaint = _run("-raw", "-json", "-length", "0", file.name)
    try:
        words = np.asarray(json.loads(printed)["fingerprint"], np.uint32)
    except (json.JSONDecodeError, KeyError) as error:
        lines = complaint.strip().splitlines() or ["nothing"]
        msg = f"{PROGRAM} gave no fingerprint; it said: {lines[-1]}"
        raise ValueError(msg) from error
    return np.where(words == _SILENCE, 0, words).astype(np.uint32)


def _run(*arguments: str) -> tuple[str, str]:
    done = subprocess.run(  # noqa: S603 (a fixed program, on a file of ours)
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return done.stdout, done.stderr
