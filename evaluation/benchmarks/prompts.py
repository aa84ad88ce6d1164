"""Prompts: named ways to ask the items of a benchmark, as data in `prompts.toml`."""

import re
import string
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.benchmarks import Item
from schemas.ids import digest_of

PRESETS = Path(__file__).with_name("prompts.toml")
LETTERS = string.ascii_uppercase

Form = Literal["chat", "completion", "letters"]

_PLACE = re.compile(r"\{(question|choices|lettered|subject|answer|letter)\}")


class Preset(BaseModel):
    """A way to ask: templates, stops and the longest answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    benchmarks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Benchmarks that it asks."""
    source: str
    """Where it comes from; no part of its digest."""
    form: Form
    """`chat`: messages; `completion`: raw text; `letters`: the likeliest letter after raw text."""
    system: str = ""
    """Message of the system, in a chat."""
    header: str = ""
    """What stands before the examples."""
    example: str = ""
    """An answered example."""
    shots: Annotated[int, Field(ge=0)] = 0
    """How many examples."""
    user: Annotated[str, Field(min_length=1)]
    """The question."""
    prefill: str = ""
    """What the model's answer in a chat begins with, given to it."""
    stops: tuple[str, ...] = ()
    """An answer ends before the first of them."""
    max_tokens: Annotated[int, Field(ge=1)] = 1
    """Longest answer."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.shots > 0) != bool(self.example):
            msg = f"{self.name}: expected shots and an example, or neither"
            raise ValueError(msg)
        if self.form != "chat" and (self.system or self.prefill):
            msg = f"{self.name}: system and prefill belong to a chat, not to form {self.form!r}"
            raise ValueError(msg)
        if "" in self.stops:
            msg = f"{self.name}: an empty stop would end every answer"
            raise ValueError(msg)
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of what it asks; its name and source do not enter."""
        return digest_of(self.model_dump(exclude={"name", "benchmarks", "source"}))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    presets: tuple[Preset, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is asked about one item, beside its sound."""

    form: Form
    user: str
    system: str = ""
    prefill: str = ""
    stops: tuple[str, ...] = ()
    max_tokens: int = 1
    letters: int = 0
    """Choices of the item, for the form `letters`."""

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        stops = list(self.stops)
        said = [self.form, self.system, self.user, self.prefill]
        return digest_of([*said, stops, self.max_tokens, self.letters])

    def __str__(self) -> str:
        """All that the model reads, for a person."""
        if self.form != "chat":
            return self.user
        turns = [("system", self.system), ("user", self.user), ("assistant", self.prefill)]
        return "\n\n".join(f"[{role}]\n{text}" for role, text in turns if text)


def rendered(preset: Preset, item: Item, examples: Sequence[Item] = ()) -> Prompt:
    """Return the prompt of an item.

    Args:
        preset: How to ask.
        item: The item.
        examples: Answered items of the benchmark, the wanted ones first; those of the item's own
            subject are shown where it has one.

    Raises:
        ValueError: If there are too few examples, or the item has no choices to name by letters.
    """
    shown = _shown(preset, item, examples)
    if preset.form == "letters" and not 2 <= len(item.choices) <= len(LETTERS):
        msg = f"{item.source_id}: preset {preset.name} compares letters, and it has "
        msg += f"{len(item.choices)} choices"
        raise ValueError(msg)
    before = filled(preset.header, item) + "".join(filled(preset.example, own) for own in shown)
    return Prompt(
        form=preset.form,
        system=filled(preset.system, item),
        user=before + filled(preset.user, item),
        prefill=filled(preset.prefill, item),
        stops=preset.stops,
        max_tokens=preset.max_tokens,
        letters=len(item.choices) if preset.form == "letters" else 0,
    )


def filled(template: str, item: Item) -> str:
    """Return a template with an item's words in its places; braces in those words stay as they are.

    Example:
        >>> item = Item(item_id="", dataset_id="", source_id="", question="Is {x} red?",
        ...     choices=["yes", "no"], answer="no", answer_index=1)
        >>> filled("{question} {choices} {letter}", item)
        "Is {x} red? ['yes', 'no'] B"
    """
    return _PLACE.sub(lambda place: _word(place[1], item), template)


def _word(name: str, item: Item) -> str:
    if name == "lettered":
        pairs = zip(LETTERS, item.choices, strict=False)
        return "\n".join(f"{letter}. {choice}" for letter, choice in pairs)
    if name == "letter":
        return "" if item.answer_index is None else LETTERS[item.answer_index]
    if name == "subject":
        return (item.subject or "").replace("_", " ")
    if name == "choices":
        return str(list(item.choices))
    return item.question if name == "question" else item.answer


def _shown(preset: Preset, item: Item, examples: Sequence[Item]) -> Sequence[Item]:
    if not preset.shots:
        return ()
    alike = [
        own for own in examples if own.subject == item.subject and own.question != item.question
    ]
    if len(alike) < preset.shots:
        about = f" about {item.subject}" if item.subject else ""
        msg = (
            f"preset {preset.name} shows {preset.shots} examples{about}, got {len(alike)}: add the "
            "benchmark's dev or train split, or give its file or folder with --shots"
        )
        raise ValueError(msg)
    return alike[: preset.shots]


@cache
def presets() -> dict[str, Preset]:
    """Return the presets by name, in the order of their file."""
    found = _File.model_validate(tomllib.loads(PRESETS.read_text(encoding="utf-8"))).presets
    return {preset.name: preset for preset in found}


def preset_of(benchmark: str, name: str | None = None) -> Preset:
    """Return a preset of a benchmark.

    Args:
        benchmark: Name of the benchmark.
        name: Name of the preset; None for the benchmark's first.

    Raises:
        ValueError: If the benchmark has no such preset.

    Example:
        >>> preset_of("gsm8k").name, preset_of("mmau").form
        ('gsm8k-reasoning', 'chat')
    """
    known = [preset for preset in presets().values() if benchmark in preset.benchmarks]
    for preset in known:
        if name in {None, preset.name}:
            return preset
    names = ", ".join(preset.name for preset in known) or "none"
    msg = f"expected a prompt preset of {benchmark} ({names}), got {name!r}"
    raise ValueError(msg)
