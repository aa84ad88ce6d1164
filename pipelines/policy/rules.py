"""A policy as a TOML file: licences, quality, captions and sources that samples may use.

name = "mine"
missing_measure = "refuse"

[licence]
allow = ["public-domain", "attribution", "CC-BY-SA-4.0"]
missing_allowed_for = ["my-recordings"]
[licence.spellings]
"CCBY" = "CC-BY-4.0"

[quality]
max_silence_ratio = 0.9
[[quality.measures]]
name = "ce"
scorer = "audiobox-aesthetics@0123456789ab"
above = 3.38

[captions]
kinds = ["human", "pseudo"]

[sources]
exclude = ["old-crawl"]
"""

import json
import re
from collections.abc import Sequence
from itertools import product
from math import inf, nextafter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.policy.licences import FAMILIES, Licence, known_licence, spelling_key
from pipelines.toml_file import read_toml
from schemas.corpus import TextKind

PRESETS: dict[str, Path] = {
    name: Path(__file__).parent / f"{name}.toml" for name in ("commercial", "research")
}
"""Policies that come with the suite."""

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_AUDIBLE_HZ = 20
Level = Annotated[float, Field(le=24, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]
Length = Annotated[int, Field(ge=0)]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LicenceRules(_Rules):
    """Which licences may be used, of sounds and of texts."""

    allow: tuple[Name, ...]
    """Families, ids, or ids without version; a licence of two families needs both."""
    missing_allowed_for: tuple[Name, ...] = ()
    """Sources whose items may state no licence."""
    text_allow: tuple[Name, ...] | None = None
    """The same for captions and conversations; as `allow` if left out."""
    text_missing_allowed_for: tuple[Name, ...] | None = None
    """The same for captions and conversations; as `missing_allowed_for` if left out."""
    spellings: dict[str, Name] = {}
    """What a spelling means that is not known here: an id, or LicenseRef-NAME of your own."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Check that every licence named is one."""
        given: dict[str, str] = {}
        for spelling, target in self.spellings.items():
            if known_licence(target) is None:
                msg = f"{spelling!r}: expected an id such as CC-BY-4.0, got {target!r}"
                raise ValueError(msg)
            if not (key := spelling_key(spelling)):
                msg = f"{spelling!r}: expected a spelling that has words, got none"
                raise ValueError(msg)
            if given.setdefault(key, target) != target:
                msg = f"{spelling!r}: expected one meaning, got {given[key]!r} and {target!r}"
                raise ValueError(msg)
        for entry in (*self.allow, *(self.text_allow or ())):
            if entry in FAMILIES:
                continue
            licence = known_licence(entry)
            if licence is None or entry not in {licence.base, licence.id}:
                meant = f" (meant {licence.id}?)" if licence else ""
                families = ", ".join(FAMILIES)
                msg = f"expected an id such as CC-BY-4.0 or one of {families}; got {entry!r}{meant}"
                raise ValueError(msg)
        return self

    def licence(self, spelling: str) -> Licence | None:
        """Return what a spelling means, by the user's own spellings first."""
        own = {spelling_key(given): target for given, target in self.spellings.items()}
        return known_licence(own.get(spelling_key(spelling), spelling))

    def of_texts(self) -> "LicenceRules":
        """Return the rules as they hold for captions and conversations."""
        missing = self.text_missing_allowed_for
        return LicenceRules(
            allow=self.allow if self.text_allow is None else self.text_allow,
            missing_allowed_for=self.missing_allowed_for if missing is None else missing,
            spellings=self.spellings,
        )


class MeasureRule(_Rules):
    """A threshold on what a model measured."""

    name: Name
    """Such as ce, pc, clap, text_match."""
    scorer: Name
    """Who measured: a scorer's exact id, or `embedded` for the lake's own judge."""
    min: Finite | None = None
    """Smallest value that is kept."""
    above: Finite | None = None
    """Largest value that is not kept."""
    max: Finite | None = None
    """Largest value that is kept."""
    together: Name | None = None
    """Rules of one name drop a row only if it misses all of them."""

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        given = [name for name in ("min", "above", "max") if getattr(self, name) is not None]
        if len(given) != 1:
            msg = f"expected one of min, above and max, got {' and '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


def _check_order(name: str, least: float | None, most: float | None) -> None:
    """Check that a value can be large and small enough at once."""
    if least is not None and most is not None and least > most:
        msg = f"{name}: expected its least up to its most, got {least:g} and {most:g}: none passes"
        raise ValueError(msg)


def _check_measures(rules: Sequence[MeasureRule]) -> None:
    """Check the same of measures; rules that go together may well exclude each other."""
    for low, high in product([rule for rule in rules if not rule.together], repeat=2):
        if (low.name, low.scorer) == (high.name, high.scorer):
            least = low.min if low.above is None else nextafter(low.above, inf)
            _check_order(f"{low.name} of {low.scorer}", least, high.max)


class QualityRules(_Rules):
    """Thresholds on a clip; what is left out is not asked."""

    max_silence_ratio: Share | None = None
    """Largest share of 20 ms frames under -60 dBFS."""
    max_clipping_ratio: Share | None = None
    """Largest share of samples at full scale."""
    min_bandwidth_hz: Positive | None = None
    """Smallest frequency below which 99.9 % of the energy lies."""
    min_peak_dbfs: Level | None = None
    """Lowest peak; digital silence misses any."""
    min_rms_dbfs: Level | None = None
    """Lowest RMS level; digital silence misses any."""
    max_rms_dbfs: Level | None = None
    """Highest RMS level."""
    min_duration_s: Positive | None = None
    max_duration_s: Positive | None = None
    measures: tuple[MeasureRule, ...] = ()

    @model_validator(mode="after")
    def _passable(self) -> Self:
        """Check that some clip could pass, and that a bandwidth is not meant in kHz."""
        _check_order("duration_s", self.min_duration_s, self.max_duration_s)
        _check_order("rms_dbfs", self.min_rms_dbfs, self.max_rms_dbfs)
        _check_measures(self.measures)
        if self.min_bandwidth_hz is not None and 0 < self.min_bandwidth_hz < _AUDIBLE_HZ:
            msg = (
                f"min_bandwidth_hz: expected Hz, at least {_AUDIBLE_HZ} or 0, "
                f"got {self.min_bandwidth_hz:g}; was it meant in kHz?"
            )
            raise ValueError(msg)
        return self


class CaptionRules(_Rules):
    """Rules for captions; what is left out is not asked."""

    kinds: tuple[TextKind, ...] | None = None
    """Kinds of text that are kept."""
    min_words: Length | None = None
    max_words: Length | None = None
    measures: tuple[MeasureRule, ...] = ()
    """Such as clap. Captions of whole recordings have no clip to be measured with: not judged."""

    @model_validator(mode="after")
    def _passable(self) -> Self:
        _check_order("words", self.min_words, self.max_words)
        _check_measures(self.measures)
        return self


class SourceRules(_Rules):
    """Which sources may be used; all if neither is given."""

    include: tuple[Name, ...] | None = None
    exclude: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        if both := sorted(set(self.include or ()) & set(self.exclude)):
            msg = f"expected sources to be included or excluded, got both for {', '.join(both)}"
            raise ValueError(msg)
        return self


class Policy(_Rules):
    """What samples and exports may use."""

    name: Name
    missing_measure: Literal["refuse", "keep"] = "refuse"
    """What becomes of a row that a measure rule is about but nobody measured."""
    licence: LicenceRules
    quality: QualityRules = QualityRules()
    captions: CaptionRules = CaptionRules()
    sources: SourceRules = SourceRules()

    @model_validator(mode="after")
    def _groups(self) -> Self:
        """Check that no group of rules has a single member, which would be a slip."""
        for rules in (self.quality.measures, self.captions.measures):
            groups = [rule.together for rule in rules if rule.together]
            if alone := sorted(name for name in groups if groups.count(name) == 1):
                msg = f"together = {alone[0]!r}: expected at least two rules of that name, got one"
                raise ValueError(msg)
        return self

    def judging(self) -> dict[str, Any]:
        """Return all that verdicts depend on, as JSON values: everything but the name."""
        return self.model_dump(mode="json", exclude={"name"})


def read_policy(given: str | Path) -> Policy:
    """Read a policy: the name of a preset, or a TOML file.

    Raises:
        ValueError: If there is no such file, or it is no policy.
    """
    presets = ", ".join(PRESETS)
    path = PRESETS.get(str(given), Path(given))
    return read_toml(path, Policy, f"a policy file or one of {presets}")


def as_toml(policy: Policy) -> str:
    """Return a policy as TOML, every default written out; what is not asked is a comment."""
    texts = policy.licence.of_texts()
    licence = policy.licence.model_copy(
        update={
            "text_allow": texts.allow,
            "text_missing_allowed_for": texts.missing_allowed_for,
        }
    )
    lines: list[str] = []
    _write_table(lines, "", policy.model_copy(update={"licence": licence}).model_dump(mode="json"))
    return "\n".join(lines).strip()


def _write_table(lines: list[str], name: str, values: dict[str, Any]) -> None:
    plain = {key: value for key, value in values.items() if not _is_table(value)}
    if name and (plain or not values):
        lines += ["", f"[{name}]"]
    for key, value in plain.items():
        lines.append(f"# {key} is not asked" if value is None else f"{_key(key)} = {_toml(value)}")
    for key, value in values.items():
        place = f"{name}.{_key(key)}" if name else _key(key)
        if isinstance(value, dict):
            _write_table(lines, place, value)
        elif _is_table(value):
            for entry in value:
                lines += ["", f"[[{place}]]"]
                lines += [f"{_key(k)} = {_toml(v)}" for k, v in entry.items() if v is not None]


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and _holds_tables(value))


def _holds_tables(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: Any) -> str:
    """Return a value as TOML; its strings, numbers and lists read as those of JSON."""
    return json.dumps(value, ensure_ascii=False)
