"""Clips a second of `ualm corpus ingest` against its peers, alternating, in one run.

Contestants, each in a process of its own, on 1 and on 2 cores:

- `ualm`: the step as users run it: plan, Beam, worker processes, measurements, seven tables,
  commit.
- `pool, same rows`: a process pool that makes and writes the same rows. Beside it stands what
  Beam, the plan and the commit cost.
- `pool, bare`: a process pool that only decodes, resamples and writes FLAC in Parquet: no checks,
  no measurements, no digests. Beside it stands what all the facts cost too.
- `datatrove pool`, `datasets.map`, `lhotse`: what users of these would write for the same sound,
  in an environment of their own (`make bench-peers`); see `bench.ingest_peers`.

Processes are started inside the measured time, imports of the parent before it. Every contestant
has to have written the same number of cuts, and as many frames.

    python -m bench.ingest                    # the 300 real clips, repeated to 3,000; 5 rounds
    python -m bench.ingest --clips 300 --rounds 1
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.ingest_made import Made, made, refuse_other
from bench.ingest_peers import PEERS

PEERS_PYTHON = Path(__file__).parents[1] / ".venv-peers/bin/python"
DATA = Path(__file__).parents[1].parent / "shared/data/clips.jsonl"
POOL_SHARD = 64


class Took(NamedTuple):
    """What a run took."""

    seconds: float
    """By the clock."""
    cpu_seconds: float
    """Of all its threads and processes: steadier than the clock on a busy machine."""
    made: Made
    """What it wrote."""


def main() -> None:
    """Run a contestant if one is named, else all of them and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sidecar", type=Path, default=DATA, help="JSONL of real clips")
    parser.add_argument("--clips", type=int, default=3_000, help="repeat them to this many")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--contestant", choices=[*CONTESTANTS, *PEERS], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        (cores,) = arguments.cores
        print(json.dumps(timed(arguments.contestant, arguments.sidecar, cores)))
        return
    if not arguments.sidecar.is_file():
        sys.exit(f"expected a sidecar of real clips at {arguments.sidecar}; pass --sidecar")
    if arguments.peers and not PEERS_PYTHON.is_file():
        sys.exit(f"expected the peers' environment at {PEERS_PYTHON}; run: make bench-peers")
    available = len(os.sched_getaffinity(0))
    if max(arguments.cores) > available:
        sys.exit(f"expected at most {available} cores, got {arguments.cores}")
    with tempfile.TemporaryDirectory() as folder:
        sidecar = repeated(arguments.sidecar, Path(folder), arguments.clips)
        names = [*CONTESTANTS, *arguments.peers]
        results = alternate(sidecar, names, arguments.cores, arguments.rounds)
    report(results, arguments.clips)


def repeated(sidecar: Path, folder: Path, clips: int) -> Path:
    """Copy the clips into a folder and link them under new names until there are enough."""
    rows = [json.loads(line) for line in sidecar.read_text(encoding="utf-8").splitlines()]
    lines = []
    for number in range(clips):
        row = rows[number % len(rows)]
        name = f"{number:06d}{Path(row['path']).suffix}"
        if number < len(rows):
            shutil.copy(sidecar.parent / row["path"], folder / name)
        else:
            os.link(folder / f"{number % len(rows):06d}{Path(name).suffix}", folder / name)
        lines.append(json.dumps(row | {"path": name}))
    (folder / "clips.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "clips.jsonl"


def alternate(
    sidecar: Path, names: list[str], cores: list[int], rounds: int
) -> dict[tuple[str, int], list[Took]]:
    """Run every contestant once a round, in an order that turns with the rounds."""
    results: dict[tuple[str, int], list[Took]] = {}
    for turn in range(rounds):
        order = names[turn % len(names) :] + names[: turn % len(names)]
        for count in cores:
            for name in order:
                took = in_process_of_its_own(name, sidecar, count)
                results.setdefault((name, count), []).append(took)
                first, theirs = next(iter(results.items()))
                refuse_other(first[0], theirs[0].made, name, took.made)
                what = f"{took.seconds:.2f} s, {took.cpu_seconds:.2f} s of CPU"
                print(f"round {turn + 1}/{rounds}, {count} cores, {name}: {what}", flush=True)
    return results


def in_process_of_its_own(name: str, sidecar: Path, cores: int) -> Took:
    """Return what a contestant took, imports apart."""
    python = PEERS_PYTHON if name in PEERS else sys.executable
    command = [str(python), "-W", "ignore", "-m", "bench.ingest", "--contestant", name]
    command += ["--sidecar", str(sidecar), "--cores", str(cores)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own module)
    seconds, cpu, its = json.loads(done.stdout.splitlines()[-1])
    return Took(seconds, cpu, Made(*its))


def timed(name: str, sidecar: Path, cores: int) -> Took:
    """Run a contestant on some cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    with tempfile.TemporaryDirectory(dir=sidecar.parent) as folder:
        run = (CONTESTANTS | PEERS)[name](sidecar, Path(folder), cores)
        began, cpu = time.perf_counter(), cpu_seconds()
        run()
        seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
        return Took(seconds, cpu, made(Path(folder)))


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its finished children."""
    usages = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def ualm(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare the step as users run it."""
    import apache_beam  # noqa: F401, PLC0415 (imported before the clock starts)

    from pipelines.ingest.step import Ingest  # noqa: PLC0415
    from pipelines.running import run_shards, runners  # noqa: F401, PLC0415
    from pipelines.running.run import run_step  # noqa: PLC0415
    from pipelines.sources.folder import folder_source  # noqa: PLC0415
    from schemas.lake import Lake  # noqa: PLC0415

    step = Ingest(source=folder_source(sidecar), threads=cores)

    def run() -> None:
        summary = run_step(step, Lake.create(folder / "lake"))
        if summary.failed or summary.counts.produced != summary.counts.rows_in:
            sys.exit(f"expected every clip to be ingested: {summary.counts} {summary.errors}")

    return run


def pool_same_rows(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare a pool that makes the same rows and writes them as plain Parquet files."""
    import bench.ingest_pool as work  # noqa: PLC0415

    return lambda: pooled(work.same_rows, work.tasks(sidecar, folder, POOL_SHARD), cores)


def pool_bare(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare a pool that decodes, resamples and writes FLAC in Parquet, and nothing else."""
    import bench.ingest_pool as work  # noqa: PLC0415

    return lambda: pooled(work.bare, work.tasks(sidecar, folder, POOL_SHARD), cores)


def pooled(function: Callable[..., None], tasks: list[tuple[object, ...]], cores: int) -> None:
    """Run tasks on a pool of processes forked from this one, which has imported everything."""
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        pool.starmap(function, tasks, chunksize=1)


CONTESTANTS: dict[str, Callable[[Path, Path, int], Callable[[], None]]] = {
    "ualm": ualm,
    "pool, same rows": pool_same_rows,
    "pool, bare": pool_bare,
}


def report(results: dict[tuple[str, int], list[Took]], clips: int) -> None:
    """Print a table of clips a second, CPU a clip (medians, spreads) and the ratios of `ualm`."""
    rounds = len(next(iter(results.values())))
    print(f"\n{clips} clips, {rounds} rounds; median (lowest-highest); above 1, ualm is better\n")
    print("| contestant | cores | clips/s | CPU ms/clip | ualm / it, clock | ualm / it, CPU |")
    print("|---|---|---|---|---|---|")
    for (name, cores), took in sorted(results.items(), key=lambda entry: entry[0][1]):
        # Ratios are taken round by round: what slowed a round slowed both.
        pairs = list(zip(took, results["ualm", cores], strict=True))
        columns = [
            spread([clips / its.seconds for its in took], 1),
            spread([1000 * its.cpu_seconds / clips for its in took], 2),
            spread([its.seconds / ours.seconds for its, ours in pairs], 2),
            spread([its.cpu_seconds / ours.cpu_seconds for its, ours in pairs], 2),
        ]
        shown = [*columns[:2], "", ""] if name == "ualm" else columns
        print("| " + " | ".join([name, str(cores), *shown]) + " |")


def spread(values: list[float], digits: int) -> str:
    """Return the median with the lowest and highest value."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


if __name__ == "__main__":
    main()
