"""From where sounds are, as a user writes it, to how they are found and read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.addresses import any_address, is_public
from pipelines.sources.audio_files import AudioFiles, FoundAudio, LocalFiles
from pipelines.sources.fetch import Fetch, is_url
from pipelines.sources.remote_files import StoreFiles, WebFiles
from pipelines.sources.source import Received
from pipelines.sources.stores import is_remote, listed, local_path, name_of, store_of
from pipelines.sources.tar_files import TarFiles
from schemas.audio.sound import Limits

_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip", ".7z")
_BRACES = re.compile(r"\{[^{}]*(?:\.\.|,)[^{}]*\}")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place whose names may also be URLs, as rows of some sets have them."""

    files: tuple[AudioFiles, ...]
    """Asked in order: a folder, then the tars in it."""
    web: WebFiles
    """Where names that are URLs lead."""

    def find(self, names: Sequence[str]) -> FoundAudio | None:
        """Return the first of the names that is there.

        Raises:
            DecodeError: If a name leaves the place, or may not be looked for.
        """
        for name in names:
            asked: Sequence[AudioFiles] = (self.web,) if is_url(name) else self.files
            for files in asked:
                if found := files.find([name]):
                    return found
        return None

    def receive(
        self, uri: str, member: str | None, limits: Limits, expected_s: float | None = None
    ) -> Received:
        """Decode what was found.

        Raises:
            DecodeError: If it is refused, or gone.
        """
        if is_url(uri):
            return self.web.receive(uri, member, limits, expected_s)
        tars = [files for files in self.files if isinstance(files, TarFiles)]
        others = [files for files in self.files if not isinstance(files, TarFiles)]
        asked = (tars if member is not None else others) or self.files
        return asked[0].receive(uri, member, limits, expected_s)


def audio_files(given: str, allow_private: bool = False) -> AudioFiles:  # noqa: FBT001, FBT002 (spoken so)
    """Return the place of sounds that a user names.

    Args:
        given: A folder; a tar, a glob of tars, or a folder of tars; a URL of a store that fsspec
            knows (`s3://...`) of the same kinds; or an http(s) URL that names are relative to.
        allow_private: Whether URLs in the data may lead to addresses that are not public.

    Raises:
        ValueError: If there is nothing such, or a package is missing.
    """
    web = WebFiles(fetch=Fetch(accepts=any_address if allow_private else is_public))
    given = local_path(given)
    if given.lower().endswith(_PACKED):
        msg = (
            f"expected a folder or an uncompressed tar, got {name_of(given)}: members of a "
            "compressed archive cannot be read alone; unpack it, or pack it as a plain tar"
        )
        raise ValueError(msg)
    if is_url(given):
        if given.endswith(".tar"):
            msg = f"expected a folder on a web server, got {name_of(given)}: download the tar first"
            raise ValueError(msg)
        return Place(files=(WebFiles(root=given, fetch=web.fetch),), web=web)
    return Place(files=_places(given), web=web)


def tars_of(given: str) -> tuple[str, ...]:
    """Return the tars that a user names: one, a glob, or those directly in a folder.

    Args:
        given: A path or URL.

    Raises:
        ValueError: If a glob names none, or braces stand for several.
    """
    if not is_remote(given) and Path(given).is_dir():
        return tuple(sorted(str(path) for path in Path(given).glob("*.tar")))
    if _BRACES.search(given) and not Path(given).exists():
        msg = f"expected a tar, a folder or a glob, got braces: write {_BRACES.sub('*', given)}"
        raise ValueError(msg)
    if _is_pattern(given) and (is_remote(given) or not Path(given).exists()):
        found = tuple(path for path in listed(given) if path.endswith(".tar"))
        if not found:
            msg = f"expected tars, no file ending in .tar is called {name_of(given)}"
            raise ValueError(msg)
        return found
    if given.endswith(".tar"):
        return (given,)
    return tuple(listed(f"{given.rstrip('/')}/*.tar"))


def _places(given: str) -> tuple[AudioFiles, ...]:
    """Return the folder, the tars, or both."""
    if is_remote(given):
        store_of(given)
        tars = tars_of(given)
        alone = _is_pattern(given) or given.endswith(".tar")
        if alone:
            return (TarFiles(tars=tars),)
        return (StoreFiles(root=given), *([TarFiles(tars=tars)] if tars else []))
    path = Path(given)
    if _is_pattern(given) and not path.exists():
        return (TarFiles(tars=tars_of(given)),)
    if path.is_dir():
        tars = tars_of(given)
        return (LocalFiles(folder=path), *([TarFiles(tars=tars)] if tars else []))
    if path.is_file() and path.suffix == ".tar":
        return (TarFiles(tars=(str(path),)),)
    found = "a file that is no tar" if path.is_file() else "nothing"
    msg = f"expected a folder of sounds, a tar, a glob of tars or a URL; found {found} at {given}"
    raise ValueError(msg)


def _is_pattern(given: str) -> bool:
    return any(sign in given for sign in "*?[")


def ends_of(path: str) -> list[str]:
    """Return the names that a path in a data set may have in a place, the longest first.

    An absolute path is one of another machine: its end is looked for here, and never the path
    itself. A relative one is what it is.

    Example:
        >>> ends_of("/data/set/a.wav")
        ['data/set/a.wav', 'set/a.wav', 'a.wav']
        >>> ends_of("set/a.wav")
        ['set/a.wav']
    """
    if is_url(path) or not path.startswith("/"):
        return [path]
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        return [path]
    return ["/".join(parts[index:]) for index in range(len(parts))]
