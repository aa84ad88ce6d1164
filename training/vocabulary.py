"""The vocabulary: special tokens, then the tokeniser's rows, then every codebook's audio ids."""

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.durable import write_durably
from schemas.ids import digest_of
from training.tokenisers import BYTES, Tokeniser, tokeniser_of

SPECIALS = 256
"""Ids reserved for special tokens, used or not."""

PAD, BOS, EOS, EOT = 0, 1, 2, 3
ROLES = {"system": 4, "user": 5, "assistant": 6}
MODALITIES = {"text": 7, "audio": 8}

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
"""Characters that a name of shards and files does not hold."""


class Vocabulary(BaseModel):
    """One id space for text and audio.

    Ids run: 256 specials, `text_rows` rows of the backbone's embedding, then for each codebook one
    delay pad and its `codebook_size` codes.

    Source:
        NVIDIA/audio-intelligence@78024ec:UALM/models/ualm/ualm_job.py fixes the order and specials.

    Example:
        >>> qwen = Vocabulary(name="q", text_rows=151_936, codec="c", codebooks=8,
        ...     codebook_size=1024, tokeniser_digest="")
        >>> qwen.audio_start, qwen.size
        (152192, 160392)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Name for people; part of the id."""
    tokeniser: str = BYTES
    """`bytes`, a local folder or a hub id; its content, not its place, enters the digest."""
    tokeniser_digest: str
    """SHA-256 of the tokeniser's content."""
    text_rows: int = Field(ge=1)
    """Rows of the backbone's embedding, unused ones included."""
    codec: str
    """Codec whose codes these are, with its weights digest."""
    codebooks: int = Field(ge=1)
    """Codebooks, which is also the number of streams."""
    codebook_size: int = Field(ge=1, le=32_768)
    """Codes in each codebook."""

    @classmethod
    def build(
        cls,
        codec: str,
        codebooks: int,
        codebook_size: int,
        *,
        tokeniser: str = BYTES,
        text_rows: int | None = None,
    ) -> Self:
        """Return the vocabulary of a tokeniser and a codec.

        Args:
            codec: Codec with its weights digest.
            codebooks: Codebooks of the codec.
            codebook_size: Codes in each codebook.
            tokeniser: `bytes`, a local folder or a hub id.
            text_rows: Rows of the backbone's embedding; the tokeniser's own if None.

        Raises:
            ValueError: If the backbone has fewer rows than the tokeniser uses.
        """
        loaded = tokeniser_of(tokeniser)
        rows = text_rows or loaded.rows
        if rows < loaded.rows:
            msg = f"expected at least the {loaded.rows} rows of tokeniser {tokeniser}, got {rows}"
            raise ValueError(msg)
        return cls(
            name=f"{_UNSAFE.sub('-', Path(tokeniser).name)}-{codebooks}x{codebook_size}",
            tokeniser=tokeniser,
            tokeniser_digest=loaded.digest,
            text_rows=rows,
            codec=codec,
            codebooks=codebooks,
            codebook_size=codebook_size,
        )

    @property
    def streams(self) -> int:
        """Token streams at each position: one a codebook."""
        return self.codebooks

    @property
    def audio_start(self) -> int:
        """First audio id: the delay pad of codebook 0."""
        return SPECIALS + self.text_rows

    @property
    def audio_size(self) -> int:
        """Audio ids in all, delay pads included."""
        return self.codebooks * (1 + self.codebook_size)

    @property
    def size(self) -> int:
        """Ids in all."""
        return self.audio_start + self.audio_size

    def audio_pad(self, codebook: int) -> int:
        """Return the delay pad of a codebook (0-based)."""
        return self.audio_start + codebook * (1 + self.codebook_size)

    def code_range(self, codebook: int) -> range:
        """Return the ids of a codebook's codes, without its delay pad.

        Raises:
            ValueError: If there is no such codebook.
        """
        if not 0 <= codebook < self.codebooks:
            msg = f"expected a codebook in 0 to {self.codebooks - 1}, got {codebook}"
            raise ValueError(msg)
        first = self.audio_pad(codebook) + 1
        return range(first, first + self.codebook_size)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the ids mean; where the tokeniser lies does not matter."""
        return digest_of(self.model_dump(exclude={"tokeniser", "name"}))

    @property
    def id(self) -> str:
        """Name and the first twelve digits of the digest, as tables hold it."""
        return f"{self.name}@{self.digest[:12]}"

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text."""
        return [SPECIALS + row for row in self._tokeniser.encode(text)]

    def decode(self, ids: list[int]) -> str:
        """Return the text of text ids.

        Raises:
            ValueError: If an id is no text id.
        """
        used = self._tokeniser.rows
        wrong = [i for i in ids if not SPECIALS <= i < self.audio_start]
        if wrong:
            msg = f"expected text ids in {SPECIALS} to {self.audio_start - 1}, got {wrong[:5]}"
            raise ValueError(msg)
        return self._tokeniser.decode([i - SPECIALS for i in ids if i - SPECIALS < used])

    @cached_property
    def _tokeniser(self) -> Tokeniser:
        loaded = tokeniser_of(self.tokeniser)
        if loaded.digest != self.tokeniser_digest:
            msg = (
                f"tokeniser {self.tokeniser}: expected content {self.tokeniser_digest[:12]}, got "
                f"{loaded.digest[:12]}; restore the tokeniser that the sequences were made with"
            )
            raise ValueError(msg)
        return loaded

    def save(self, folder: Path) -> Path:
        """Write the vocabulary as `<id>.json` into a folder, such as a lake's weights."""
        path = folder / f"{self.id}.json"
        write_durably(path, (self.model_dump_json(indent=2) + "\n").encode())
        return path

    @classmethod
    def load(cls, folder: Path, identifier: str) -> Self:
        """Read the vocabulary of an id.

        Raises:
            ValueError: If the folder holds none of that id, or its content has another digest.
        """
        path = folder / f"{identifier}.json"
        if not path.is_file():
            msg = f"expected vocabulary {identifier} at {path}; run `ualm corpus samples` again"
            raise ValueError(msg)
        vocabulary = cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        if vocabulary.id != identifier:
            msg = f"{path}: expected {identifier}, but its content is {vocabulary.id}"
            raise ValueError(msg)
        return vocabulary
