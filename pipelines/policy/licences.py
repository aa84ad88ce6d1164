"""Licences as sources spell them, to SPDX-like ids and families.

A spelling is read as a whole: one word that is not understood, such as in "CC BY 4.0 with
additional terms", makes it unknown, because what was overlooked might be what matters. That holds
for words of any alphabet, and for a question mark.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from pipelines.policy.licence_words import (
    FILLERS,
    JURISDICTIONS,
    OTHERS,
    PARTS,
    PUBLIC_DOMAIN,
    VERSIONS,
)

FAMILIES: dict[str, str] = {
    "public-domain": "no conditions: CC0, the public domain mark, PDDL",
    "attribution": "use with credit: CC BY, ODC-By",
    "permissive": "licences of code over data: MIT, Apache-2.0, BSD, CDLA-Permissive",
    "share-alike": "derived works under the same licence: CC BY-SA, ODbL",
    "no-derivatives": "no derived works, which cut or resampled clips are: CC BY-ND",
    "non-commercial": "no commercial use: CC BY-NC and its variants, also by words alone",
    "sampling": "parts only, not whole: Sampling Plus",
    "academic": "research only, by words",
    "proprietary": "all rights reserved, terms of a platform",
}
"""What each family asks."""

_URL = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|licences|publicdomain)/"
    r"(?P<kind>[a-z+-]+)(?:/(?P<version>\d\.\d))?(?:/(?P<port>[a-z]{2,8}))?"
    r"(?:/(?:deed|legalcode)[a-z.-]*)?/?"
)
_VERSION = re.compile(r"v?(\d)(?:\.(\d))?")
_WORD = re.compile(
    r"[a-z0-9]+(?:\.[0-9]+)?\+?|\?"
    # and every run of what is not ASCII, but for Latin-1 and general punctuation and marks
    r"|[^\x00-\x7f\xa0-\xbf\u2000-\u206f\ufeff]+"
)
_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_FAMILIES_OF_REFS: dict[str, tuple[str, ...]] = {
    "LicenseRef-public-domain": ("public-domain",),
    **{base: (family,) for base, _, family in OTHERS.values() if base.startswith("LicenseRef-")},
}
"""What the ids ask that stand here for plain words."""


@dataclass(frozen=True, kw_only=True)
class Licence:
    """A licence, as far as its spelling tells."""

    base: str
    """Without version, such as CC-BY."""
    families: tuple[str, ...]
    """What it asks, of `FAMILIES`; nothing for a LicenseRef of the user's own."""
    version: str | None = None
    port: str | None = None
    """Jurisdiction of a ported version, such as US."""

    @property
    def id(self) -> str:
        """The id, such as CC-BY-3.0-US; without version where none was stated."""
        return "-".join(filter(None, (self.base, self.version, self.port)))

    def allowed_by(self, entries: Collection[str]) -> bool:
        """Say whether an allow list covers it.

        A licence of several families, such as CC BY-NC-ND, needs all of them on the list.

        Args:
            entries: Families, ids, or ids without version, which cover every version.

        Example:
            >>> known_licence("CC BY 3.0").allowed_by(["CC-BY"])
            True
            >>> known_licence("CC BY-NC-ND 3.0").allowed_by(["non-commercial"])
            False
        """
        if self.families and set(self.families) <= set(entries):
            return True
        return not {self.base, f"{self.base}-{self.version}", self.id}.isdisjoint(entries)


def known_licence(spelling: str) -> Licence | None:
    """Return the licence that a spelling means, or None if it is not known as a whole.

    Example:
        >>> known_licence("http://creativecommons.org/licenses/by-nc/3.0/").id
        'CC-BY-NC-3.0'
        >>> known_licence("Attribution Noncommercial").id
        'CC-BY-NC'
        >>> known_licence("CC BY 4.0 with additional terms")
    """
    text = spelling.strip()
    if _REF.fullmatch(text):
        return Licence(base=text, families=_FAMILIES_OF_REFS.get(text, ()))
    if match := _URL.fullmatch(text.lower()):
        return _of_url(match)
    words = spelling_key(text).split()
    phrase = " ".join(words)
    if phrase in OTHERS:
        base, version, family = OTHERS[phrase]
        return Licence(base=base, version=version, families=(family,))
    if _stripped(words) in PUBLIC_DOMAIN:
        base, version = PUBLIC_DOMAIN[_stripped(words)]
        return Licence(base=base, version=version, families=("public-domain",))
    return _creative_commons(words)


def spelling_key(spelling: str) -> str:
    """Return a spelling in the form in which spellings are compared.

    Example:
        >>> spelling_key("CC-BY_NC  4.0 ")
        'cc by nc 4.0'
    """
    return " ".join(_WORD.findall(spelling.lower()))


def _of_url(match: re.Match[str]) -> Licence | None:
    kind, version = match["kind"], match["version"]
    port = (match["port"] or "").upper() or None
    if kind in {"zero", "mark"}:
        base = "CC0" if kind == "zero" else "CC-PDM"
        return Licence(base=base, version=version or "1.0", families=("public-domain",))
    if kind in {"sampling", "sampling+", "nc-sampling+"}:
        base = f"CC-{kind.replace('sampling+', 'Sampling-Plus').replace('sampling', 'Sampling')}"
        return Licence(base=base.replace("nc-", "NC-"), version=version, families=("sampling",))
    licence = _of_parts({PARTS.get(part, "?") for part in kind.split("-")})
    if licence is None or version not in {None, *VERSIONS}:
        return None
    if port is not None and port.lower() not in JURISDICTIONS.values():
        return None
    return replace(licence, version=version, port=port)


def _creative_commons(words: list[str]) -> Licence | None:
    """Read `cc by nc 4.0`, `attribution noncommercial share alike 3.0 united states`, ..."""
    text, port = _without_port(" ".join(words))
    for phrase, joined in (
        ("non commercial", "nc"),
        ("share alike", "sa"),
        ("no deriv", "noderiv"),
    ):
        text = text.replace(phrase, joined)
    kinds = [_part(word) for word in text.split()]
    versions = {kind for kind in kinds if kind and kind[0].isdigit()}
    parts = {kind for kind in kinds if kind and kind not in versions}
    licence = None if None in kinds or len(versions) > 1 else _of_parts(parts)
    if licence is None or not versions <= VERSIONS or (port and not versions):
        return None
    return replace(licence, version=next(iter(versions), None), port=port)


def _part(word: str) -> str | None:
    """Return what a word adds: a part of the id, a version, nothing (""), or None if unknown."""
    if number := _VERSION.fullmatch(word):
        return f"{number[1]}.{number[2] or 0}"
    return PARTS.get(word, "" if word in FILLERS else None)


def _without_port(text: str) -> tuple[str, str | None]:
    for name, code in JURISDICTIONS.items():
        for ending in (f" {name}", f" {code}"):
            if text.endswith(ending) and ending.strip() not in PARTS:
                return text.removesuffix(ending), code.upper()
    return text, None


def _of_parts(parts: set[str]) -> Licence | None:
    if "BY" not in parts or not parts <= {"BY", "NC", "SA", "ND"} or {"SA", "ND"} <= parts:
        return None
    base = "-".join(["CC", *(part for part in ("BY", "NC", "SA", "ND") if part in parts)])
    asked = (("NC", "non-commercial"), ("ND", "no-derivatives"), ("SA", "share-alike"))
    families = tuple(family for part, family in asked if part in parts)
    return Licence(base=base, families=families or ("attribution",))


def _stripped(words: list[str]) -> str:
    return " ".join(word for word in words if word not in FILLERS - {"creative", "commons", "cc"})
