"""A PyTorch data set over a lake's `sequences`, for our trainer or any other.

    dataset = SequenceDataset("lake", Reading(vocabulary="bytes-4x256@...", split="train"))
    for draw in torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=4): ...

It reads shard by shard: memory holds one buffer of shards. Each epoch shows every sequence as
often as `blends` says of its task, in an order that follows from the seed, the epoch and the
consumer alone. `state_dict` is exact in the process that iterates; a worker's is its own.
docs/training.md has a whole example.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field
from torch.utils.data import IterableDataset, get_worker_info

from schemas.ids import digest_of, seed_of
from schemas.lake import Lake, Shard
from schemas.training import Sequence, Span
from training.units import COLUMNS, Unit, Weights, copies_of, matching_rows, units_of


class NoSequencesError(ValueError):
    """The lake holds no sequence of what is to be read."""


class Reading(BaseModel):
    """Which sequences to read, and in what order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary: str
    """Id of the vocabulary, as `name@digest`."""
    split: str = "train"
    stages: tuple[str, ...] = ()
    """Stages whose sequences to read; all if empty."""
    preferred: bool | None = None
    """Only winners (true) or losers (false) of preference pairs; all if None."""
    pairs: bool = False
    """Whether to draw winner and loser of a preference pair together."""
    seed: int = 0
    shuffle: bool = True
    buffer_rows: int = Field(default=8192, ge=1)
    """Rows shuffled among each other, in whole shards."""
    rank: int = Field(default=0, ge=0)
    world_size: int = Field(default=1, ge=1)
    epochs: int | None = None
    """Epochs to draw; without end if None."""
    versions: dict[str, int] = {}
    """Versions of `sequences` and `blends`; of one that is not named, the newest at the start."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One showing of a sequence, or of the winner and the loser of a pair."""

    sequences: tuple[Sequence, ...]
    epoch: int
    shard: str
    """Slot of the shard that holds it."""
    rows: tuple[int, ...]
    """Rows inside the shard."""

    @property
    def positions(self) -> int:
        """Positions of all its sequences."""
        return sum(sequence.positions for sequence in self.sequences)

    @property
    def address(self) -> list[Any]:
        """Where to find it again, as JSON: epoch, shard and rows."""
        return [self.epoch, self.shard, list(self.rows)]


class SequenceDataset(IterableDataset[Draw]):
    """Draws of the sequences of a lake.

    Consumers (ranks times workers) share an epoch without overlap: by shards if each gets one,
    else by rows. Nothing is repeated to make them equal.
    """

    def __init__(self, lake: Path | str, reading: Reading) -> None:
        """Open the lake and count the sequences that match.

        Args:
            lake: Folder of the lake.
            reading: Which sequences, in what order.

        Raises:
            NoSequencesError: If no sequence matches.
            ValueError: If the rank is out of range.
        """
        super().__init__()
        if reading.rank >= reading.world_size:
            msg = f"expected a rank below {reading.world_size}, got {reading.rank}"
            raise ValueError(msg)
        self._lake = Lake.open(lake)
        self.versions = {t: _version(self._lake, reading, t) for t in ("sequences", "blends")}
        self.reading = reading
        self._shards = _matching_shards(self._lake, reading, self.versions["sequences"])
        self._weights = _weights(self._lake, self.versions["blends"])
        self._place = {"epoch": 0, "shard": 0, "offset": 0}

    def __iter__(self) -> Iterator[Draw]:
        """Go on from the place of the last `load_state_dict`, or from where iteration stopped."""
        consumer, consumers = self._consumer()
        while self.reading.epochs is None or self._place["epoch"] < self.reading.epochs:
            epoch = self._place["epoch"]
            shards, row_stride = self._dealt(epoch, consumer, consumers)
            shown = self._place["shard"] + self._place["offset"]
            while self._place["shard"] < len(shards):
                group, following = self._group(shards, self._place["shard"], epoch, row_stride)
                for unit in group[self._place["offset"] :]:
                    self._place["offset"] += 1
                    shown += 1
                    yield self._draw(unit, epoch)
                self._place.update(shard=following, offset=0)
            self._place.update(epoch=epoch + 1, shard=0, offset=0)
            if not shown and self.reading.epochs is None:
                msg = f"expected a sequence for consumer {consumer} of {consumers} in epoch "
                msg += f"{epoch}, got none; use fewer ranks and workers, or more data"
                raise ValueError(msg)

    def state_dict(self) -> dict[str, Any]:
        """Return the place of the next draw, as JSON."""
        return {**self._place, "versions": self.versions, "reading": self._digest}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another data set of the same reading stopped.

        Raises:
            ValueError: If the state is of another reading or other versions of the tables.
        """
        expected = {"versions": self.versions, "reading": self._digest}
        found = {name: state.get(name) for name in expected}
        if found != expected:
            msg = f"expected the state of this reading and its versions {expected}, got {found}"
            raise ValueError(msg)
        self._place = {name: int(state[name]) for name in ("epoch", "shard", "offset")}

    def fetch(self, address: Ordered[Any]) -> Draw:
        """Return the draw of an address.

        Raises:
            ValueError: If no live shard of this version has that slot.
        """
        epoch, slot, rows = address
        return self._draw(Unit(shard=self._by_slot(slot), rows=tuple(rows)), epoch)

    @cached_property
    def _digest(self) -> str:
        return digest_of(self.reading.model_dump(exclude={"versions", "epochs"}))[:16]

    def _consumer(self) -> tuple[int, int]:
        worker = get_worker_info()
        workers, index = (worker.num_workers, worker.id) if worker else (1, 0)
        return self.reading.rank * workers + index, self.reading.world_size * workers

    def _dealt(self, epoch: int, consumer: int, consumers: int) -> tuple[list[Shard], slice]:
        """Return a consumer's shards of an epoch, and which of their draws are its own."""
        order = self._permutation(len(self._shards), "shards", epoch)
        shards = [self._shards[i] for i in order]
        if len(shards) >= consumers:
            return shards[consumer::consumers], slice(None)
        return shards, slice(consumer, None, consumers)

    def _group(
        self, shards: list[Shard], start: int, epoch: int, own: slice
    ) -> tuple[list[Unit], int]:
        """Return the shuffled draws of a buffer of shards, and the shard that follows it."""
        units: list[Unit] = []
        end = start
        while end < len(shards) and len(units) < self.reading.buffer_rows:
            units += self._units(shards[end], epoch)
            end += 1
        order = self._permutation(len(units), f"rows-{shards[start].slot}", epoch)
        return [units[i] for i in order][own], end

    def _units(self, shard: Shard, epoch: int) -> list[Unit]:
        table = self._lake.read_shard(shard, columns=COLUMNS)
        rows = matching_rows(table, self.reading)
        units = units_of(table, rows, shard, self._weights, pairs=self.reading.pairs)
        seed = self.reading.seed
        return [u for u in units for _ in range(copies_of(u.weight, u.name, seed, epoch))]

    def _permutation(self, length: int, what: str, epoch: int) -> list[int]:
        if not self.reading.shuffle:
            return list(range(length))
        seed = seed_of(what, self.reading.seed, epoch)
        order: list[int] = np.random.default_rng(seed).permutation(length).tolist()
        return order

    def _draw(self, unit: Unit, epoch: int) -> Draw:
        table = self._table(unit.shard)
        sequences = tuple(_sequence(table.slice(row, 1)) for row in unit.rows)
        return Draw(sequences=sequences, epoch=epoch, shard=unit.shard.slot, rows=unit.rows)

    def _table(self, shard: Shard) -> pa.Table:
        """Return a shard's rows, kept until the next buffer pushes them out."""
        tables: dict[str, pa.Table] = self.__dict__.setdefault("_tables", {})
        if shard.slot not in tables:
            held = sum(table.num_rows for table in tables.values())
            if held >= 2 * self.reading.buffer_rows:
                tables.pop(next(iter(tables)))
            tables[shard.slot] = self._lake.read_shard(shard)
        return tables[shard.slot]

    def _by_slot(self, slot: str) -> Shard:
        for shard in self._shards:
            if shard.slot == slot:
                return shard
        version = self.versions["sequences"]
        msg = f"expected shard {slot} in version {version} of sequences, found none"
        raise ValueError(msg)


def _version(lake: Lake, reading: Reading, table: str) -> int:
    newest = lake.version(table)
    if newest < 0:
        msg = f"expected the table {table} in {lake.root}, found none; "
        msg += f"run `ualm corpus samples --lake {lake.root}`"
        raise ValueError(msg)
    return reading.versions.get(table, newest)


def _weights(lake: Lake, version: int) -> Weights:
    rows = lake.read("blends", ["stage", "task", "weight"], version).to_pylist()
    return {(row["stage"], row["task"]): row["weight"] for row in rows}


def _matching_shards(lake: Lake, reading: Reading, version: int) -> list[Shard]:
    shards = [s for s in lake.shards("sequences", version) if _may_match(s, reading)]
    found = [s for s in shards if len(matching_rows(lake.read_shard(s, columns=COLUMNS), reading))]
    if not found:
        stages = ", ".join(reading.stages) or "any stage"
        msg = (
            f"expected sequences of {stages}, split {reading.split}, vocabulary "
            f"{reading.vocabulary} in {lake.root}, found none; run `ualm corpus samples`"
        )
        raise NoSequencesError(msg)
    return found


def _may_match(shard: Shard, reading: Reading) -> bool:
    """Say whether a shard's slot leaves room for a match: it tells the vocabulary and the stage."""
    step, _, variant = shard.slot.removesuffix(f".{shard.root}").partition(".")
    vocabulary, _, stage = variant.rpartition("+")
    if step != "sequences" or not vocabulary:
        return True
    return vocabulary == reading.vocabulary and (not reading.stages or stage in reading.stages)


def _sequence(table: pa.Table) -> Sequence:
    (row,) = table.to_pylist()
    return Sequence(**{**row, "spans": [Span(**span) for span in row["spans"]]})
