"""An evaluation set that a user names: what kind of files it has, where, and how it is read."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipelines.leaks.benchmarks import gsm8k, humaneval, mmar, mmau, mmlu
from pipelines.leaks.entries import Entry
from pipelines.leaks.id_lists import blacklist, id_list
from pipelines.leaks.lake_items import KIND, lake_entries
from pipelines.sources.named import SOURCES, SourceOptions, source_named
from pipelines.sources.source import Source, SourceItem, slug
from pipelines.toml_file import read_toml

READERS: dict[str, Callable[[Path], Iterator[Entry]]] = {
    "mmau": mmau,
    "mmar": mmar,
    "gsm8k": gsm8k,
    "humaneval": humaneval,
    "mmlu": mmlu,
    "blacklist": blacklist,
    "ids": id_list,
}
"""Kinds of evaluation sets beside the sources: benchmarks of questions, and lists of ids."""

COMPARED_TEXTS = frozenset({"human", "pseudo", "derived", "transcript"})
"""Kinds of texts that are compared as captions. Labels and titles are generic: every recording of
a dog is called dog."""


class EvaluationSet(BaseModel):
    """An evaluation set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    """Its name in reports and evidence, unique in the lake."""
    kind: str
    """Key into `READERS` or `SOURCES`, or `items` for a benchmark in a lake."""
    path: str
    """Its file or folder, as the reader of its kind takes it."""
    subset: str | None = None
    """Part of a source to read, such as test; all of it if None. Of `items`, the benchmark."""
    audio: str | None = None
    """Where its sounds are, to compare by fingerprint; None to compare ids and texts alone."""

    @property
    def slug(self) -> str:
        """Its name in the letters that a shard's name may have."""
        return slug(self.name)

    def entries(self) -> Iterator[Entry]:
        """Yield its items in order.

        Raises:
            ValueError: If the kind is unknown or the files are not of that kind.
        """
        if self.kind == KIND:
            yield from lake_entries(Path(self.path), self.subset)
            return
        if self.kind not in READERS:
            for item in self.source().items():
                yield _entry(item)
            return
        path = Path(self.path)
        if self.subset is not None:
            msg = f"{self.name}: {self.kind} has no subsets, it is what its file holds"
            raise ValueError(msg)
        if not path.exists():
            msg = f"{self.name}: expected a file or folder of {self.kind} at {path}, found nothing"
            raise ValueError(msg)
        try:
            yield from READERS[self.kind](path)
        except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
            told = getattr(error, "strerror", None) or error
            msg = f"{self.name}: expected files of {self.kind} at {path}: {told}"
            raise ValueError(msg) from error

    def source(self) -> Source:
        """Return the source that reads it.

        Raises:
            ValueError: If no source has its kind's name, or its files are not of that kind.
        """
        if self.kind not in SOURCES:
            kinds = ", ".join([*sorted(READERS), KIND, *SOURCES])
            msg = f"{self.name}: expected a kind of evaluation set of {kinds}; got {self.kind!r}"
            raise ValueError(msg)
        options = SourceOptions(subset=self.subset, audio=self.audio, texts_only=self.audio is None)
        return source_named(self.kind, self.path, options)


def given_set(text: str) -> EvaluationSet:
    """Return the set that a command's `KIND[:SUBSET]=PATH` names.

    Raises:
        ValueError: If the text does not read like that.

    Example:
        >>> given_set("audiocaps:test=AudioCaps").name
        'audiocaps:test'
    """
    name, equals, path = text.partition("=")
    kind, _, subset = name.partition(":")
    if not equals or not path or not kind:
        msg = f"expected KIND=PATH or KIND:SUBSET=PATH, such as audiocaps:test=DIR; got {text!r}"
        raise ValueError(msg)
    return EvaluationSet(name=name, kind=kind, path=path, subset=subset or None)


def read_sets(path: Path) -> tuple[EvaluationSet, ...]:
    """Read a TOML file of `[[sets]]`, each with `name`, `kind`, `path` and, maybe, more.

    Relative paths go from the file's folder.

    Raises:
        ValueError: If the file is missing, no TOML, or has an option that there is not.
    """
    listed = read_toml(path, _Sets, "a file of evaluation sets").sets
    return tuple(placed(one, path.resolve().parent) for one in listed)


def placed(given: EvaluationSet, folder: Path) -> EvaluationSet:
    """Return a set with its relative paths going from a folder."""
    audio = given.audio
    if audio is not None and "://" not in audio:
        audio = str(folder / audio)
    return given.model_copy(update={"path": str(folder / given.path), "audio": audio})


def refuse_equal_names(sets: Sequence[EvaluationSet]) -> None:
    """Refuse two sets of one name.

    Raises:
        ValueError: If two names are equal as parts of a shard's name.
    """
    seen: dict[str, str] = {}
    for one in sets:
        if one.slug in seen:
            msg = (
                f"expected evaluation sets of different names, got {seen[one.slug]!r} and "
                f"{one.name!r}; list them in a TOML file to name them"
            )
            raise ValueError(msg)
        seen[one.slug] = one.name


class _Sets(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: Annotated[tuple[EvaluationSet, ...], Field(min_length=1)]


def _entry(item: SourceItem) -> Entry:
    captions = tuple(text.text for text in item.texts if text.kind in COMPARED_TEXTS)
    return Entry(
        item_id=item.source_id,
        original=item.original,
        start_s=item.start_s,
        end_s=item.end_s,
        captions=captions,
        source_item=item,
        refusal=item.refusal,
    )
