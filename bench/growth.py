"""Time a row and memory of the steps over captions, as a corpus grows from 10,000 to a million.

Lakes of real captions repeated with changes (`bench.growth_lake`) go through the steps in order,
each in a process of its own. Some rows have a sound, a licence, an original or a text that a step
refuses, so that the later steps have verdicts to join. Printed as a table: time and CPU a row, the
highest memory of the whole process tree, and how a row's time compares with the size before.

    python -m bench.growth                          # 10,000, 100,000 and 1,000,000 rows
    python -m bench.growth --rows 10000 --steps policy samples --keep lakes
"""

import argparse
import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bench.growth_lake import grow
from bench.growth_rows import CAPTIONS
from bench.process_memory import watched
from pipelines.running.step import Step
from schemas.lake import Lake

EVALUATION_SETS = {"audiocaps:test": "audiocaps", "clotho": "clotho", "musiccaps": "musiccaps"}
"""Kind to its folder among the real captions."""
GOAL_RATIO, GOAL_BYTES = 1.2, 4 * 2**30
"""Time a row from 100,000 to 1,000,000 rows, and memory."""


def caption_checks(lake: Lake) -> Iterable[Step]:  # noqa: ARG001 (same for every step)
    """Check what captions say, but for the events, which need sound."""
    from pipelines.captions.checks import CaptionCheck  # noqa: PLC0415

    return [CaptionCheck()]


def dedup(lake: Lake) -> Iterable[Step]:  # noqa: ARG001 (same for every step)
    """Find equal sounds and near captions."""
    from pipelines.duplicates.audio import DedupAudio  # noqa: PLC0415
    from pipelines.duplicates.captions import DedupCaptions  # noqa: PLC0415

    return [DedupAudio(method="off"), DedupCaptions()]


def decontaminate(lake: Lake) -> Iterable[Step]:  # noqa: ARG001 (same for every step)
    """Compare with the captions of AudioCaps, Clotho, MusicCaps and SongDescriber."""
    from pipelines.leaks.decontaminate import Decontaminate  # noqa: PLC0415
    from pipelines.leaks.evaluation_set import given_set  # noqa: PLC0415
    from pipelines.leaks.reading import ReadEvaluationSets  # noqa: PLC0415

    folder = CAPTIONS.parents[1]
    given = [f"{kind}={folder / path}" for kind, path in EVALUATION_SETS.items()]
    return [ReadEvaluationSets(sets=tuple(map(given_set, given))), Decontaminate()]


def policy(lake: Lake) -> Iterable[Step]:
    """Judge every row by the commercial policy."""
    from pipelines.policy.rules import read_policy  # noqa: PLC0415
    from pipelines.policy.step import policy_step  # noqa: PLC0415

    return [policy_step(read_policy("commercial"), lake)]


def samples(lake: Lake) -> Iterable[Step]:  # noqa: ARG001 (same for every step)
    """Make the samples of pre-training."""
    from pipelines.sampling.stage_samples import sample_steps  # noqa: PLC0415

    return sample_steps("gen-pretrain")


STEPS: dict[str, Callable[[Lake], Iterable[Step]]] = {
    "caption-checks": caption_checks,
    "dedup": dedup,
    "decontaminate": decontaminate,
    "policy": policy,
    "samples": samples,
}
"""In the order in which a corpus runs them."""


class Took(NamedTuple):
    """What a step took."""

    seconds: float
    cpu_seconds: float
    produced: int
    refused: int
    peak_bytes: int = 0


def main() -> None:
    """Run one step if it is named, else all of them at every size, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--keep", type=Path, help="folder that keeps the lakes, for a second run")
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.lake:
        print(json.dumps(run(given.steps[0], Lake.open(given.lake))))
        return
    with tempfile.TemporaryDirectory() as folder:
        sizes = sorted(given.rows)
        results = [measured(given.keep or Path(folder), rows, given.steps) for rows in sizes]
    report(sizes, results)


def measured(folder: Path, rows: int, steps: list[str]) -> dict[str, Took]:
    """Make the lake of a size, if it is not there, and run the steps on it."""
    lake = folder / str(rows)
    if not lake.exists():
        began = time.perf_counter()
        grow(lake, rows)
        print(f"{rows} rows: lake made in {time.perf_counter() - began:.0f} s", flush=True)
    took = {}
    for name in steps:
        command = [sys.executable, "-m", "bench.growth", "--lake", str(lake), "--steps", name]
        ran = watched(command)
        took[name] = Took(*json.loads(ran.printed.splitlines()[-1]))
        took[name] = took[name]._replace(peak_bytes=max(ran.peak_bytes, took[name].peak_bytes))
        print(f"{rows} rows, {name}: {shown(took[name], rows)}", flush=True)
    return took


def run(name: str, lake: Lake) -> Took:
    """Run a step in this process; imports are not timed."""
    logging.basicConfig(level=logging.ERROR)
    from pipelines.running import run_shards, runners  # noqa: F401, PLC0415
    from pipelines.running.run import run_step  # noqa: PLC0415

    produced = refused = 0
    began, cpu = time.perf_counter(), cpu_seconds()
    for step in STEPS[name](lake):
        summary = run_step(step, lake)
        if summary.failed or not summary.outcomes:
            sys.exit(f"expected {name} to run on a lake that has not seen it: {summary.errors}")
        produced += summary.counts.produced
        refused += summary.counts.rows_in - summary.counts.produced
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Took(seconds, cpu, produced, refused, own)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its finished children."""
    usages = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def shown(took: Took, rows: int) -> str:
    """Return what a step took, in words."""
    each, cpu = 1e6 * took.seconds / rows, 1e6 * took.cpu_seconds / rows
    return (
        f"{took.seconds:.1f} s, {each:.0f} us a row ({cpu:.0f} of CPU), "
        f"{took.peak_bytes / 2**20:.0f} MiB; {took.produced} produced, {took.refused} refused"
    )


def report(sizes: list[int], results: list[dict[str, Took]]) -> None:
    """Print a table: time and memory of each step at each size, compared with the size before.

    Each further row costs what the larger corpus took longer than the smaller one, over the rows
    that it has more: what a step takes once, such as loading a model, is not in it.
    """
    print("\n| step | rows | us a row | us of CPU a row | us of CPU each further row", end=" ")
    print("| MiB of the process tree | clock, to the size before | CPU, to the size before |")
    print("|---|---|---|---|---|---|---|---|")
    for name in results[0]:
        before: tuple[int, Took] | None = None
        for rows, each in zip(sizes, results, strict=True):
            print(line(name, rows, each[name], before))
            before = rows, each[name]
    print(f"\ngoals: at most x{GOAL_RATIO} from 100000 to 1000000 rows, {GOAL_BYTES >> 20} MiB")


def line(name: str, rows: int, took: Took, before: tuple[int, Took] | None) -> str:
    """Return a line of the table.

    Args:
        name: Name of the step.
        rows: Rows of the corpus.
        took: What the step took.
        before: The next smaller size, and what the step took there; None if it is the smallest.
    """
    seconds, cpu = took.seconds / rows, took.cpu_seconds / rows
    compared = ["", "", ""]
    if before is not None:
        fewer, then = before
        further = (took.cpu_seconds - then.cpu_seconds) / (rows - fewer)
        ratios = (seconds * fewer / then.seconds, cpu * fewer / then.cpu_seconds)
        compared = [f"{1e6 * further:.0f}", *(f"x{ratio:.2f}" for ratio in ratios)]
    cells = [name, f"{rows:,}", f"{1e6 * seconds:.0f}", f"{1e6 * cpu:.0f}", compared[0]]
    return f"| {' | '.join([*cells, f'{took.peak_bytes / 2**20:.0f}', *compared[1:]])} |"


if __name__ == "__main__":
    main()
