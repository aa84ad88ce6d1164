"""Bring weights into the store from where they are published, or from a mirror."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from evaluation.weights.adding import bring
from evaluation.weights.download import Advance, Download, NotPublishedError, discard, origin_path
from evaluation.weights.entries import Content, WeightsEntry, WeightsPart, weights_entry
from evaluation.weights.lock import locked
from evaluation.weights.placing import DigestRefusedError, Staged, place, staged
from evaluation.weights.record import Record, read_record
from evaluation.weights.store import WeightsFile, entry_folder, is_as_recorded, weights_file

logger = logging.getLogger(__name__)

Progress = Callable[[str], Advance]
"""Given a file's name; returns what is told how far it is."""

MIRROR = "UALM_WEIGHTS_MIRROR"
"""Variable of the environment: a folder, or an address, with NAME/FILE below it."""

OFFLINE = "HF_HUB_OFFLINE"
"""Variable of the environment: if it is 1, nothing is downloaded."""

_YES = frozenset({"1", "ON", "YES", "TRUE"})


def pull(
    name: str, progress: Progress, *, accept: bool = False, download: Download | None = None
) -> WeightsFile:
    """Bring weights into the store, if they are not there as they were recorded.

    Args:
        name: A name of `ualm weights ls`.
        progress: Shows how far each file is.
        accept: Whether a file is taken that has not the reported digest or size.
        download: How files are downloaded.

    Raises:
        DigestRefusedError: If a file is not the published one. It is kept beside its place.
        ValueError: If there is no such entry, no such file, or no network is wanted.
        RunFailedError: If the network failed.
    """
    entry = weights_entry(name)
    folder = entry_folder(entry)
    with locked(folder):
        record = read_record(folder)
        lacking = [part for part in entry.parts if not _is_here(folder, part, record)]
        if all(part.optional for part in lacking):
            return weights_file(name)
        for part in lacking:
            pulling = _Pulling(
                entry=entry, part=part, folder=folder, accept=accept, progress=progress
            )
            try:
                place(folder, [pulling.staged(download or Download())])
            except NotPublishedError:
                if not part.optional:
                    raise
                logger.info("%s is not there, and may be left out", part.kept.name)
    return weights_file(name)


def _is_here(folder: Path, part: WeightsPart, record: Record) -> bool:
    path = folder / part.kept.name
    return path.name in record and path.is_file() and is_as_recorded(path, record[path.name])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pulling:
    entry: WeightsEntry
    part: WeightsPart
    folder: Path
    accept: bool
    progress: Progress

    def staged(self, download: Download) -> Staged:
        """Return the file, checked, from the mirror if there is one."""
        mirror = os.environ.get(MIRROR, "")
        if not mirror:
            return self._downloaded([(self.part.url, self.part.published)], download)
        places = [
            (f"{name}/{content.name}", content)
            for name in dict.fromkeys((self.entry.name, self.entry.folder))
            for content in dict.fromkeys((self.part.published, self.part.kept))
        ]
        if mirror.startswith(("http://", "https://")):
            base = mirror.rstrip("/")
            return self._downloaded([(f"{base}/{quote(p)}", c) for p, c in places], download)
        return self._copied([Path(mirror).expanduser() / place for place, _ in places])

    def _copied(self, paths: Sequence[Path]) -> Staged:
        found = next((path for path in paths if path.is_file()), None)
        if found is None:
            msg = f"expected one of {', '.join(map(str, paths))} in the mirror ({MIRROR})"
            raise NotPublishedError(msg)
        target = self.folder / f"{self.part.kept.name}.adding"
        logger.info("%s from %s", found.name, found)
        bring(self.part, found, target, self.progress(found.name))
        try:
            return staged(self.part, target, source=str(found), accept=self.accept)
        except DigestRefusedError as error:
            target.unlink()
            msg = f"{found}: {error}; {self._trusting}"
            raise DigestRefusedError(msg) from error
        except ValueError:
            target.unlink()
            raise

    def _downloaded(self, places: Sequence[tuple[str, Content]], download: Download) -> Staged:
        _check_online(self.entry)
        for url, content in places:
            target = self.folder / f"{content.name}.part"
            wanted = replace(content, size=None) if self.accept else content
            logger.info("%s from %s", content.name, url)
            try:
                download.fetch(url, target, wanted, self.progress(content.name))
            except NotPublishedError:
                continue
            return self._checked(url, target)
        msg = (
            f"there is no {self.part.published.name} at {', '.join(url for url, _ in places)}: "
            f"find it by hand and run {_add_command(self.entry)}"
        )
        raise NotPublishedError(msg)

    def _checked(self, url: str, target: Path) -> Staged:
        try:
            file = staged(self.part, target, source=url, accept=self.accept)
        except DigestRefusedError as error:
            refused = target.replace(target.with_suffix(".refused"))
            discard(target)
            msg = f"{url}: {error}; it is kept as {refused}; {self._trusting}"
            raise DigestRefusedError(msg) from error
        except ValueError:
            discard(target)
            raise
        origin_path(target).unlink(missing_ok=True)
        return file

    @property
    def _trusting(self) -> str:
        command = f"`ualm weights pull {self.entry.name} --accept-digest`"
        return f"if you trust it, {command} takes it"


def _check_online(entry: WeightsEntry) -> None:
    if os.environ.get(OFFLINE, "").upper() in _YES:
        msg = (
            f"{OFFLINE} is set, so nothing is downloaded: bring the files of {entry.name} from "
            f"elsewhere and run {_add_command(entry)}, or set {MIRROR} to a folder of them"
        )
        raise ValueError(msg)


def _add_command(entry: WeightsEntry) -> str:
    return f"`ualm weights add {entry.name} {'FOLDER' if entry.is_folder else 'FILE'}`"
