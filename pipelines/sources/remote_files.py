"""Sounds on remote stores (fsspec) and web servers, under a URL or by URLs of their own."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from pipelines.sources.audio_files import FoundAudio
from pipelines.sources.fetch import LARGEST, Fetch, is_url, without_user
from pipelines.sources.source import Received
from pipelines.sources.stores import folder_listing, joined, opened
from pipelines.sources.tar_files import decoded
from schemas.audio.sound import DecodeError, Limits


@dataclass(frozen=True, kw_only=True)
class StoreFiles:
    """A folder of a store that fsspec knows."""

    root: str
    """Its URL, such as `s3://bucket/set`."""

    def find(self, names: Sequence[str]) -> FoundAudio | None:
        """Return the first of the files that is there; each folder is listed once.

        Raises:
            DecodeError: `path_escapes` if a name leaves the root, `unreachable` if the store does
                not answer.
        """
        for name in names:
            folder, last = posixpath.split(joined(self.root, name))
            status = folder_listing(folder).get(last)
            if status is not None:
                return FoundAudio(
                    uri=posixpath.normpath(name),
                    size=status.size,
                    fingerprint=(status.size, status.changed),
                )
        return None

    def receive(
        self, uri: str, member: str | None, limits: Limits, expected_s: float | None = None
    ) -> Received:
        """Decode a file of the store.

        Raises:
            DecodeError: If it is refused, or gone.
        """
        if member is not None:
            raise DecodeError("unreadable", f"expected a file of a folder, got a member: {member}")
        return decoded(self.read(uri), limits, expected_s)

    def read(self, uri: str) -> bytes:
        """Return a file's bytes.

        Raises:
            DecodeError: If it is gone, or too large.
        """
        with opened(joined(self.root, uri)) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise DecodeError("too_large", f"expected at most {LARGEST} bytes, got more")
        return data


@dataclass(frozen=True, kw_only=True)
class WebFiles:
    """Files of web servers. Nothing is asked for before a sound is received."""

    root: str | None = None
    """URL that names are relative to; None if every name is a URL."""
    fetch: Fetch = field(default_factory=Fetch)
    """How they are fetched."""

    def find(self, names: Sequence[str]) -> FoundAudio | None:
        """Return the first name, taken to be there: what is not is refused when received.

        Raises:
            DecodeError: `path_escapes` if it leaves the root.
        """
        if not names:
            return None
        self._url(names[0])
        uri = without_user(names[0]) if is_url(names[0]) else posixpath.normpath(names[0])
        return FoundAudio(uri=uri, size=0)

    def receive(
        self, uri: str, member: str | None, limits: Limits, expected_s: float | None = None
    ) -> Received:
        """Fetch and decode a file.

        Raises:
            DecodeError: If it is refused, or gone.
        """
        if member is not None:
            raise DecodeError("unreadable", f"expected a URL, got a member of one: {member}")
        return decoded(self.fetch.get(self._url(uri)), limits, expected_s)

    def _url(self, name: str) -> str:
        if is_url(name):
            return name
        if self.root is None:
            raise DecodeError("missing_audio", f"expected a URL, got {name[:200]!r}")
        joined(self.root, name)  # refuses what leaves the root, before it is quoted
        return joined(self.root, quote(posixpath.normpath(name)))
