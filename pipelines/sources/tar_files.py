"""Sounds inside tars: found by name, read by position, never unpacked to disk."""

import hashlib
import posixpath
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.sources.audio_files import FoundAudio
from pipelines.sources.fetch import LARGEST
from pipelines.sources.source import Received
from pipelines.sources.stores import FileStatus, opened, read_part, status_of
from pipelines.sources.tar_headers import TarError
from pipelines.sources.tar_members import members, plain
from schemas.audio.decode import decode
from schemas.audio.sound import DecodeError, Limits


@dataclass(frozen=True, kw_only=True)
class TarFiles:
    """Tars of one set, searched as if they were one folder."""

    tars: tuple[str, ...]
    """Paths or URLs, in order. Their last parts name them in the lake, so they have to differ."""

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            ValueError: If there is no tar, or two are called alike.
        """
        names = [posixpath.basename(tar) for tar in self.tars]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if not names or twice:
            got = f"{twice[0]} twice" if twice else "none"
            msg = f"expected tars with names of their own, got {got}"
            raise ValueError(msg)

    def __getstate__(self) -> dict[str, object]:
        """Leave the indices behind: each process makes its own."""
        return {"tars": self.tars}

    @cached_property
    def _shelf(self) -> "_Shelf":
        indices = tuple(tar_index(tar, status_of(tar)) for tar in self.tars)
        hashes = np.concatenate([index.hashes for index in indices])
        counts = [len(index.hashes) for index in indices]
        owners = np.repeat(np.arange(len(indices), dtype=np.int32), counts)
        order = np.argsort(hashes, kind="stable")
        return _Shelf(tars=self.tars, indices=indices, hashes=hashes[order], owners=owners[order])

    def find(self, names: Sequence[str]) -> FoundAudio | None:
        """Return the first of the members that is there.

        A member is called by its whole name, or by the end of it: `a.wav` finds `audio/a.wav`,
        if there is but one.

        Raises:
            DecodeError: `path_escapes` if a name leaves the archive, `bad_member` if two members
                answer to it or it is too large, and what keeps a tar from being read.
        """
        for name in names:
            if name.startswith("/") or ".." in name.split("/") or "\0" in name:
                detail = f"expected a name inside the archive: {name[:200]!r}"
                raise DecodeError("path_escapes", detail)
            found = self._shelf.find(plain(name))
            if found is not None:
                return found
        return None

    def receive(
        self, uri: str, member: str | None, limits: Limits, expected_s: float | None = None
    ) -> Received:
        """Decode a member.

        Raises:
            DecodeError: If it is refused, or gone.
        """
        return decoded(self.read(uri, member), limits, expected_s)

    def read(self, uri: str, member: str | None) -> bytes:
        """Return a member's content.

        Raises:
            DecodeError: If it is gone, or too large.
        """
        path = next((tar for tar in self.tars if posixpath.basename(tar) == uri), None)
        if path is None or member is None:
            raise DecodeError("missing_audio", f"expected a member of a tar: {uri}, {member}")
        return read_member(path, member)


@dataclass(frozen=True, kw_only=True, eq=False)
class TarIndex:
    """The regular members of a tar: about 35 bytes each, and their names."""

    hashes: NDArray[np.int64]
    """Of the last parts of the names, ascending; of this process only."""
    names: bytes
    ends: NDArray[np.int64]
    """Where each name ends in `names`, in the order of the archive."""
    order: NDArray[np.int64]
    """Rows of the members, in the order of their hashes."""
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    modified: NDArray[np.int64]

    def name(self, row: int) -> str:
        """Return a member's name."""
        start = int(self.ends[row - 1]) if row else 0
        return self.names[start : int(self.ends[row])].decode()

    def rows(self, name: str) -> list[int]:
        """Return the members whose names end with this one's last part."""
        wanted = hash(posixpath.basename(name))
        first, last = (np.searchsorted(self.hashes, wanted, side) for side in ("left", "right"))
        rows = [int(row) for row in self.order[first:last]]
        return [row for row in rows if _answers(self.name(row), name)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shelf:
    """Several tars as one."""

    tars: tuple[str, ...]
    indices: tuple[TarIndex, ...]
    hashes: NDArray[np.int64]
    """Of all tars, ascending."""
    owners: NDArray[np.int32]
    """Which tar each hash is of."""

    def find(self, name: str) -> FoundAudio | None:
        wanted = hash(posixpath.basename(name))
        first, last = (np.searchsorted(self.hashes, wanted, side) for side in ("left", "right"))
        owners = sorted(set(self.owners[first:last].tolist()))
        found = [(tar, row) for tar in owners for row in self.indices[tar].rows(name)]
        exact = [(tar, row) for tar, row in found if self.indices[tar].name(row) == name]
        found = exact or found
        if not found:
            return None
        if len(found) > 1:
            called = [f"{self._uri(tar)}: {self.indices[tar].name(row)}" for tar, row in found[:3]]
            detail = f"expected one member called {name!r}, got {'; '.join(called)}"
            raise DecodeError("bad_member", detail)
        tar, row = found[0]
        return self._found(tar, row)

    def _found(self, tar: int, row: int) -> FoundAudio:
        index = self.indices[tar]
        size, start = int(index.sizes[row]), int(index.starts[row])
        return FoundAudio(
            uri=self._uri(tar),
            member=index.name(row),
            size=size,
            fingerprint=(size, int(index.modified[row]), start),
        )

    def _uri(self, tar: int) -> str:
        return posixpath.basename(self.tars[tar])


def read_member(path: str, member: str) -> bytes:
    """Return the content of a tar's member.

    Args:
        path: Path or URL of the tar.
        member: The member's whole name.

    Raises:
        DecodeError: If it is gone, or too large.
    """
    index = tar_index(path, status_of(path))
    row = next((row for row in index.rows(plain(member)) if index.name(row) == member), -1)
    if row < 0:
        raise DecodeError("missing_audio", f"no member {member!r} in {posixpath.basename(path)}")
    size = int(index.sizes[row])
    if size > LARGEST:
        raise DecodeError("too_large", f"expected at most {LARGEST} bytes, got {size}")
    with opened(path) as file:
        return read_part(file, path, int(index.starts[row]), size)


def decoded(data: bytes, limits: Limits, expected_s: float | None) -> Received:
    """Return a file's bytes as received.

    Args:
        data: The file.
        limits: What to accept.
        expected_s: Duration that the listing claims, in seconds.

    Raises:
        DecodeError: If it is no sound that is accepted.
    """
    sound = decode(data, expected_s=expected_s, limits=limits)
    return Received(sound=sound, raw_sha256=hashlib.sha256(data).hexdigest())


def _answers(member: str, name: str) -> bool:
    return member == name or member.endswith("/" + name)


@lru_cache(maxsize=4096)
def tar_index(path: str, status: FileStatus) -> TarIndex:
    """Return a tar's index, made once a process for each version of the file.

    A tar that breaks off is indexed up to there: its whole members are good.

    Args:
        path: Path or URL.
        status: Its size and version.

    Raises:
        DecodeError: If it cannot be read at all.
    """
    names, ends, rows, hashes = bytearray(), [], [], []
    with opened(path) as file:
        try:
            for member in members(file, status.size):
                if member.problem is None and member.kind == "file":
                    names += member.name.encode()
                    ends.append(len(names))
                    rows.append((member.data, member.size, min(member.modified, 2**62)))
                    hashes.append(hash(posixpath.basename(member.name)))
        except TarError as error:
            if not rows:
                raise DecodeError(error.reason, f"{posixpath.basename(path)}: {error}") from error
    order = np.argsort(np.array(hashes, np.int64), kind="stable")
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return TarIndex(
        hashes=np.array(hashes, np.int64)[order],
        names=bytes(names),
        ends=np.array(ends, np.int64),
        order=order,
        starts=columns[:, 0].copy(),
        sizes=columns[:, 1].copy(),
        modified=columns[:, 2].copy(),
    )
