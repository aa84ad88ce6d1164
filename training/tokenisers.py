"""Tokenisers: text to the rows of a language model's embedding, and back."""

from functools import lru_cache
from typing import Protocol

from schemas.ids import digest_of

BYTES = "bytes"
"""Source of the embedded tokeniser, which needs no download."""


class Tokeniser(Protocol):
    """Text to rows of the backbone's embedding, and back."""

    @property
    def rows(self) -> int:
        """Rows that it uses; a backbone may hold more."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of what decides its output."""
        ...

    def encode(self, text: str) -> list[int]:
        """Return the rows of a text, with no special token added or recognised."""
        ...

    def decode(self, rows: list[int]) -> str:
        """Return the text of rows."""
        ...


class ByteTokeniser:
    """The 256 bytes of UTF-8.

    Example:
        >>> ByteTokeniser().encode("é")
        [195, 169]
    """

    rows = 256
    digest = digest_of(["bytes", 256])

    def encode(self, text: str) -> list[int]:
        """Return the text's UTF-8 bytes."""
        return list(text.encode())

    def decode(self, rows: list[int]) -> str:
        """Return the text; bytes that are no UTF-8 become U+FFFD, for a model may emit any."""
        return bytes(rows).decode(errors="replace")


class TransformersTokeniser:
    """A tokeniser of the transformers library, from a local folder or a hub id."""

    def __init__(self, source: str) -> None:
        """Load it.

        Args:
            source: Folder with the tokeniser's files, or hub id.

        Raises:
            ValueError: If nothing loads from there.
        """
        from transformers import AutoTokenizer  # noqa: PLC0415  takes seconds to import

        try:
            self._tokeniser = AutoTokenizer.from_pretrained(source)
        except (OSError, ValueError) as error:
            msg = f"expected a tokeniser folder or hub id, got {source!r}: {error}"
            raise ValueError(msg) from error
        vocabulary = self._tokeniser.get_vocab()
        self.rows: int = max(vocabulary.values()) + 1
        backend = getattr(self._tokeniser, "backend_tokenizer", None)
        self.digest = digest_of(backend.to_str() if backend else sorted(vocabulary.items()))

    def encode(self, text: str) -> list[int]:
        """Return the rows of a text; `<|...|>` in it is text, never a control token."""
        rows: list[int] = self._tokeniser.encode(
            text, add_special_tokens=False, split_special_tokens=True
        )
        return rows

    def decode(self, rows: list[int]) -> str:
        """Return the text of rows."""
        return str(self._tokeniser.decode(rows))


@lru_cache(maxsize=8)
def tokeniser_of(source: str) -> Tokeniser:
    """Return the tokeniser of a source: `bytes`, a local folder, or a hub id."""
    return ByteTokeniser() if source == BYTES else TransformersTokeniser(source)
