"""Ids: 128-bit hex digests of a canonical identity, equal on every machine and in every run."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

ID_BITS = 128

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
"""Made once: `json.dumps` makes one for each call, and a million rows have eight million ids."""


def content_id(kind: str, *identity: str | int | float | bool | None) -> str:
    """Return the id of a thing of this kind with this identity.

    The identity is hashed as canonical JSON, so no two different identities run together.

    Args:
        kind: What the thing is ("clip", "recording", ...): equal identities of two kinds differ.
        identity: What tells it from the others of its kind; times as integer milliseconds.

    Example:
        >>> content_id("clip", "ab", 0, 10_000)
        'b9f47bcdfdd1462095bce86316b399bc'
    """
    return digest_of([kind, *identity])[: ID_BITS // 4]


def digest_of(value: object) -> str:
    """Return the SHA-256 (hex) of a JSON-serialisable value in canonical form.

    Raises:
        TypeError: If the value is not JSON (objects would hash by their address).
        ValueError: If it holds NaN or infinity, which have no canonical JSON.
    """
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seed_of(*identity: str | int) -> int:
    """Return a 63-bit seed of an identity: the same in every process, unlike `hash`.

    Example:
        >>> seed_of("clip", 3) == seed_of("clip", 3)
        True
    """
    return int(digest_of(list(identity))[:16], 16) >> 1


def split_of(identity: str, shares: Iterable[tuple[str, float]]) -> str:
    """Return the split of an identity, such as a recording id, stable under growth.

    Args:
        identity: Id that decides, so that clips of one recording share its split.
        shares: (split, share) pairs; the shares add up to 1.

    Raises:
        ValueError: If the shares do not add up to 1.
    """
    pairs = list(shares)
    if abs(sum(share for _, share in pairs) - 1) > 1e-9:
        msg = f"expected split shares that add up to 1, got {dict(pairs)}"
        raise ValueError(msg)
    position = int(digest_of(["split", identity])[:16], 16) / 2**64
    for split, share in pairs:
        position -= share
        if position < 0:
            return split
    return pairs[-1][0]
