"""The folder of a run: its curve, its newest training state, its final checkpoint."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from training.checkpoint import save_tensors, write_folder, write_text

_STATE, _MODEL, _OPTIMISER = "state.json", "model.safetensors", "optimiser.safetensors"
_TOLD = "run.json"


@dataclass(frozen=True, kw_only=True)
class State:
    """All that a run needs to go on as if it had never stopped."""

    step: int
    """Steps done."""
    stream: Mapping[str, Any]
    """Place in the data."""
    seconds: float
    """Wall time so far."""
    model: Mapping[str, Tensor]
    optimiser: Mapping[str, Tensor]


class RunFolder:
    """`run.json`, `curve.jsonl`, `states/`, `tensorboard/` and `final/` of one run."""

    def __init__(self, root: Path) -> None:
        """Use a folder, existing or not."""
        self.root = root
        self._curve = root / "curve.jsonl"

    @property
    def final(self) -> Path:
        """Folder of the final checkpoint."""
        return self.root / "final"

    def start(self, told: Mapping[str, Any]) -> None:
        """Make the folder for a new run.

        Args:
            told: What decides the run's result, as JSON.

        Raises:
            ValueError: If it holds an earlier run or other things.
        """
        if self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir())):
            msg = f"expected a new or empty folder, but {self.root} holds something; "
            msg += "go on with --resume, or choose another --output"
            raise ValueError(msg)
        self.root.mkdir(parents=True, exist_ok=True)
        write_text(self.root / _TOLD, json.dumps(told, indent=2) + "\n")

    def told(self) -> dict[str, Any]:
        """Return what the run in this folder was told.

        Raises:
            ValueError: If there is no run in the folder.
        """
        if not (self.root / _TOLD).is_file():
            msg = f"expected a run to resume in {self.root}, found none; leave out --resume"
            raise ValueError(msg)
        told: dict[str, Any] = json.loads((self.root / _TOLD).read_text(encoding="utf-8"))
        return told

    def append(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a step to the curve."""
        with self._curve.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **metrics}) + "\n")

    def curve(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yield each step's number and metrics, in order, without a torn last line."""
        if not self._curve.is_file():
            return
        for line in self._curve.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                metrics = json.loads(line)
                yield metrics.pop("step"), metrics

    def save(self, state: State) -> None:
        """Write a state; the older one goes when the new one is complete."""
        folder = self.root / "states" / f"step-{state.step:09d}"
        write_folder(folder, lambda part: _write(part, state))
        for other in (self.root / "states").iterdir():
            if other != folder:
                shutil.rmtree(other)

    def resume(self, told: Mapping[str, Any]) -> State | None:
        """Return the newest state and cut the curve back to it; None if there is none yet.

        Args:
            told: What this run is told.

        Raises:
            ValueError: If there is no run in the folder, or it was told otherwise.
        """
        before = self.told()
        different = [name for name in told if told[name] != before.get(name)]
        if different:
            msg = f"expected the configuration that {self.root} was started with; "
            msg += f"different now: {', '.join(different)}"
            raise ValueError(msg)
        folders = sorted((self.root / "states").glob("step-*"))
        state = _read(folders[-1]) if folders else None
        self._cut(state.step if state else 0)
        return state

    def _cut(self, step: int) -> None:
        kept = [{"step": at, **metrics} for at, metrics in self.curve() if at <= step]
        temporary = self._curve.with_suffix(".tmp")
        write_text(temporary, "".join(json.dumps(line) + "\n" for line in kept))
        os.replace(temporary, self._curve)  # noqa: PTH105  atomic over an existing file by contract


def _write(folder: Path, state: State) -> None:
    save_tensors(folder / _MODEL, dict(state.model))
    save_tensors(folder / _OPTIMISER, dict(state.optimiser))
    fields = ("step", "stream", "seconds")
    write_text(folder / _STATE, json.dumps({name: getattr(state, name) for name in fields}))


def _read(folder: Path) -> State:
    return State(
        **json.loads((folder / _STATE).read_text(encoding="utf-8")),
        model=load_file(folder / _MODEL),
        optimiser=load_file(folder / _OPTIMISER),
    )
