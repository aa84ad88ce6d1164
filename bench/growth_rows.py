"""What the rows of a growing corpus say: real captions with changes, some of them refusable.

Every row is drawn alike, whatever its number, so that a larger corpus differs from a smaller one
in its size alone.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.ids import digest_of

CAPTIONS = Path(__file__).parents[1].parent / "shared/data/captions/audiocaps/train.csv"
_EXACT, _SWAPPED, _TYPO, _LEAKED = 0.02, 0.07, 0.10, 0.12
"""Shares of texts, cumulated: an earlier row's; that with another word in it; with two letters in
another order; a caption of AudioCaps test. The rest is new, so that few are near another."""
_NEW_WORDS = 0.3
"""Share of a new text's words that are not those of the real caption it was made from."""
_SAME_SOUND = 0.03
"""Share of rows that have an earlier row's sound, and often its text with another word in it."""
_LEAKED_ORIGINAL = 0.005
_LICENCES = ((0.05, "CC-BY-NC-4.0"), (0.06, None), (1.0, "CC-BY-4.0"))
_PSEUDO, _CHATTY = 0.2, 0.05
"""Share of captions that a model wrote, and of those the share that begin with chatter."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What a row is about."""

    text: str
    text_kind: str
    sound: str
    original: str
    licence: str | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rows of a corpus are about, each made from its number."""

    captions: Sequence[str]
    """Real captions to start from."""
    words: Sequence[str]
    """Their words, each as often as it comes."""
    leaked: Sequence[tuple[str, str]]
    """(original, caption) of an evaluation set."""
    seed: int = 0
    """Of all that is drawn."""

    @classmethod
    def read(cls, seed: int = 0) -> "Facts":
        """Return what is made from AudioCaps."""
        captions = [row["caption"] for row in _rows(CAPTIONS)]
        return cls(
            captions=captions,
            words=[word for caption in captions for word in caption.split()],
            leaked=[
                (f"youtube:{row['youtube_id']}", row["caption"])
                for row in _rows(CAPTIONS.with_name("test.csv"))
            ],
            seed=seed,
        )

    def of(self, row: int) -> Fact:
        """Return what a row is about."""
        draw = self._draw("row", row)
        drawn = draw.random()
        licence = next(licence for share, licence in _LICENCES if drawn < share)
        original = f"youtube:{digest_of(row)[:11]}"
        if draw.random() < _LEAKED_ORIGINAL:
            original = draw.choice(self.leaked)[0]
        pseudo, text = draw.random() < _PSEUDO, self.text(row)
        if pseudo and draw.random() < _CHATTY:
            text = f"Sure, here is a description: {text}"
        return Fact(
            text=text,
            text_kind="pseudo" if pseudo else "human",
            sound=digest_of(["sound", self.sound(row)]),
            original=original,
            licence=licence,
        )

    def text(self, row: int) -> str:
        """Return the caption of a row, but for a model's chatter."""
        draw = self._draw("text", row)
        kind = draw.random()
        if row and (sound := self.sound(row)) != row and kind < 0.5:
            return self._with_other_words(self.text(sound), draw, 1)
        if _TYPO <= kind < _LEAKED:
            return draw.choice(self.leaked)[1]
        if not row or kind >= _LEAKED:
            caption = self.captions[row % len(self.captions)]
            return self._with_other_words(
                caption, draw, max(1, round(_NEW_WORDS * len(caption.split())))
            )
        earlier = self.text(draw.randrange(row))
        if kind < _EXACT:
            return earlier
        if kind < _SWAPPED:
            return self._with_other_words(earlier, draw, 1)
        at = draw.randrange(max(len(earlier) - 1, 1))
        return earlier[:at] + earlier[at : at + 2][::-1] + earlier[at + 2 :]

    def sound(self, row: int) -> int:
        """Return the first row that has the sound of a row."""
        draw = self._draw("sound", row)
        return self.sound(draw.randrange(row)) if row and draw.random() < _SAME_SOUND else row

    def _draw(self, what: str, row: int) -> random.Random:
        return random.Random(f"{self.seed}/{what}/{row}")  # noqa: S311 (the same in every run, no secret)

    def _with_other_words(self, text: str, draw: random.Random, times: int) -> str:
        parts = text.split()
        for place in draw.sample(range(len(parts)), times):
            parts[place] = draw.choice(self.words)
        return " ".join(parts)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
