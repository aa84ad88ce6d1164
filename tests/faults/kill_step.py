"""Kill a running step at random moments, and check that nothing is lost, torn or there twice.

    python -m tests.faults.kill_step --times 50               # every step
    python -m tests.faults.kill_step --times 50 --step ingest

Every attempt runs in a process of its own, which gets SIGKILL at a random moment of the time that
an undisturbed run takes. After each kill the lake has to verify; now and then the step runs to its
end, and its shards have to be byte for byte those of the undisturbed run.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from schemas.lake import Lake
from schemas.log import listed_files
from schemas.verify import verify
from tests.faults.forked import forked
from tests.faults.killed_steps import STEPS

Content = dict[str, set[tuple[str, str, str]]]
_ROUND = 5  # kills of one lake before its step may end; it starts again with an empty lake


@dataclass(kw_only=True)
class Tally:
    """What the kills hit."""

    kills: int = 0
    too_late: int = 0
    """Runs that had ended when they were to be killed."""
    left_temporary_files: int = 0
    """Kills in the middle of writing a file."""
    left_uncommitted_shards: int = 0
    """Kills between a file and its commit."""
    left_some_tables_behind: int = 0
    """Kills between the commits of two tables, after which no row may refer to one that is not
    there yet: steps commit the tables that others refer to first."""
    runs_compared: int = 0
    """Runs to the end whose shards were those of the undisturbed run."""


def kill_step(name: str, times: int, folder: Path, seed: int = 0) -> Tally:
    """Kill a step many times; see the module.

    Args:
        name: One of `STEPS`.
        times: How often to kill.
        folder: Where the lakes are made.
        seed: Of the moments.

    Raises:
        AssertionError: If a kill did harm.
    """
    chance, tally = random.Random(seed), Tally()  # noqa: S311 (moments, no secrets)
    prepared = Lake.create(folder / "prepared").root
    if prepare := STEPS[name].prepare:
        _attempt(prepare, prepared, None)
    run = STEPS[name].run
    _attempt(run, _started(prepared, "warm").root, None)  # imports and caches
    undisturbed = _started(prepared, "undisturbed")
    began = time.monotonic()
    _attempt(run, undisturbed.root, None)
    seconds = time.monotonic() - began
    expected, given = _content(undisturbed), _content(Lake.open(prepared))
    rounds = 0
    while tally.kills < times:
        lake = _started(prepared, f"killed-{rounds}")
        for _ in range(_ROUND):
            if tally.kills < times and _content(lake) != expected:
                ended = _attempt(run, lake.root, chance.uniform(0, seconds))
                tally.kills += not ended
                tally.too_late += ended
                _check(lake, expected, given, tally)
        _attempt(run, lake.root, None)
        _check(lake, expected, given, tally)
        assert _content(lake) == expected, "a rerun gave other shards than the undisturbed run"
        tally.runs_compared += 1
        rounds += 1
    return tally


def _started(prepared: Path, name: str) -> Lake:
    """Return a copy of the lake that a step starts from."""
    return Lake.open(shutil.copytree(prepared, prepared.with_name(name)))


def _attempt(run: Callable[[Path], None], root: Path, seconds: float | None) -> bool:
    """Run a step in a process of its own; kill it after so many seconds; say whether it ended."""
    process = forked().Process(target=run, args=(root,))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        return False
    assert process.exitcode == 0, f"the step failed with exit code {process.exitcode}"
    return True


def _check(lake: Lake, expected: Content, given: Content, tally: Tally) -> None:
    """Check the lake as a kill left it, and count what the kill hit."""
    content, findings = _content(lake), verify(lake)
    made = {table for table, shards in expected.items() if given.get(table) != shards}
    complete = {table for table in made if content.get(table) == expected[table]}
    behind = 0 < len(complete) < len(made)
    assert not findings, findings
    tally.left_some_tables_behind += behind
    listed: set[Path] = set()
    for table, shards in content.items():
        assert shards <= expected[table], f"{table}: shards that the undisturbed run did not make"
        listed |= {path for path, _, _ in listed_files(lake.log(table), lake.folder(table))}
    assert not any(".tmp" in path.name for path in listed), "a temporary file is listed"
    files = set(lake.root.glob("*/shards/*"))
    tally.left_temporary_files += any(".tmp" in path.name for path in files)
    tally.left_uncommitted_shards += bool({p for p in files if ".tmp" not in p.name} - listed)


def _content(lake: Lake) -> Content:
    return {table: {s.identity for s in lake.shards(table)} for table in lake.versions()}


def main() -> None:
    """Run as a tool: print what was hit, as a JSON line for each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--step", choices=STEPS, nargs="+", default=list(STEPS))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for step in given.step:
        with tempfile.TemporaryDirectory() as folder:
            tally = kill_step(step, given.times, Path(folder), given.seed)
        sys.stdout.write(json.dumps({"step": step, **asdict(tally)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
