"""Names of originals: what a recording was cut from, alike in every set.

Caption sets call one YouTube video `vfY_TJq7n_U`, `YvfY_TJq7n_U.wav` or `vfY_TJq7n_U_130000`;
joined as they stand, they find nothing. Here each becomes `youtube:vfY_TJq7n_U`.
"""

import re
from collections.abc import Callable

_SUFFIX = re.compile(
    r"\.(?:wav|flac|mp3|ogg|opus|m4a|aac|mp4|webm|mkv|aiff?|wma|json)$", re.IGNORECASE
)
_TIME = r"\d+(?:[.:-]\d+)*"
_YOUTUBE_STEM = re.compile(rf"Y?([A-Za-z0-9_-]{{11}})(?:_{_TIME}(?:[_-]{_TIME})?)?")
"""An id, the `Y` that keeps file names from beginning with a hyphen, and where a clip begins and
ends: `_30`, `_30000`, `_30_40`, `_30.000-40.000`, `_00-01-32_00-02-02`. Where the times begin is
never in doubt: two underscores would have to stand on one place."""
_YOUTUBE_LINK = re.compile(
    r"(?:youtube(?:-nocookie)?\.com/(?:watch\?(?:[^#\s]*&)?v=|shorts/|embed/|live/|v/)|youtu\.be/)"
    r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
)
_FREESOUND_LINK = re.compile(r"freesound\.org/(?:people/[^/\s]+/sounds|s|embed/sound)/(\d+)")
_JAMENDO_LINK = re.compile(r"jamendo\.com/(?:[a-z]{2}/)?track/(\d+)")
_SOUNDBIBLE_LINK = re.compile(r"soundbible\.com/(?:grab\.php\?id=)?(\d+)")
_BBC = re.compile(r"[A-Z0-9_]{4,24}")
_LJSPEECH = re.compile(r"LJ\d{3}-\d{4}")


def original_of(kind: str, raw: str | int | None) -> str | None:
    """Return the normalised name of an original, None if this is no name of that kind.

    Args:
        kind: One of `KINDS`.
        raw: As a set writes it: an id, a file name or path made of it, a link, or what this
            function returned before.

    Raises:
        ValueError: If the kind is unknown.

    Example:
        >>> original_of("youtube", "YvfY_TJq7n_U.wav")
        'youtube:vfY_TJq7n_U'
        >>> original_of("freesound", "https://freesound.org/people/ann/sounds/41512/")
        'freesound:41512'
        >>> original_of("freesound", "Not found") is None
        True
    """
    if kind not in KINDS:
        msg = f"expected a kind of original of {', '.join(KINDS)}; got {kind!r}"
        raise ValueError(msg)
    if raw is None:
        return None
    name = KINDS[kind](str(raw).strip().removeprefix(f"{kind}:"))
    return None if name is None else f"{kind}:{name}"


def _stem(raw: str) -> str:
    """Return a file's name without folders and without the suffix of a sound."""
    name = raw.replace("\\", "/").rpartition("/")[2]
    return _SUFFIX.sub("", name) if "." in name else name


def _youtube(raw: str) -> str | None:
    if "/" in raw and (link := _YOUTUBE_LINK.search(raw)):
        return link[1]
    match = _YOUTUBE_STEM.fullmatch(_stem(raw))
    return match[1] if match else None


def _number(raw: str) -> str | None:
    """Return a number without leading zeros: 000002 and 2 are one track."""
    return str(int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None


def _freesound(raw: str) -> str | None:
    link = _FREESOUND_LINK.search(raw)
    return _number(link[1] if link else _stem(raw).partition("_")[0])


def _jamendo(raw: str) -> str | None:
    link = _JAMENDO_LINK.search(raw)
    stem = link[1] if link else _stem(raw).removesuffix(".2min").removesuffix(".low")
    return _number(stem.removeprefix("track_"))


def _fma(raw: str) -> str | None:
    return _number(_stem(raw))


def _soundbible(raw: str) -> str | None:
    link = _SOUNDBIBLE_LINK.search(raw)
    return _number(link[1] if link else _stem(raw))


def _bbc(raw: str) -> str | None:
    stem = _stem(raw).upper()
    return stem if _BBC.fullmatch(stem) else None


def _ljspeech(raw: str) -> str | None:
    stem = _stem(raw).upper()
    return stem if _LJSPEECH.fullmatch(stem) else None


KINDS: dict[str, Callable[[str], str | None]] = {
    "youtube": _youtube,
    "freesound": _freesound,
    "jamendo": _jamendo,
    "fma": _fma,
    "bbc": _bbc,
    "soundbible": _soundbible,
    "ljspeech": _ljspeech,
}
"""Where originals come from, with what reads their names."""
