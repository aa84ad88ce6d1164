"""Take files into the store that somebody downloaded by hand."""

import os
from collections.abc import Iterator
from pathlib import Path

from evaluation.weights.download import Advance
from evaluation.weights.entries import WeightsEntry, WeightsPart, weights_entry
from evaluation.weights.lock import locked
from evaluation.weights.placing import DigestRefusedError, Staged, is_gzip, place, staged
from evaluation.weights.store import WeightsFile, entry_folder, weights_file

_PIECE = 2**20


def add(
    name: str, given: Path, advance: Advance, *, link: bool = False, accept: bool = False
) -> WeightsFile:
    """Take a file, or the files of a folder, into the store: all of them or none.

    Args:
        name: A name of `ualm weights ls`.
        given: The file under any name, or a folder that holds it under its own.
        advance: Told how far each copy is.
        link: Whether files are hard-linked instead of copied.
        accept: Whether a file is taken that has not the reported digest or size.

    Raises:
        DigestRefusedError: If a file is not the published one.
        ValueError: If a file is missing, or cannot be linked.
    """
    entry = weights_entry(name)
    folder = entry_folder(entry)
    with locked(folder):
        files: list[Staged] = []
        temporaries: list[Path] = []
        try:
            for part, path in _found(entry, given):
                target = folder / part.kept.name
                if target.exists() and target.samefile(path):
                    temporary = target
                else:
                    temporary = target.with_name(f"{target.name}.adding")
                    temporaries.append(temporary)
                    bring(part, path, temporary, advance, link=link)
                source = str(path.resolve())
                files.append(staged(part, temporary, source=source, accept=accept))
            place(folder, files)
        except DigestRefusedError as error:
            msg = f"{error}; if you trust it, add it with --accept-digest"
            raise DigestRefusedError(msg) from error
        finally:
            for temporary in (*temporaries, *(file.path for file in files)):
                if temporary.name not in {part.kept.name for part in entry.parts}:
                    temporary.unlink(missing_ok=True)
    return weights_file(name)


def bring(
    part: WeightsPart, given: Path, target: Path, advance: Advance, *, link: bool = False
) -> None:
    """Copy a file, or link it.

    Raises:
        ValueError: If it cannot be linked.
    """
    target.unlink(missing_ok=True)
    if not link:
        _copy(given, target, advance)
        return
    if part.packed is not None and is_gzip(given):
        msg = f"expected an unpacked file to link, got a gzip: {given}; leave --link away"
        raise ValueError(msg)
    try:
        os.link(given.resolve(), target)
    except OSError as error:
        msg = f"{given} cannot be linked into {target.parent} ({error.strerror}); leave --link away"
        raise ValueError(msg) from error


def _copy(given: Path, target: Path, advance: Advance) -> None:
    total, done = given.stat().st_size, 0
    advance(done, total)
    with given.open("rb") as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(piece)
            done += len(piece)
            advance(done, total)


def _found(entry: WeightsEntry, given: Path) -> Iterator[tuple[WeightsPart, Path]]:
    if given.is_file() and not entry.is_folder:
        yield entry.parts[0], given
        return
    if not given.exists():
        msg = f"expected files of {entry.name}, found nothing at {given}"
        raise ValueError(msg)
    if not given.is_dir():
        msg = f"expected a folder with {', '.join(p.kept.name for p in entry.parts)}; got {given}"
        raise ValueError(msg)
    for part in entry.parts:
        names = dict.fromkeys((part.kept.name, part.published.name))
        path = next((given / name for name in names if (given / name).is_file()), None)
        if path is not None:
            yield part, path
        elif not part.optional:
            msg = f"expected {' or '.join(names)} in {given}, found no such file"
            raise ValueError(msg)
