"""Evaluate plain folders of sounds: generated against reference, matched by file stem."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.baseline_rows import baseline_rows, system_rows
from evaluation.features import rounded
from evaluation.judge import Judge, Reading
from evaluation.judge_report import is_trusted
from evaluation.measured import Measured
from evaluation.panel import JudgePanel
from evaluation.separation import separation
from evaluation.sound import Sound, UnusableSoundError, decoded, noise_like
from evaluation.study import Item, Study
from schemas.ids import digest_of, seed_of

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".aiff")


@dataclass(kw_only=True)
class Matching:
    """What was found on which side."""

    matched: list[str] = field(default_factory=list)
    """Stems of generated sounds with a reference and a caption."""
    without_reference: list[str] = field(default_factory=list)
    """Generated, but no reference file."""
    without_caption: list[str] = field(default_factory=list)
    """Generated, but no caption."""
    without_generated: list[str] = field(default_factory=list)
    """Reference or caption, but no generated file."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Files that could not be read, as `side/stem`, with the reason."""


@dataclass(frozen=True, kw_only=True)
class FolderEvaluation:
    """The rows of one evaluation of folders, and what was matched."""

    measured: Measured
    matching: Matching

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "metrics": [asdict(row) for row in self.measured.rows],
            "left_out": [asdict(why) for why in self.measured.left_out],
            "clip_scores": [asdict(own) for own in self.measured.clip_scores],
            "matching": asdict(self.matching),
        }


def evaluated_folders(
    judge: Judge,
    folders: tuple[Path, Path],
    captions: Path,
    *,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _: None,
) -> FolderEvaluation:
    """Return the metric rows of a folder of generated sounds.

    Args:
        judge: The judge.
        folders: Folder of generated sounds and folder of real sounds; equal stems match.
        captions: JSONL with `id` and `text`, or CSV with these columns; ids are stems.
        seed: Seed of bootstrap, shuffles, halves and noise.
        advance: Called with 1 for each file read.

    Raises:
        ValueError: If a folder holds no sound or two of one stem, the captions are malformed,
            or no generated sound can be read.
    """
    files = {"generated": sound_files(folders[0]), "reference": sound_files(folders[1])}
    texts = read_captions(captions)
    matching = _matched(files["generated"], files["reference"], texts)
    heard = _read(judge, files["generated"], "generated", matching, advance)
    real, noise = _read_with_noise(judge, files["reference"], matching, advance, seed)
    if not heard:
        msg = f"no sound in {folders[0]} could be read: {matching.unusable}"
        raise ValueError(msg)
    study = Study(
        panel=JudgePanel(judge=judge),
        dataset=f"folder:{folders[1].resolve().name}",
        dataset_digest=digest_of(sorted(files["generated"])),
        references=tuple(real.values()),
        trusted=_trusts(judge, real, texts),
        seed=seed,
    )
    missing = len(files["generated"]) - len(heard)
    system = folders[0].resolve().name
    measured = system_rows(study, system, _items(judge, heard, real, texts), missing=missing)
    measured += baseline_rows(
        study, _items(judge, real, real, texts), _items(judge, noise, real, texts)
    )
    return FolderEvaluation(measured=measured, matching=matching)


def _sounds(
    judge: Judge,
    files: dict[str, Path],
    side: str,
    matching: Matching,
    advance: Callable[[int], None],
) -> Iterator[tuple[str, Sound]]:
    for stem, path in files.items():
        try:
            yield stem, decoded(path, judge.sample_rate)
        except UnusableSoundError as error:
            matching.unusable[f"{side}/{stem}"] = error.reason
        advance(1)


def _read(
    judge: Judge,
    files: dict[str, Path],
    side: str,
    matching: Matching,
    advance: Callable[[int], None],
) -> dict[str, Reading]:
    return {
        stem: rounded(judge.read(sound))
        for stem, sound in _sounds(judge, files, side, matching, advance)
    }


def _read_with_noise(
    judge: Judge,
    files: dict[str, Path],
    matching: Matching,
    advance: Callable[[int], None],
    seed: int,
) -> tuple[dict[str, Reading], dict[str, Reading]]:
    real, noise = {}, {}
    for stem, sound in _sounds(judge, files, "reference", matching, advance):
        real[stem] = rounded(judge.read(sound))
        noise[stem] = rounded(judge.read(noise_like(sound, seed=seed_of("noise", stem, seed))))
    return real, noise


def sound_files(folder: Path) -> dict[str, Path]:
    """Return the sound files of a folder by stem.

    Raises:
        ValueError: If it is no folder, holds no sound, or two sounds share a stem.
    """
    if not folder.is_dir():
        msg = f"expected a folder of sounds, got {folder}"
        raise ValueError(msg)
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            if path.stem in found:
                msg = f"two sounds share the stem {path.stem!r}: {found[path.stem].name} and "
                raise ValueError(msg + f"{path.name}; files are matched by stem, rename one")
            found[path.stem] = path
    if not found:
        msg = f"expected sounds ({', '.join(SUFFIXES)}) in {folder}, found none"
        raise ValueError(msg)
    return found


def read_captions(path: Path) -> dict[str, str]:
    """Return the text of each id.

    Raises:
        ValueError: If the file is missing, neither JSONL nor CSV, lacks `id` or `text`, repeats
            an id, or is empty.
    """
    if path.suffix.lower() not in {".jsonl", ".csv"} or not path.is_file():
        msg = f"expected an existing .jsonl or .csv file of captions, got {path}"
        raise ValueError(msg)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file) if path.suffix.lower() == ".csv" else _json_lines(file))
    texts: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        item, text = str(row.get("id") or ""), str(row.get("text") or "")
        if not item or not text or item in texts:
            problem = f"the id {item!r} is there twice" if item in texts else f"got {row}"
            msg = f"{path.name}, caption {number}: expected a new id and a text, {problem}"
            raise ValueError(msg)
        texts[item] = text
    if not texts:
        msg = f"expected captions in {path}, found none"
        raise ValueError(msg)
    return texts


def _json_lines(lines: Any) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except json.JSONDecodeError as error:
            msg = f"line {number}: expected a JSON object, got {line.strip()[:60]!r}"
            raise ValueError(msg) from error
        if isinstance(row, dict):
            rows.append(row)
        elif row is not None:
            msg = f"line {number}: expected a JSON object, got {line.strip()[:60]!r}"
            raise ValueError(msg)
    return rows


def _matched(
    generated: dict[str, Path], reference: dict[str, Path], texts: dict[str, str]
) -> Matching:
    expected = set(reference) | set(texts)
    return Matching(
        matched=sorted(set(generated) & set(reference) & set(texts)),
        without_reference=sorted(set(generated) - set(reference)),
        without_caption=sorted(set(generated) - set(texts)),
        without_generated=sorted(expected - set(generated)),
    )


def _items(
    judge: Judge, heard: dict[str, Reading], real: dict[str, Reading], texts: dict[str, str]
) -> list[Item]:
    return [
        Item(
            item_id=stem,
            reading=reading,
            text=texts.get(stem),
            text_embedding=judge.embed_texts([texts[stem]])[0] if stem in texts else None,
            reference=real.get(stem),
        )
        for stem, reading in sorted(heard.items())
    ]


def _trusts(judge: Judge, real: dict[str, Reading], texts: dict[str, str]) -> bool:
    stems = sorted(set(real) & set(texts))[:200]
    if len({texts[stem].lower() for stem in stems}) < 2:
        return False
    sounds = np.stack([real[stem].embedding for stem in stems])
    scores = sounds @ judge.embed_texts([texts[stem] for stem in stems]).T
    return is_trusted(separation(scores, [texts[stem] for stem in stems]))
