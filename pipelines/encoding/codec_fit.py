"""Get a codec ready for a lake: load it, or fit `mel-rvq` once on the lake's own sound."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.encoding.encode import Encode
from pipelines.measuring.sounds import Unreadable, Waveform, read_waveform
from pipelines.running.run import Summary, untimed_summary
from pipelines.running.step import aligned
from schemas.ids import seed_of
from schemas.lake import Lake
from schemas.shards import Shard
from training.codecs import mel_rvq
from training.codecs.codec import SAMPLE_RATE
from training.codecs.registry import load_codec, remember

logger = logging.getLogger(__name__)

_ENOUGH = 100
"""Clips under which a fitted codec says that they are few."""

FIT_CLIPS = 200
"""Clips that `mel-rvq` is fitted on, if the lake has as many."""
_FIT_SAMPLES = 30 * SAMPLE_RATE
_FIT_SHARDS = 16


@dataclass(frozen=True, kw_only=True)
class ReadyCodec:
    """A codec that the lake can encode with."""

    id: str
    """`name@digest`."""
    fit: "CodecFit | None" = None
    """What was fitted just now; None if the codec existed."""


@dataclass(frozen=True, kw_only=True)
class CodecFit:
    """How a codec was fitted."""

    clips: int
    """Clips of the sample."""
    split: str
    """Split they are from; `all` if the lake has no train clips."""
    residual_variance: tuple[float, ...]
    """Share of the frames' variance left after each codebook."""
    seconds: float
    """Time it took."""


def ready_codec(
    lake: Lake,
    spec: str = mel_rvq.NAME,
    *,
    refit: bool = False,
    settings: mel_rvq.MelRvqSettings | None = None,
) -> ReadyCodec:
    """Return the codec that a user names, fitted if need be.

    `mel-rvq` is fitted if this lake has no weights of it yet, and from then on frozen: growth
    never refits it, so old and new codes mean the same.

    Args:
        lake: The lake to encode.
        spec: As for `training.codecs.registry.load_codec`.
        refit: Fit again; codes of the older weights stay, under their own id.
        settings: How to fit; the defaults if None.

    Raises:
        ValueError: If the codec does not exist, is not the kind that is fitted, or is frozen in
            other sizes than asked for.
    """
    if spec != mel_rvq.NAME:
        if refit or settings is not None:
            msg = f"only {mel_rvq.NAME} is fitted here, not {spec}: leave out the fitting options"
            raise ValueError(msg)
        codec = load_codec(spec, lake)
        remember(codec, spec, lake)
        return ReadyCodec(id=codec.id)
    codec_now = None if refit else mel_rvq.frozen(lake.weights)
    if codec_now is None:
        return _fitted(lake, settings or mel_rvq.MelRvqSettings())
    if settings and _sizes(settings) != (codec_now.codebooks, codec_now.codebook_size):
        msg = (
            f"expected {codec_now.codebooks} x {codec_now.codebook_size}, the sizes {codec_now.id} "
            f"is frozen in, got {_sizes(settings)}: leave them out, or fit again with --refit"
        )
        raise ValueError(msg)
    return ReadyCodec(id=codec_now.id)


def needs_fit(lake: Lake, spec: str, *, refit: bool) -> bool:
    """Say whether `ready_codec` would fit a codec."""
    return spec == mel_rvq.NAME and (refit or mel_rvq.frozen(lake.weights) is None)


def unfitted_summary(lake: Lake, limit: int | None) -> Summary:
    """Return what encoding with a codec yet to be fitted would take: every clip."""
    return untimed_summary(Encode(codec=f"{mel_rvq.NAME}@unfitted"), lake, limit)


def _sizes(settings: mel_rvq.MelRvqSettings) -> tuple[int, int]:
    return settings.codebooks, settings.codebook_size


def _fitted(lake: Lake, settings: mel_rvq.MelRvqSettings) -> ReadyCodec:
    began = time.monotonic()
    split = "train"
    waveforms = fit_sample(lake, FIT_CLIPS, split)
    if not waveforms:
        split = "all"
        waveforms = fit_sample(lake, FIT_CLIPS, None)
        logger.warning("no train clips in %s: mel-rvq is fitted on all splits", lake.root)
    if len(waveforms) < _ENOUGH:
        logger.warning(
            "mel-rvq learns from only %d clips and is then frozen; "
            "run `ualm corpus encode --refit` when the lake holds more",
            len(waveforms),
        )
    codec, left = mel_rvq.MelRvq.fit(waveforms, settings)
    facts = {
        "clips": len(waveforms),
        "split": split,
        "residual_variance": left,
        "settings": settings.model_dump(),
    }
    mel_rvq.freeze(lake.weights, codec, facts)
    fit = CodecFit(
        clips=len(waveforms),
        split=split,
        residual_variance=tuple(left),
        seconds=time.monotonic() - began,
    )
    return ReadyCodec(id=codec.id, fit=fit)


def fit_sample(lake: Lake, clips: int, split: str | None) -> list[Waveform]:
    """Return waveforms of a sample of the lake's clips, the same for the same lake.

    The sample is spread over up to 16 shards; clips that cannot be decoded are passed over here,
    and put in the ledger when they are encoded. Each is cut to its first 30 s.

    Args:
        lake: The lake.
        clips: At most so many.
        split: Split that they are from; any if None.
    """
    shards = sorted(lake.shards("audio"), key=lambda shard: seed_of("fit", shard.slot))
    quota = -(-clips // max(1, min(len(shards), _FIT_SHARDS)))
    waveforms: list[Waveform] = []
    for shard in shards:
        if len(waveforms) >= clips:
            break
        room = min(quota, clips - len(waveforms))
        waveforms.extend(_shard_sample(lake, shard, room, split))
    return waveforms


def _shard_sample(lake: Lake, shard: Shard, clips: int, split: str | None) -> Iterator[Waveform]:
    chosen = _clip_ids(lake, shard, split)
    chosen = sorted(chosen, key=lambda clip_id: seed_of("fit", clip_id))[:clips]
    if not chosen:
        return
    rows = lake.read_shard(shard, ["clip_id", "audio"])
    rows = rows.filter(pc.is_in(rows["clip_id"], value_set=pa.array(chosen, pa.string())))
    for sound in rows["audio"]:
        waveform = read_waveform(sound["bytes"].as_py(), SAMPLE_RATE)
        if not isinstance(waveform, Unreadable):
            yield waveform[:_FIT_SAMPLES]


def _clip_ids(lake: Lake, shard: Shard, split: str | None) -> list[str]:
    if split is None:
        ids: list[str] = lake.read_shard(shard, ["clip_id"])["clip_id"].to_pylist()
        return ids
    facts = [
        lake.read_shard(clips, ["clip_id", "split"]).to_pylist()
        for clips in aligned(lake, "clips", shard.slot)
    ]
    return [row["clip_id"] for rows in facts for row in rows if row["split"] == split]
