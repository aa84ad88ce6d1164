"""Checkpoints: a folder of safetensors weights and a JSON card; nothing is ever unpickled."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.torch import load_file, save_file
from torch import Tensor

from schemas.durable import sync
from schemas.ids import digest_of, file_digest
from training.decoder import Decoder, DecoderShape
from training.vocabulary import Vocabulary

WEIGHTS = "weights.safetensors"
CARD = "checkpoint.json"


class Card(BaseModel):
    """What a checkpoint is and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    """Stage that made it."""
    preset: str
    """Scale of that stage."""
    step: int
    """Steps of that stage."""
    decoder: DecoderShape
    vocabulary: Vocabulary
    parent: str | None = None
    """Checkpoint or backbone that it started from."""
    table_versions: dict[str, int] = {}
    """Version of each table of the lake that was read."""
    weights_sha256: str = ""
    """SHA-256 of the weights file."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights and what they mean; its history does not enter."""
        meaning = {"decoder": self.decoder.model_dump(), "vocabulary": self.vocabulary.digest}
        return digest_of({"weights": self.weights_sha256, **meaning})


@dataclass(frozen=True)
class Checkpoint:
    """A trained decoder with its vocabulary."""

    card: Card
    model: Decoder

    @property
    def id(self) -> str:
        """Stage and the first twelve digits of the digest, as tables hold it."""
        return f"{self.card.stage}@{self.card.digest[:12]}"

    @property
    def vocabulary(self) -> Vocabulary:
        """Vocabulary of the decoder."""
        return self.card.vocabulary

    def save(self, folder: Path) -> "Checkpoint":
        """Write it to a folder, which appears complete or not at all.

        Args:
            folder: A new folder, or one that holds an older checkpoint, which is replaced.

        Returns:
            The checkpoint with the digest of its weights.
        """
        saved: list[Card] = []
        write_folder(folder, lambda part: saved.append(self._write(part)))
        return Checkpoint(saved[0], self.model)

    @classmethod
    def load(cls, folder: Path) -> "Checkpoint":
        """Read a checkpoint from its folder, or from the folder of the run that made it.

        Raises:
            ValueError: If the folder holds none, or its weights are not those of its card.
        """
        folder = folder / "final" if (folder / "final" / CARD).is_file() else folder
        if not (folder / CARD).is_file():
            msg = f"expected a checkpoint ({CARD}, {WEIGHTS}) in {folder}, found none; "
            msg += "make one with `ualm train STAGE --lake LAKE`"
            raise ValueError(msg)
        try:
            card = Card.model_validate(json.loads((folder / CARD).read_text(encoding="utf-8")))
        except ValidationError as error:
            msg = f"{folder / CARD}: not a checkpoint of this version: {error}"
            raise ValueError(msg) from error
        found = file_digest(folder / WEIGHTS)
        if found != card.weights_sha256:
            msg = f"{folder / WEIGHTS}: expected SHA-256 {card.weights_sha256[:12]}, got "
            msg += f"{found[:12]}; the file is damaged, train or copy it again"
            raise ValueError(msg)
        model = Decoder(card.decoder, card.vocabulary)
        model.load_state_dict(load_file(folder / WEIGHTS))
        return cls(card, model.eval())

    def _write(self, folder: Path) -> Card:
        save_tensors(folder / WEIGHTS, dict(self.model.state_dict()))
        card = self.card.model_copy(update={"weights_sha256": file_digest(folder / WEIGHTS)})
        write_text(folder / CARD, card.model_dump_json(indent=2) + "\n")
        return card


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a temporary folder beside the final one, then rename it, so that none is ever torn.

    An older folder of the name moves aside for the instant between two renames and is deleted; if
    a writer died in that instant, the next one puts it back first.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary, older = (folder.with_name(f".{folder.name}.{kind}") for kind in ("tmp", "old"))
    if older.exists() and not folder.exists():
        older.rename(folder)
    for leftover in (temporary, older):
        if leftover.exists():
            shutil.rmtree(leftover)
    temporary.mkdir()
    write(temporary)
    sync(temporary)
    if folder.exists():
        folder.rename(older)
    temporary.rename(folder)
    sync(folder.parent)
    if older.exists():
        shutil.rmtree(older)


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors and wait until they are on the disk."""
    save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, path)
    sync(path)


def write_text(path: Path, text: str) -> None:
    """Write a text and wait until it is on the disk."""
    path.write_text(text, encoding="utf-8")
    sync(path)
