"""Ingest damaged and lying sound files: no crash, none silently short, little memory.

    python -m tests.faults.mutated_audio --files 2000

A process of its own ingests them as users do. Every file has to end exactly once, as a recording
with clips or in the ledger; and a recording that was decoded has the frames of the undamaged file.
"""

import argparse
import json
import multiprocessing
import re
import resource
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sources.folder import folder_source
from schemas.audio.decode import decode
from schemas.lake import Lake
from tests.faults.mutations import Mutated, mutated

MOST_MIB = 1024
_LENGTH_MAY_CHANGE = {"192-khz", "64-channels"}
"""Mutations that make another file, whose own length counts."""


@dataclass(kw_only=True)
class Found:
    """What became of the files."""

    files: int
    kept: Counter[str] = field(default_factory=Counter)
    """Files that were decoded, by mutation."""
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    """Reasons by mutation."""
    wrong: list[str] = field(default_factory=list)
    """Files that are neither whole nor refused, or both, with what is wrong."""
    errors: list[str] = field(default_factory=list)
    """Shards that failed: what a crash leaves."""
    peak_mib: int = 0
    """Peak of the largest process."""


def ingest_mutated(count: int, folder: Path, seed: int = 0) -> Found:
    """Make mutated files, ingest them in a process of its own, and judge what came of them.

    Args:
        count: How many.
        folder: An empty folder to work in.
        seed: Of the damage.
    """
    files = [mutated(number, seed) for number in range(count)]
    for file in files:
        (folder / file.name).write_bytes(file.data)
    lines = [json.dumps({"path": file.name, "text": file.how}) + "\n" for file in files]
    (folder / "clips.jsonl").write_text("".join(lines), encoding="utf-8")
    context = multiprocessing.get_context("spawn")
    told = context.SimpleQueue()
    process = context.Process(target=_ingest, args=(folder, told))
    process.start()
    process.join()
    found = Found(files=count)
    if process.exitcode != 0:
        found.errors.append(f"the process ended with exit code {process.exitcode}")
        return found
    errors, found.peak_mib = told.get()
    found.errors.extend(errors)
    _judge(files, Lake.open(folder / "lake"), found)
    return found


def _ingest(folder: Path, told: "multiprocessing.SimpleQueue") -> None:
    lake = Lake.create(folder / "lake")
    summary = run_step(Ingest(source=folder_source(folder / "clips.jsonl", "mutated")), lake)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(_own_peak_kib(), workers)
    told.put(([f"{slot}: {error}" for slot, error in summary.errors], peak // 1024))


def _own_peak_kib() -> int:
    """Return this process's peak; `getrusage` would count that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def _judge(files: list[Mutated], lake: Lake, found: Found) -> None:
    recordings = {row["source_id"]: row for row in lake.read("recordings").to_pylist()}
    clips = Counter(lake.read("clips")["recording_id"].to_pylist())
    reasons: dict[str, list[str]] = {}
    for row in lake.read("ledger").to_pylist():
        if row["table"] == "recordings":
            reasons.setdefault(row["row_id"], []).append(row["reason"])
    if set(recordings) != {file.name for file in files}:
        found.wrong.append(f"{len(recordings)} recordings of {len(files)} files")
    for file in files:
        if row := recordings.get(file.name):
            refusals = reasons.get(row["recording_id"], [])
            if (clips[row["recording_id"]] > 0) + len(refusals) != 1:
                found.wrong.append(
                    f"{file.name}: {clips[row['recording_id']]} clips and {refusals}"
                )
            found.refused.setdefault(file.how, Counter()).update(refusals)
            if row["frames"] is not None:
                found.kept[file.how] += 1
                _compare(file, row, found)


def _compare(file: Mutated, row: dict, found: Found) -> None:
    """Note a sound that is not as long as the undamaged one."""
    if file.how in _LENGTH_MAY_CHANGE and file.data != file.original:
        return
    sound = decode(file.original)
    expected = (sound.frames, sound.sample_rate, sound.channels)
    got = (row["frames"], row["sample_rate"], row["channels"])
    if got != expected:
        found.wrong.append(f"{file.name}: expected {expected}, got {got} (frames, Hz, channels)")


def check(found: Found) -> None:
    """Check what became of the files.

    Raises:
        AssertionError: If a process crashed, a file is neither whole nor refused, an undamaged
            one was refused, or a process took more than 1 GiB.
    """
    assert not found.errors, found.errors
    assert not found.wrong, found.wrong
    assert not found.refused.get("unharmed"), found.refused["unharmed"]
    assert found.peak_mib < MOST_MIB, f"{found.peak_mib} MiB"


def main() -> None:
    """Run as a tool: print what became of the files, as JSON; exit 1 if one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = ingest_mutated(given.files, Path(folder), given.seed)
    sys.stdout.write(json.dumps(vars(found), indent=2) + "\n")
    check(found)


if __name__ == "__main__":
    main()
