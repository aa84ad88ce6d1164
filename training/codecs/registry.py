"""Which codecs there are, and how the name that a user or a table gives becomes one."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from schemas.lake import Lake
from training.codecs import mel_rvq, x_codec
from training.codecs.codec import Codec
from training.codecs.weights import codec_id, read_pointer, write_pointer

_NAMED_BY_DIGEST = "@"


def load_codec(spec: str, lake: Lake) -> Codec:
    """Return a codec.

    Args:
        spec: `mel-rvq` (the lake's frozen weights), `x-codec` (the published model), a folder or
            hub id of an X-Codec, or an id `name@digest` that a table or checkpoint carries.
        lake: The lake whose weights are meant.

    Raises:
        ValueError: If there is no such codec, or its weights are not the ones named.
    """
    return _loaded(spec, lake.weights, _stamp(spec, lake.weights))


def remember(codec: Codec, spec: str, lake: Lake) -> None:
    """Note in the lake where a codec's weights were found, so that its id alone loads it later.

    `mel-rvq` needs no note: its weights are in the lake.
    """
    name = codec.id.partition(_NAMED_BY_DIGEST)[0]
    if name != mel_rvq.NAME and _NAMED_BY_DIGEST not in spec:
        source = str(Path(spec).resolve()) if Path(spec).is_dir() else spec
        write_pointer(_note(lake.weights, codec.id), {"codec": codec.id, "source": source})


def _from_mel_rvq(digest: str | None, weights: Path) -> Codec:
    codec = mel_rvq.frozen(weights, digest)
    if codec is None:
        msg = (
            f"expected fitted mel-rvq weights in {weights}, found none: "
            "run `ualm corpus encode --codec mel-rvq` on this lake first"
        )
        raise ValueError(msg)
    return codec


def _from_x_codec(digest: str | None, weights: Path) -> Codec:
    if digest is None:
        return x_codec.XCodec.load(x_codec.DEFAULT)
    wanted = codec_id(x_codec.NAME, digest)
    note = read_pointer(_note(weights, wanted))
    if note is None:
        msg = (
            f"expected to know where {wanted} is, but this lake has not used it: "
            "run `ualm corpus encode --codec FOLDER` with its folder"
        )
        raise ValueError(msg)
    codec = x_codec.XCodec.load(str(note["source"]))
    if codec.id != wanted:
        msg = f"expected {wanted} at {note['source']}, got {codec.id}: restore the older weights"
        raise ValueError(msg)
    return codec


CODECS: dict[str, Callable[[str | None, Path], Codec]] = {
    mel_rvq.NAME: _from_mel_rvq,
    x_codec.NAME: _from_x_codec,
}
"""Loaders by name: (first digits of the weights' digest or None for the default, folder)."""


@lru_cache(maxsize=4)
def _loaded(spec: str, weights: Path, stamp: str) -> Codec:  # noqa: ARG001 (the stamp is a cache key)
    name, _, digest = spec.partition(_NAMED_BY_DIGEST)
    if name in CODECS:
        return CODECS[name](digest or None, weights)
    return x_codec.XCodec.load(spec)


def _stamp(spec: str, weights: Path) -> str:
    """Return what changes when a refit changes the meaning of a bare name."""
    pointer = None if _NAMED_BY_DIGEST in spec else read_pointer(weights / f"{spec}.json")
    return str(pointer and pointer.get("digest"))


def _note(weights: Path, identity: str) -> Path:
    return weights / f"{identity.replace(_NAMED_BY_DIGEST, '-')}.json"
