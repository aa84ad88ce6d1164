"""Statistics of real sound, published or one's own: with them FD and KL need no reference audio.

stable-audio-metrics publishes mean and covariance of OpenL3's windows as `.npz`, and PaSST's class
probabilities of each clip as `.pkl`. What they were made with stands in the first one's name; how
many windows there were stands nowhere. One's own statistics are written as `.npz` of the same two
arrays with all that is missing there.
"""

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.audio.hearing import hearing_digest
from evaluation.audio.inert_pickle import read_vectors
from evaluation.metrics.arrays import FloatArray, checked_posteriors
from evaluation.metrics.moments import Gaussian, Moments
from evaluation.protocols import MetricProtocol
from schemas.ids import file_digest

CLASSES = 527
"""Classes of AudioSet."""

_LARGEST = 2 * 2**30
"""Bytes of arrays; a covariance of 12,288 dimensions has 1.2e9."""

_NAME = re.compile(
    r"(?P<label>.+)__channels(?P<channels>[12])__(?P<rate>\d+)__openl3(?P<content>env|music)"
    r"__openl3hopsize(?P<hop>[\d.]+)__batch(?P<batch>\d+|False)\.npz"
)
_NO_WINDOWS = "the file does not say how many windows or clips its statistics rest on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where statistics come from."""

    file: str
    """Name of the file."""

    digest: str
    """SHA-256 of the file."""

    clips: int | None
    """Real sounds behind them; None: not told."""

    notes: tuple[str, ...]
    """What a row that rests on them has to say."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrechetReference:
    """Mean and covariance of the windows of real sound."""

    gaussian: Gaussian
    """Mean and covariance (ddof 1); how many windows, where that is told."""

    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosteriorReference:
    """Class posteriors of real sounds."""

    posteriors: Mapping[str, FloatArray]
    """By the id of a caption or sound, shape (527,) each."""

    origin: Origin


def read_frechet_reference(
    path: Path, protocol: MetricProtocol, *, weights_digest: str | None = None
) -> FrechetReference:
    """Read mean and covariance of real sound.

    Args:
        path: `.npz` of stable-audio-metrics, whose name says what it was made with, or one that
            `write_frechet_reference` wrote.
        protocol: How the generated sounds are heard.
        weights_digest: SHA-256 of the weights that hear them; compared if the file names its own.

    Raises:
        ValueError: If it is no such file, was made by another protocol or other weights, or its
            arrays are no mean and covariance.

    Source:
        Stability-AI/stable-audio-metrics@fd55536:src/openl3_fd.py.
    """
    arrays = _arrays(path, ("mu_ref", "sigma_ref"))
    mean, covariance = arrays["mu_ref"], arrays["sigma_ref"]
    windows, clips = None, None
    notes: tuple[str, ...] = ()
    if "about" in arrays:
        about = _about(path, arrays["about"], protocol, weights_digest)
        windows, clips = int(about["windows"]), int(about["clips"])
    gaussian = _gaussian(path, mean, covariance, windows)
    if windows is None:
        notes = (_NO_WINDOWS, *_named_notes(path, gaussian.mean, protocol))
    origin = Origin(file=path.name, digest=file_digest(path), clips=clips, notes=notes)
    return FrechetReference(gaussian=gaussian, origin=origin)


def write_frechet_reference(
    path: Path, moments: Moments, *, clips: int, protocol: MetricProtocol, weights_digest: str
) -> None:
    """Write mean and covariance of one's own real sound; stable-audio-metrics reads them too.

    Args:
        path: The `.npz` file to write.
        moments: Of all windows of all clips.
        clips: Real sounds behind them.
        protocol: How they were heard.
        weights_digest: SHA-256 of the weights that heard them.

    Raises:
        ValueError: If the file is no `.npz`, or there are fewer than two windows.
    """
    about = _described(path, protocol, weights_digest, clips=clips, windows=moments.windows)
    np.savez(path, mu_ref=moments.mean, sigma_ref=moments.covariance, about=about)


def read_posterior_reference(
    path: Path, protocol: MetricProtocol, *, weights_digest: str | None = None
) -> PosteriorReference:
    """Read the class posteriors of real sounds.

    Args:
        path: `.pkl` of stable-audio-metrics, or `.npz` of `write_posterior_reference`.
        protocol: How the generated sounds are heard.
        weights_digest: SHA-256 of the weights that hear them; compared if the file names its own.

    Raises:
        ValueError: If the file holds anything else, was made otherwise, or a vector is no
            distribution of 527 classes.

    Source:
        Stability-AI/stable-audio-metrics@fd55536:src/passt_kld.py.
    """
    notes: tuple[str, ...] = ()
    if path.suffix == ".pkl":
        posteriors = read_vectors(_present(path))
        if "__collectmean_" not in path.name and "_collectmean_" not in path.name:
            msg = (
                f"{path.name}: expected the mean of logits over windows, which the name says by "
                "`_collectmean_`"
            )
            raise ValueError(msg)
        notes = ("the file does not say which PaSST it rests on",)
    else:
        arrays = _arrays(path, ("ids", "posteriors", "about"))
        _about(path, arrays["about"], protocol, weights_digest)
        posteriors = dict(zip(map(str, arrays["ids"]), arrays["posteriors"], strict=True))
    _check_posteriors(path, posteriors)
    digest = file_digest(path)
    origin = Origin(file=path.name, digest=digest, clips=len(posteriors), notes=notes)
    return PosteriorReference(posteriors=posteriors, origin=origin)


def write_posterior_reference(
    path: Path,
    posteriors: Mapping[str, FloatArray],
    *,
    protocol: MetricProtocol,
    weights_digest: str,
) -> None:
    """Write the class posteriors of one's own real sounds.

    Args:
        path: The `.npz` file to write.
        posteriors: By id, shape (527,) each.
        protocol: How they were heard.
        weights_digest: SHA-256 of the weights that heard them.

    Raises:
        ValueError: If the file is no `.npz`, or a vector is no distribution of 527 classes.
    """
    _check_posteriors(path, posteriors)
    about = _described(path, protocol, weights_digest, clips=len(posteriors))
    ids = np.array(list(posteriors), dtype=np.str_)
    np.savez(path, ids=ids, posteriors=np.stack(list(posteriors.values())), about=about)


def _described(path: Path, protocol: MetricProtocol, weights: str, **counts: int) -> Any:
    if path.suffix != ".npz":
        msg = f"expected the name of an .npz file, got {path.name}"
        raise ValueError(msg)
    about = {
        "protocol": hearing_digest(protocol),
        "said": protocol.text,
        "weights": weights,
        **counts,
    }
    return np.array(json.dumps(about, sort_keys=True))


def _about(
    path: Path, about: Any, protocol: MetricProtocol, weights_digest: str | None
) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(str(about))
    if found["protocol"] != hearing_digest(protocol):
        msg = f"{path.name} was made with: {found['said']}; expected: {protocol.text}"
        raise ValueError(msg)
    if weights_digest not in {None, found["weights"]}:
        msg = (
            f"{path.name} was made with weights of the SHA-256 {found['weights'][:12]}..., "
            f"the generated sounds are heard with {str(weights_digest)[:12]}..."
        )
        raise ValueError(msg)
    return found


def _named_notes(path: Path, mean: FloatArray, protocol: MetricProtocol) -> tuple[str, ...]:
    """Compare what a published file's name says with a protocol; return what to say besides.

    Raises:
        ValueError: If they disagree.
    """
    named = _NAME.fullmatch(path.name)
    if named is None:
        return (f"the name {path.name} does not say how its sound was heard: unchecked",)
    preparation, channels = protocol.preparation, int(named["channels"])
    told = {
        "channels": (channels, 2 if preparation.channels == "stereo" else 1),
        "rate": (int(named["rate"]), preparation.sample_rate),
        "content type": (named["content"], protocol.weights.split("-")[2]),
        "hop": (float(named["hop"]), protocol.hop_s),
        "dimensions": (mean.size, channels * int(protocol.weights.split("-")[3])),
    }
    wrong = [f"{what} {got}, expected {want}" for what, (got, want) in told.items() if got != want]
    if wrong:
        msg = f"{path.name} was made by another protocol: {'; '.join(wrong)}"
        raise ValueError(msg)
    half = mean.size // 2
    if channels == 2 and np.array_equal(mean[:half], mean[half:]):
        return ("left and right are equal: its sound was loaded as mono",)
    return ()


def _arrays(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(_present(path)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST:
            msg = f"{path}: expected at most {_LARGEST} bytes of arrays, got {size}"
            raise ValueError(msg)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, OSError, EOFError, MemoryError) as error:
        msg = f"{path}: expected an .npz of {', '.join(names)}; it cannot be read ({error})"
        raise ValueError(msg) from error
    if missing := [name for name in names if name not in arrays]:
        held = ", ".join(arrays)
        msg = f"{path}: expected an .npz of {', '.join(names)}; {missing[0]} missing, got {held}"
        raise ValueError(msg)
    return arrays


def _present(path: Path) -> Path:
    if not path.is_file():
        msg = f"no statistics of real sound at {path}"
        raise ValueError(msg)
    return path


def _gaussian(path: Path, mean: Any, covariance: Any, windows: int | None) -> Gaussian:
    try:
        if {mean.dtype.kind, covariance.dtype.kind} != {"f"}:
            msg = f"got numbers of the types {mean.dtype} and {covariance.dtype}"
            raise ValueError(msg)  # noqa: TRY301 (told with the file's name, as the others are)
        gaussian = Gaussian(mean=mean, covariance=covariance, windows=windows)
    except ValueError as error:
        msg = f"{path.name}: expected a mean (d,) and a covariance (d, d); {error}"
        raise ValueError(msg) from error
    if not (np.diagonal(gaussian.covariance) > 0).all():
        msg = f"{path.name}: expected a covariance, got a variance that is not positive"
        raise ValueError(msg)
    return gaussian


def _check_posteriors(path: Path, posteriors: Mapping[str, FloatArray]) -> None:
    for name, vector in posteriors.items():
        if vector.shape != (CLASSES,):
            msg = f"{path.name}, {name}: expected {CLASSES} probabilities, got {vector.shape}"
            raise ValueError(msg)
        checked_posteriors(f"{path.name}, {name}", vector[None])
    if not posteriors:
        msg = f"{path.name}: expected the probabilities of at least one sound"
        raise ValueError(msg)
