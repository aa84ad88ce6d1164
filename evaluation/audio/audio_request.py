"""What is asked of an evaluation of folders, checked before anything is loaded or heard."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from evaluation.audio.listeners import Listeners
from evaluation.audio.pairing import Pairing, paired, read_captions, sound_files
from evaluation.audio.reference_statistics import (
    FrechetReference,
    PosteriorReference,
    read_frechet_reference,
    read_posterior_reference,
)
from evaluation.audio.sets import EVALUATION_SETS, CropName, SetItems, read_set
from evaluation.audio.subject import Subject
from evaluation.protocols import Content, Protocol, protocol_named

_NO_REAL = "needs real sound: give --reference, or --reference-statistics FILE.{suffix}"
_NO_TEXT = "needs texts: give --captions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRequest:
    """The sounds, the texts and the protocol of one evaluation."""

    generated: Path
    reference: Path | None = None
    captions: Path | None = None
    preset: str = "ualm"
    metrics: tuple[str, ...] = ()
    """Empty: all that the preset has and the input allows."""

    evaluation_set: str | None = None
    crop: str = "file"
    content: str | None = None
    """None: that of the evaluation set, else `env`."""

    statistics: tuple[Path, ...] = ()
    """Files of published statistics of real sound."""

    system: str | None = None
    """None: the name of the folder."""

    seed: int = 0

    def folders(self) -> dict[str, Path]:
        """Return the folder of each side."""
        real = {} if self.reference is None else {"reference": self.reference}
        return {"generated": self.generated} | real

    def items(self) -> SetItems | None:
        """Return the captions of the evaluation set, None where none is named.

        Raises:
            ValueError: If the set, its file or the crop is not there, or the crop has no set.
        """
        if self.evaluation_set is None:
            if self.crop != "file":
                msg = "expected --set beside --crop: it says what is heard of its real sounds"
                raise ValueError(msg)
            return None
        known = EVALUATION_SETS.get(self.evaluation_set)
        if self.captions is None and known is not None:
            msg = f"expected --captions {known.file} of {known.name}, published as {known.source}"
            raise ValueError(msg)
        file = self.captions or Path()
        return read_set(self.evaluation_set, file, crop=cast("CropName", self.crop))

    def pairing(self, items: SetItems | None) -> Pairing:
        """Return which sound belongs to which text and real sound.

        Raises:
            ValueError: If a folder or a file of captions is not as it has to be.
        """
        if items is None:
            captions = [] if self.captions is None else read_captions(self.captions)
            return paired(self.generated, self.reference, captions)
        stems = None
        if self.reference is not None:
            stems = items.references(sound_files(self.reference))
            if not stems:
                names = " or ".join(form.format("ID") for form in items.set.stems)
                msg = (
                    f"expected the real sounds of {items.set.name} in {self.reference}, named "
                    f"after {items.set.reference} ({names}), found none"
                )
                raise ValueError(msg)
        return paired(self.generated, self.reference, items.items, stems)

    def protocol(self) -> Protocol:
        """Return the preset for the kind of sound.

        Raises:
            ValueError: If there is no such preset, content or set.
        """
        known = EVALUATION_SETS.get(self.evaluation_set or "")
        content = self.content or (known.content if known else "env")
        if content not in get_args(Content):
            msg = f"expected --content env or music, got {content!r}"
            raise ValueError(msg)
        return protocol_named(self.preset, cast("Content", content))

    def measurable(self, protocol: Protocol, chosen: list[str]) -> tuple[list[str], list[str]]:
        """Return which metrics the input allows, and why the others are not measured.

        Args:
            protocol: The preset.
            chosen: Metrics of the preset that are wanted.

        Raises:
            ValueError: If a metric that was named cannot be measured, or none can.
        """
        reasons = {name: reason for name in chosen if (reason := self._lacking(name))}
        if self.metrics and reasons:
            name, reason = next(iter(reasons.items()))
            msg = f"{name} {reason}"
            raise ValueError(msg)
        left = [name for name in chosen if name not in reasons]
        if not left:
            msg = f"nothing can be measured: {'; '.join(f'{n} {r}' for n, r in reasons.items())}"
            raise ValueError(msg)
        unasked = [name for name in protocol.metrics if name not in chosen]
        notes = [f"{name} was not measured: it {reason}" for name, reason in reasons.items()]
        if unasked:
            notes.append(f"not asked for: {', '.join(unasked)}")
        return left, notes

    def subject(self, listeners: Listeners) -> tuple[Subject, list[str]]:
        """Return what is evaluated, and notes about its set.

        Raises:
            ValueError: If a folder, captions or statistics are not as they have to be.
        """
        items = self.items()
        pairing = self.pairing(items)
        subject = Subject(
            pairing=pairing,
            system=self.system or self.generated.resolve().name,
            dataset=self._dataset(items),
            seed=self.seed,
        )
        for path in self.statistics:
            if items is not None:
                items.check_statistics(path)
            found = _statistics(path, listeners)
            if isinstance(found, FrechetReference):
                subject = replace(subject, windows=found)
            else:
                subject = replace(subject, posteriors=found)
        return subject, [] if items is None else list(items.notes)

    def _dataset(self, items: SetItems | None) -> str:
        if items is not None:
            return f"{items.set.name}/{items.crop}"
        named = self.reference or self.captions or self.generated
        return f"folder:{named.resolve().name}"

    def _lacking(self, metric: str) -> str | None:
        if metric == "cl" and self.captions is None:
            return _NO_TEXT
        kind = metric.partition("_")[0]
        if kind not in {"fd", "kl"} or self.reference is not None:
            return None
        known = any(_is_posteriors(path) == (kind == "kl") for path in self.statistics)
        return None if known else _NO_REAL.format(suffix="npz" if kind == "fd" else "pkl")


def _is_posteriors(path: Path) -> bool:
    """Return whether statistics are those of KL; a file that cannot be read is told of later."""
    if path.suffix == ".pkl" or not zipfile.is_zipfile(path):
        return path.suffix == ".pkl"
    with zipfile.ZipFile(path) as archive:
        return "posteriors.npy" in archive.namelist()


def _statistics(path: Path, listeners: Listeners) -> FrechetReference | PosteriorReference:
    names = ("kl_gen_ref", "kl_ref_gen") if _is_posteriors(path) else ("fd",)
    sources = [source for name in names if (source := listeners.panel.source(name))]
    if not sources:
        msg = f"{path}: statistics for {' or '.join(names)}, which this evaluation does not measure"
        raise ValueError(msg)
    protocol, weights = sources[0].protocol, sources[0].weights_digest
    if names == ("fd",):
        return read_frechet_reference(path, protocol, weights_digest=weights)
    return read_posterior_reference(path, protocol, weights_digest=weights)
