"""Licences of captioners: a pseudo-caption carries that of the model that wrote it.

As reported by the model cards; nobody has asked a lawyer. A licence that the user states wins.
"""

REPORTED: dict[str, str] = {
    "qwen2.5-omni-7b": "Apache-2.0",
    "qwen2.5-omni-3b": "Qwen Research License (non-commercial)",
    "qwen2-audio-7b": "Apache-2.0",
    "qwen2-audio-7b-instruct": "Apache-2.0",
    "qwen3-omni-30b-a3b-captioner": "Apache-2.0",
    "qwen3-omni-30b-a3b-instruct": "Apache-2.0",
    "audio-flamingo": "NVIDIA OneWay Noncommercial License",
    "audio-flamingo-2": "NVIDIA OneWay Noncommercial License",
    "audio-flamingo-3": "NVIDIA OneWay Noncommercial License",
    "audio-flamingo-3-hf": "NVIDIA OneWay Noncommercial License",
    "audio-flamingo-3-chat": "NVIDIA OneWay Noncommercial License",
    "music-flamingo-hf": "NVIDIA OneWay Noncommercial License",
    "voxtral-mini-3b-2507": "Apache-2.0",
    "voxtral-small-24b-2507": "Apache-2.0",
    "kimi-audio-7b-instruct": "MIT",
}
"""Licence of a checkpoint by the last part of its hub id, in lower case."""


def reported_licence(model: str) -> str | None:
    """Return the licence that is reported for a checkpoint, marked as such; None if unknown.

    Args:
        model: Hub id, folder or served name; its last part decides.

    Example:
        >>> reported_licence("nvidia/audio-flamingo-3-hf")
        'NVIDIA OneWay Noncommercial License (reported)'
    """
    known = REPORTED.get(model.rstrip("/").rpartition("/")[2].lower())
    return None if known is None else f"{known} (reported)"
