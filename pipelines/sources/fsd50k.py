"""FSD50K: 51,197 clips of Freesound under 200 classes of AudioSet's ontology.

`FSD50K.ground_truth/dev.csv`: fname,labels,mids,split; `eval.csv` without split; `vocabulary.csv`
without a header: index,label,mid. `FSD50K.metadata/{dev,eval}_clips_info_FSD50K.json`: title,
licence and uploader of each clip. The sounds are `FSD50K.{dev,eval}_audio/<fname>.wav`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.sources.delimited import Delimited, Format, Record
from pipelines.sources.labels import label_text, mended
from pipelines.sources.listed import Entry, Listed, Listing, RowError, own_id, refused
from pipelines.sources.published import Part, beside, chosen, common, sounds
from pipelines.sources.record_entries import each_row
from pipelines.sources.source import Defect, Text

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PARTS = tuple(
    Part(name=name, files=(f"FSD50K.ground_truth/{name}.csv", f"{name}.csv"))
    for name in ("dev", "eval")
)
FORM = Format(delimiter=",", required=("fname", "labels", "mids"))
VOCABULARY = Format(delimiter=",", columns=("index", "label", "mid"))
LICENCE = "CC-BY-4.0"
"""Of the annotations; each clip has its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What the metadata say of a clip."""

    title: str
    licence: str | None
    uploader: str | None


@dataclass(frozen=True, kw_only=True)
class Fsd50k(Listed):
    """FSD50K: an item is a clip, its texts its labels and its title."""

    vocabulary: Path | None
    """File of the labels and their ids, which have to agree in every row."""
    metadata: tuple[tuple[str, Path], ...]
    """(part, its metadata file) pairs, as far as they are there."""
    half: str | None = None
    """train or val: the part of dev to which rows have to belong."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the clips of one part, or those of its metadata that it does not list."""
        if listing.side:
            return self._unmatched(listing, position)
        vocabulary = {} if self.vocabulary is None else _vocabulary(self.vocabulary)
        found = dict(self.metadata).get(listing.subset or "")
        about = None if found is None else clips_info(found)
        make = partial(self._clip, listing, vocabulary, about)
        return each_row(listing.path, FORM, position, make)

    def _clip(
        self,
        listing: Listing,
        vocabulary: dict[str, str],
        metadata: dict[str, About] | None,
        row: Record,
    ) -> Entry | None:
        values = row.values
        half = values.get("split", "").strip() or listing.subset
        if self.half is not None and half != self.half:
            return None
        fname = own_id("freesound", values["fname"], "the number of a sound of Freesound")
        try:
            labels, defects = _labels(values, vocabulary)
            texts = [label_text(labels, LICENCE, self.name)]
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, fname) from error
        entry = Entry(
            source_id=fname,
            position=row.position,
            names=_names(fname, listing.subset),
            defects=defects,
            original=f"freesound:{fname}",
            subset=half,
        )
        if metadata is not None:
            _add(entry, metadata.get(fname), texts, self.name)
        entry.texts = tuple(texts)
        return entry

    def _unmatched(self, listing: Listing, position: int) -> Iterator[Entry]:
        main = next(one for one in self.listings if not one.side and one.subset == listing.subset)
        listed = _listed(main.path, (main.path.stat().st_size, main.path.stat().st_mtime_ns))
        for number, fname in enumerate(clips_info(listing.path)):
            if number >= position and fname not in listed:
                detail = f"expected {main.path.name} to list each clip of the metadata, not {fname}"
                error = RowError("unmatched_row", detail, f"metadata:{fname}")
                yield refused(number, "", error)


def _labels(
    values: dict[str, str], vocabulary: dict[str, str]
) -> tuple[list[str], tuple[Defect, ...]]:
    """Return a row's labels, checked against the ids that stand beside them.

    Raises:
        RowError: `shifted` if they do not agree.
    """
    labels, stray = mended(values["labels"].split(","))
    mids, _ = mended(values["mids"].split(","))
    wrong = [
        f"{label} is not {mid}"
        for label, mid in zip(labels, mids, strict=False)
        if vocabulary.get(label, mid) != mid
    ]
    if len(labels) != len(mids) or wrong:
        detail = wrong[0] if wrong else f"{len(labels)} labels, {len(mids)} ids"
        raise RowError("shifted", f"expected labels and ids of the same classes: {detail}")
    unknown = [label for label in labels if vocabulary and label not in vocabulary]
    defects = tuple(
        Defect(
            reason="unknown_label",
            detail=f"expected a label of vocabulary.csv, got {label[:60]!r}; it is kept",
            part=label[:60],
            decision="quarantine",
        )
        for label in unknown
    )
    return [label.replace("_", " ") for label in labels], (*stray, *defects)


def _names(fname: str, part: str | None) -> tuple[str, ...]:
    folders = (f"FSD50K.{part}_audio/", f"{part}/", f"{part}_audio/", "") if part else ("",)
    return tuple(f"{folder}{fname}.wav" for folder in folders)


def _add(entry: Entry, about: About | None, texts: list[Text], model: str) -> None:
    """Add to an entry what the metadata say."""
    if about is None:
        detail = "expected the clip in the metadata, found nothing: licence unknown"
        entry.defects += (
            Defect(reason="unmatched_row", detail=detail, part="metadata", decision="quarantine"),
        )
        return
    entry.licence, entry.uploader = about.licence, about.uploader
    link = f"https://freesound.org/s/{entry.source_id}/"
    entry.attribution = f"{about.title} by {about.uploader or 'unknown'} ({link})"
    if about.title.strip() and "\0" not in about.title:
        texts.append(Text(text=about.title, kind="title", licence=about.licence, model=model))


def clips_info(path: Path) -> dict[str, About]:
    """Return what a metadata file says: about 400 bytes a clip, 41,000 clips in dev.

    Raises:
        ValueError: If it is no JSON object of clips.
    """
    status = path.stat()
    return _clips_info(path, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=4)
def _clips_info(path: Path, _: tuple[int, int]) -> dict[str, About]:
    try:
        clips = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path}: expected FSD50K's metadata, a JSON object in UTF-8: {error}"
        raise ValueError(msg) from error
    if not isinstance(clips, dict) or not all(isinstance(one, dict) for one in clips.values()):
        msg = f"{path}: expected FSD50K's metadata, an object with an object for each clip"
        raise ValueError(msg)
    return {fname: _about(one) for fname, one in clips.items()}


def _about(clip: dict[str, Any]) -> About:
    title, licence, uploader = (clip.get(key) for key in ("title", "license", "uploader"))
    return About(
        title=title if isinstance(title, str) else "",
        licence=licence if isinstance(licence, str) and licence else None,
        uploader=uploader if isinstance(uploader, str) and uploader else None,
    )


@lru_cache(maxsize=4)
def _vocabulary(path: Path) -> dict[str, str]:
    with Delimited(path, VOCABULARY) as file:
        rows = [row.values for row in file.records() if row.refusal is None]
    return {row["label"].strip(): row["mid"].strip() for row in rows}


@lru_cache(maxsize=4)
def _listed(path: Path, _: tuple[int, int]) -> frozenset[str]:
    with Delimited(path, FORM) as file:
        rows = [row.values["fname"].strip() for row in file.records() if row.refusal is None]
    return frozenset(rows)


def fsd50k_source(given: str, options: "SourceOptions") -> Fsd50k:
    """Return the source of FSD50K's folder, or of one of its CSV files.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    half = options.subset if options.subset in {"train", "val"} else None
    part = Part(name="dev", files=PARTS[0].files, also=("train", "val"))
    set_ = chosen("FSD50K", given, options, (part, PARTS[1]))
    fields = common("fsd50k", options, set_)
    if half is not None:
        fields["subset"] = f"dev-{half}"
    metadata, sides = [], []
    for listing in set_.listings:
        name = f"{listing.subset}_clips_info_FSD50K.json"
        if found := beside(listing.path.parent, name, f"FSD50K.metadata/{name}"):
            metadata.append((listing.subset or "", found))
            number = listing.number + len(PARTS) + 1
            sides.append(Listing(path=found, number=number, subset=listing.subset, side=True))
    if half is None:
        fields["listings"] = (*set_.listings, *sides)
    folder = set_.folder.parent if Path(given).is_file() else set_.folder
    return Fsd50k(
        **fields,
        files=sounds(options, folder),
        vocabulary=beside(set_.listings[0].path.parent, "vocabulary.csv"),
        metadata=tuple(metadata),
        half=half,
    )
