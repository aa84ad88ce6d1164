"""Which files of a published set are read, and where its sounds are: from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.sources.audio_files import AudioFiles
from pipelines.sources.listed import Listing
from pipelines.sources.named import SourceOptions
from pipelines.sources.places import audio_files
from pipelines.sources.source import slug


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a set that has a listing file of its own."""

    name: str
    """Its name in `recordings.subset`."""
    files: tuple[str, ...]
    """Where its listing may be in the set's folder, the publisher's place first."""
    also: tuple[str, ...] = ()
    """Other names that users know the part by."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What of a set is read."""

    folder: Path
    """The set's folder, or the folder of the one listing file that was given."""
    listings: tuple[Listing, ...]
    subset: str | None = None
    """The part that was asked for; None for all."""


def chosen(title: str, given: str, options: SourceOptions, parts: Sequence[Part]) -> Chosen:
    """Return which of a set's listing files to read.

    A part has the same number, and its items the same positions and ids, whether the folder, the
    folder with a subset or the one file was given.

    Args:
        title: The set's proper name.
        given: Its folder, or one of its listing files.
        options: What else was said.
        parts: The set's parts, in the order of their numbers.

    Raises:
        ValueError: If there is no such file or part, or an option has no meaning for these sets.
    """
    if options.text_column is not None:
        msg = f"{title} has fixed columns: leave out --text-column"
        raise ValueError(msg)
    wanted = None if options.subset is None else _part(title, options.subset, parts)
    path = Path(given).resolve()
    if path.is_file():
        number = wanted if wanted is not None else _number_of(path, parts)
        name = parts[number].name if number < len(parts) else None
        listing = Listing(path=path, number=number, subset=name)
        return Chosen(folder=path.parent, listings=(listing,), subset=name or slug(path.stem))
    listings = [
        Listing(path=found, number=number, subset=part.name)
        for number, part in enumerate(parts)
        if wanted in (None, number) and (found := _first_file(path, part.files))
    ]
    if not listings:
        names = [part.files[0] for part in (parts if wanted is None else [parts[wanted]])]
        there = "it holds none" if path.is_dir() else "found nothing there"
        msg = f"expected {title} in {given}, that is {' or '.join(names)}; {there}"
        raise ValueError(msg)
    subset = None if wanted is None else parts[wanted].name
    return Chosen(folder=path, listings=tuple(listings), subset=subset)


def _part(title: str, subset: str, parts: Sequence[Part]) -> int:
    for number, part in enumerate(parts):
        if subset.lower() in {name.lower() for name in (part.name, *part.also)}:
            return number
    names = ", ".join(part.name for part in parts)
    msg = f"expected a subset of {title} ({names}), got {subset!r}"
    raise ValueError(msg)


def _number_of(path: Path, parts: Sequence[Part]) -> int:
    for number, part in enumerate(parts):
        if any(Path(file).name == path.name for file in part.files):
            return number
    return len(parts)


def _first_file(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def beside(folder: Path, *names: str) -> Path | None:
    """Return the first of the files that is in a folder or the folder above it."""
    return _first_file(folder, names) or _first_file(folder.parent, names)


def sounds(options: SourceOptions, *folders: Path) -> AudioFiles | None:
    """Return where the sounds are; None if only texts are read.

    Args:
        options: What was said.
        folders: Where the publisher puts them, the likeliest first; the last one is there.

    Raises:
        ValueError: If there is no such place.
    """
    if options.texts_only:
        return None
    if options.audio is not None:
        return audio_files(options.audio, options.allow_private)
    there = [folder for folder in folders if folder.is_dir()]
    return audio_files(str(there[0]), options.allow_private)


def common(name: str, options: SourceOptions, set_: Chosen) -> dict[str, Any]:
    """Return the fields that every set's reader takes from the command line.

    Args:
        name: Default name of the source.
        options: What was said.
        set_: What of the set is read.
    """
    return {
        "name": options.name or name,
        "listings": set_.listings,
        "subset": set_.subset,
        "licence": options.licence,
    }
