"""Every hostile case: what is written for it, and how it is read."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tests.faults import hostile_manifests, hostile_tars
from tests.schemas.audio.files import encoded, sine

CANARY = encoded(sine(997, 1.5, 16_000), 16_000, "FLAC") + b"the canary sings alone"
"""A sound that nothing else has, with a text behind it that decoders pass over."""
SECRETS = (b"the canary sings", b"hunter2")
"""What no file of a lake may hold: the canary's text, and the password in a URL."""


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """The folder of a case."""

    root: Path
    port: int = 0
    """Where the canary's server listens."""

    @property
    def inputs(self) -> Path:
        return self.root / "set"

    @property
    def canary(self) -> Path:
        return self.root / "outside/canary.flac"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What to ingest."""

    name: str
    kind: str
    """Key into `SOURCES`."""
    write: Callable[[Scratch], Path]
    """Writes the input, returns what is given on the command line."""


def cases(scratch: Scratch) -> Iterator[Case]:
    """Yield every case; paths in them are those of the scratch folder."""
    parts = [
        *hostile_tars.links(scratch.canary),
        *hostile_tars.names(scratch.canary),
        *hostile_tars.sizes(),
        *hostile_tars.contents(),
    ]
    for name, members in parts:
        yield _tar_case(name, hostile_tars.archive(*members))
    for name, data in hostile_tars.damage(scratch.canary):
        yield _tar_case(f"file: {name}", data)
    for name, path in hostile_manifests.paths(scratch):
        yield _row_case(f"generation: {name}", "ualm-generation", path, hostile_manifests.ualm_row)
        yield _row_case(f"talk: {name}", "ualm-understanding", path, hostile_manifests.talk_row)
        yield _row_case(f"folder: {name}", "folder", path, lambda p: {"path": p, "text": "x"})
        yield Case(
            name=f"parquet path: {name}",
            kind="hf-parquet",
            write=lambda s, path=path: hostile_manifests.parquet(s, path),
        )
    for index, name in enumerate(("cut", "no footer", "words", "1", "2", "3", "4", "5")):
        yield Case(name=f"parquet file: {name}", kind="hf-parquet", write=_broken(index))


def _tar_case(name: str, data: bytes) -> Case:
    def write(scratch: Scratch) -> Path:
        (scratch.inputs / "0-good.tar").write_bytes(hostile_tars.archive())
        bad = hostile_tars.bomb() if name == "file: gzip bomb" else data
        (scratch.inputs / "1-bad.tar").write_bytes(bad)
        return scratch.inputs

    return Case(name=name, kind="webdataset", write=write)


def _row_case(name: str, kind: str, path: str, row: Callable[[str], dict]) -> Case:
    def write(scratch: Scratch) -> Path:
        return hostile_manifests.manifest(scratch, row(path), row("good.flac"))

    return Case(name=name, kind=kind, write=write)


def _broken(index: int) -> Callable[[Scratch], Path]:
    def write(scratch: Scratch) -> Path:
        made = hostile_manifests.broken_parquet(scratch)
        return [next(made) for _ in range(index + 1)][-1][1]

    return write


def canary_digest() -> str:
    """Return the PCM digest that a clip of the canary would have."""
    samples, _ = soundfile.read(io.BytesIO(CANARY), dtype="int16")
    return hashlib.sha256(np.asarray(samples, "<i2").tobytes()).hexdigest()
