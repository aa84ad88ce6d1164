"""What a form of export does: take clips and conversations, and leave files."""

from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipelines.exports.attribution import Credits
from pipelines.exports.rows import Choice, Left, Sounding, Talking

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says of an export beside its rows."""

    name: str
    """Name of the data set."""
    shard_bytes: int = 512 * MIB
    """Size at which a new file is begun."""
    language: tuple[str, ...] = ()
    """Codes of the captions' languages, if not to be taken from what was measured."""
    url: str | None = None
    """Where the data set will be published, for its metadata."""
    location: str = ""
    """Folder in which the export will lie, for manifests that name sounds by absolute paths."""


class Form(ABC):
    """A form of export, while it is written."""

    talks: ClassVar[bool] = False
    """Whether it takes conversations."""

    def __init__(self, folder: Path, options: Options, files: ExitStack) -> None:
        """Begin.

        Args:
            folder: Empty folder to fill.
            options: What was said beside the rows.
            files: Closes what is left open, whatever happens.
        """
        self.folder = folder
        self.options = options
        self.files = files

    @abstractmethod
    def add(self, clip: Sounding) -> None:
        """Take a clip."""

    def converse(self, talk: Talking, left: Left) -> None:  # noqa: B027 (most forms take none)
        """Take a conversation; its clips were taken before.

        Args:
            talk: The conversation.
            left: Told if it stays behind.
        """

    @abstractmethod
    def finish(self) -> None:
        """Complete the data files; attribution and manifest come after."""

    def describe(self, told: "Told") -> None:  # noqa: B027 (some forms need no more)
        """Write what describes the data files, now that they are complete."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known once all rows have left."""

    choice: Choice
    left: Left
    credits: Credits
    versions: dict[str, int]
    """Versions of the tables that were read."""
    languages: tuple[str, ...]
    """Codes of the captions' languages; empty if nobody measured them."""
    steps: tuple[str, ...]
    """Steps that wrote the tables, with their versions."""
