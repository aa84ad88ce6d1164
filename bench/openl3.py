"""Seconds of sound a second of OpenL3 here against the package openl3 with TensorFlow, alternating.

Both hear the same clips, at 44.1 kHz as stable-audio-metrics hands them over, with the same seeded
random weights, on the same cores, each in a process of its own: the package in an environment of
its own. Loading and a first clip come before the clock starts. Their embeddings have to agree
within 1e-5 of the norm.

    make bench-openl3-peer                    # .venv-openl3: Python 3.11, 1.9 GB, once
    python -m bench.openl3                    # 5 rounds of 4 clips of 10 s, on 2 cores
    python -m bench.openl3 --rounds 2 --clips 1 --cores 1
    python -m bench.openl3 --peer /path/of/python
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

PEER_PYTHON = Path(__file__).parents[1] / ".venv-openl3/bin/python"
RATE = 44_100
DURATION_S = 10
TOLERANCE = 1e-5

Embeddings = np.ndarray
Run = Callable[[list[np.ndarray]], Embeddings]


class Took(NamedTuple):
    """What a run took."""

    seconds: float
    """By the clock."""
    cpu_seconds: float
    """Of all its threads: steadier than the clock on a busy machine."""


def main() -> None:
    """Run a contestant if one is named, else both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    peer = Path(os.environ.get("UALM_OPENL3_PYTHON", PEER_PYTHON))
    parser.add_argument("--peer", type=Path, default=peer, help="or $UALM_OPENL3_PYTHON")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        serve(arguments.contestant, arguments.folder, arguments.clips, arguments.cores)
        return
    if not arguments.peer.is_file():
        sys.exit(
            f"expected the package's environment at {arguments.peer}; run: make bench-openl3-peer"
        )
    available = len(os.sched_getaffinity(0))
    if arguments.cores > available:
        sys.exit(f"expected at most {available} cores, got {arguments.cores}")
    with tempfile.TemporaryDirectory() as folder:
        report(alternate(Path(folder), arguments), arguments.clips)


def alternate(folder: Path, arguments: argparse.Namespace) -> dict[str, list[Took]]:
    """Let both run once a round, in turns, and refuse embeddings that differ."""
    from tests.golden.openl3.official import save  # noqa: PLC0415 (needs the repository's root)

    save(folder / "openl3_audio_mel256_env.h5", 1)
    servers = {name: start(name, folder, arguments) for name in CONTESTANTS}
    results: dict[str, list[Took]] = {name: [] for name in CONTESTANTS}
    for turn in range(arguments.rounds):
        for name in sorted(servers, reverse=turn % 2 == 1):
            took = Took(*map(float, ask(servers[name]).split()))
            results[name].append(took)
            what = f"{took.seconds:.2f} s, {took.cpu_seconds:.2f} s of CPU"
            print(f"round {turn + 1}/{arguments.rounds}, {name}: {what}", flush=True)
    for server in servers.values():
        server.communicate()
    ours, theirs = (np.load(folder / f"{name}.npy") for name in CONTESTANTS)
    distance = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    print(f"largest distance of a window's embeddings: {distance.max():.1e} of the norm")
    if not distance.max() < TOLERANCE:
        sys.exit(f"expected embeddings within {TOLERANCE} of the norm")
    return results


def start(name: str, folder: Path, arguments: argparse.Namespace) -> subprocess.Popen[str]:
    """Start a contestant and wait until it has heard a first clip."""
    python = sys.executable if name == "ualm" else arguments.peer
    command = [str(python), "-W", "ignore", "-m", "bench.openl3", "--contestant", name]
    command += ["--folder", str(folder), "--clips", str(arguments.clips)]
    command += ["--cores", str(arguments.cores)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    server = subprocess.Popen(  # noqa: S603 (our own module)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | quiet
    )
    answer(server)
    return server


def ask(server: subprocess.Popen[str]) -> str:
    """Let a contestant run once, and return what it says."""
    print("run", file=server.stdin, flush=True)
    return answer(server)


def answer(server: subprocess.Popen[str]) -> str:
    """Return a contestant's next answer; other packages print lines of their own."""
    for line in server.stdout or ():
        if line.startswith("bench:"):
            return line.removeprefix("bench:")
    sys.exit("expected an answer of a contestant, but it ended; its message is above")


def serve(name: str, folder: Path, clips: int, cores: int) -> None:
    """Hear all clips for each line that comes in, and keep the embeddings of the last time."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    heard = [sound(seed) for seed in range(clips)]
    run = CONTESTANTS[name](folder / "openl3_audio_mel256_env.h5")
    embeddings = run(heard[:1])
    print("bench:ready", flush=True)
    for _ in sys.stdin:
        began, cpu = time.perf_counter(), time.process_time()
        embeddings = run(heard)
        print(f"bench:{time.perf_counter() - began} {time.process_time() - cpu}", flush=True)
    np.save(folder / f"{name}.npy", embeddings)


def sound(seed: int) -> np.ndarray:
    """Return a clip of fading notes over a little noise."""
    stream = np.random.default_rng(seed)
    t = np.arange(RATE * DURATION_S) / RATE
    notes = sum(np.sin(2 * np.pi * pitch * t) for pitch in stream.uniform(100, 4_000, 6))
    found = 0.1 * notes * np.exp(-4 * (t % 0.5)) + 0.01 * stream.standard_normal(len(t))
    return found.astype(np.float32)


def ualm(weights: Path) -> Run:
    """Prepare the scorer as an evaluation uses it."""
    from evaluation.scorers.openl3 import OpenL3  # noqa: PLC0415 (not in the peer's environment)
    from evaluation.scorers.preparation import Prepared  # noqa: PLC0415 (as above)
    from evaluation.weights.store import WeightsFile  # noqa: PLC0415 (as above)

    file = WeightsFile(name="openl3-mel256-env-512", path=weights, digest="0" * 64)
    scorer = OpenL3.load(file, content_type="env", embedding_size=512)

    def run(clips: list[np.ndarray]) -> Embeddings:
        found = scorer.read([Prepared(samples=clip[None], sample_rate=RATE) for clip in clips])
        return np.concatenate([one["embedding"] for one in found])

    return run


def package(weights: Path) -> Run:
    """Prepare the package as stable-audio-metrics uses it: all clips in one call."""
    import openl3  # noqa: PLC0415 (only in the peer's environment)

    model = openl3.models.load_audio_embedding_model_from_path(str(weights), "mel256", 512)

    def run(clips: list[np.ndarray]) -> Embeddings:
        found, _ = openl3.get_audio_embedding(
            clips, RATE, model=model, hop_size=0.5, verbose=False, batch_size=16
        )
        return np.concatenate(found)

    return run


CONTESTANTS: dict[str, Callable[[Path], Run]] = {"ualm": ualm, "openl3": package}


def report(results: dict[str, list[Took]], clips: int) -> None:
    """Print seconds of sound a second, and the ratios round by round."""
    print(f"\n{clips} clips of {DURATION_S} s; median (lowest-highest); above 1, ualm is better\n")
    print("| contestant | seconds of sound a second | ualm / it, clock | ualm / it, CPU |")
    print("|---|---|---|---|")
    for name, took in results.items():
        pairs = list(zip(took, results["ualm"], strict=True))
        columns = [
            spread([clips * DURATION_S / its.seconds for its in took]),
            spread([its.seconds / ours.seconds for its, ours in pairs]),
            spread([its.cpu_seconds / ours.cpu_seconds for its, ours in pairs]),
        ]
        shown = [columns[0], "", ""] if name == "ualm" else columns
        print("| " + " | ".join([name, *shown]) + " |")


def spread(values: list[float]) -> str:
    """Return the median with the lowest and highest value."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    main()
