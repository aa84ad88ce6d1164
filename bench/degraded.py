"""The 300 real clips against degraded copies of themselves: does every metric move the right way?

    .venv/bin/python -m bench.degraded --preset embedded --lake lake --folder degraded
    .venv/bin/python -m bench.degraded --preset ualm --random-weights --folder degraded

With random weights a metric is not what its name says: FD and KL still have to rise from 0 with
every degradation, while IS, CL and AES have no right way to move.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from evaluation.audio.audio_panel import chosen_metrics, published_listeners
from evaluation.audio.audio_request import AudioRequest
from evaluation.audio.clip import read_clip
from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.folders import evaluated_folders
from evaluation.audio.listeners import Listeners, judge_listeners
from evaluation.audio.results import write_files
from evaluation.audio.screen import lake_judge, progress
from evaluation.audio.subject import sounds_to_hear
from schemas.benchmarks import Metric
from schemas.directions import BETTER, LOWER
from schemas.ids import seed_of
from schemas.lake import Lake

DATA = Path(__file__).parents[1].parent / "shared/data"
BIT_RATE, CUTOFF_HZ, NOISE_DB = 32_000, 2_000.0, 10.0
FROM_ZERO = ("fd", "fd_inf", "kl_gen_ref", "kl_ref_gen")
"""Real sound against itself gives 0, whatever the network."""

Samples = NDArray[np.float32]


def main() -> None:
    """Make the copies, measure them, and print which way each metric moved."""
    arguments = _arguments()
    folder: Path = arguments.folder
    rows = _rows(arguments.clips)
    stems = make_copies(rows, folder)
    print(f"{len(stems)} clips, copies in {folder}: {', '.join(COPIES)}", file=sys.stderr)
    if arguments.random_weights:
        from bench.random_store import fill_store  # noqa: PLC0415 (it imports every network)

        os.environ["UALM_WEIGHTS"] = str(folder / "random-weights")
        fill_store()
    listeners = _listeners(arguments)
    before: dict[str, Metric] = {}
    for system in ("itself", *COPIES):
        began = time.perf_counter()
        found = _measured(listeners, folder, system, arguments)
        own = {row.name: row for row in found if row.row_kind == "system"}
        before = before or own
        print(f"{system}: {time.perf_counter() - began:.0f} s")
        _print_moves(before, own, {row.name: row for row in found if row.row_kind == "noise"})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="for copies and results")
    parser.add_argument("--preset", default="ualm")
    parser.add_argument("--metrics", default="", help="only these, such as fd,kl")
    parser.add_argument("--lake", type=Path, help="holds the embedded judge")
    parser.add_argument("--random-weights", action="store_true")
    parser.add_argument("--clips", type=int, default=300, help="spread over the 300")
    return parser.parse_args()


def _rows(count: int) -> list[dict[str, str]]:
    listed = DATA / "clips.jsonl"
    if not listed.is_file():
        sys.exit(f"expected the real clips at {listed}")
    rows = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    return rows[:: max(1, len(rows) // count)][:count]


def make_copies(rows: Sequence[dict[str, str]], folder: Path) -> list[str]:
    """Write links to the clips, each degraded copy, and a file of captions; return the stems."""
    stems = [Path(row["path"]).with_suffix("").as_posix().replace("/", "-") for row in rows]
    for name in ("itself", *COPIES):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for stem, row in zip(stems, rows, strict=True):
        source = (DATA / row["path"]).resolve()
        link = folder / "itself" / f"{stem}{source.suffix}"
        if not link.exists():
            link.symlink_to(source)
        for name, degrade in COPIES.items():
            target = folder / name / f"{stem}.mp3"
            if not target.exists():
                clip = read_clip(source)
                degrade(clip.samples, clip.sample_rate, target)
    with (folder / "captions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows(zip(stems, (row["text"] for row in rows), strict=True))
    return stems


def write_mp3(samples: Samples, rate: int, target: Path, bit_rate: int) -> None:
    """Write channels of samples as mp3."""
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(target), "w") as container:
        stream = container.add_stream("mp3", rate=rate)
        stream.layout, stream.bit_rate = layout, bit_rate
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:2]), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        for part in av.AudioResampler(format=stream.format, layout=layout, rate=rate).resample(
            frame
        ):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def low_passed(samples: Samples, rate: int) -> Samples:
    """Return the samples without what is above 2 kHz."""
    filtered = sosfiltfilt(butter(8, CUTOFF_HZ, fs=rate, output="sos"), samples)
    return np.asarray(filtered, np.float32)


def noisy(samples: Samples) -> Samples:
    """Return the samples with white noise 10 dB below them."""
    level = np.sqrt(np.mean(np.square(samples, dtype=np.float64))) * 10 ** (-NOISE_DB / 20)
    noise = np.random.default_rng(seed_of("degraded", samples.shape[1])).normal(size=samples.shape)
    return np.clip(samples + level * noise, -1, 1).astype(np.float32)


def _coded(samples: Samples, rate: int, target: Path) -> None:
    write_mp3(samples, rate, target, BIT_RATE)


def _low_passed(samples: Samples, rate: int, target: Path) -> None:
    write_mp3(low_passed(samples, rate), rate, target, 8 * BIT_RATE)


def _noisy(samples: Samples, rate: int, target: Path) -> None:
    write_mp3(noisy(samples), rate, target, 8 * BIT_RATE)


def _all(samples: Samples, rate: int, target: Path) -> None:
    write_mp3(noisy(low_passed(samples, rate)), rate, target, BIT_RATE)


COPIES: dict[str, Callable[[Samples, int, Path], None]] = {
    "mp3-32k": _coded,
    "low-pass": _low_passed,
    "noisy": _noisy,
    "all-three": _all,
}


def _listeners(arguments: argparse.Namespace) -> Listeners:
    if arguments.preset == "embedded":
        return judge_listeners(lake_judge(Lake.open(arguments.lake)))
    protocol = AudioRequest(generated=arguments.folder, preset=arguments.preset).protocol()
    asked = [name for name in arguments.metrics.split(",") if name]
    return published_listeners(protocol, chosen_metrics(protocol, asked))


def _measured(
    listeners: Listeners, folder: Path, system: str, arguments: argparse.Namespace
) -> Sequence[Metric]:
    request = AudioRequest(
        generated=folder / system,
        reference=folder / "itself",
        captions=folder / "captions.csv",
        preset=arguments.preset,
    )
    subject, _ = request.subject(listeners)
    cache = FeatureCache(folder=folder / "features")
    with progress(system, len(sounds_to_hear(subject))) as advance:
        result = evaluated_folders(listeners, subject, cache, advance=advance)
    write_files(result, request.folders(), folder / f"results-{arguments.preset}-{system}")
    return result.measured.rows


def _print_moves(
    before: dict[str, Metric], after: dict[str, Metric], noise: dict[str, Metric]
) -> None:
    for line in moves(before, after, noise):
        print(f"  {line}")


def moves(
    before: dict[str, Metric], after: dict[str, Metric], noise: dict[str, Metric]
) -> Iterator[str]:
    """Yield for each metric how it moved from the clips themselves to a copy."""
    for name in [name for name in BETTER if name in after]:
        change = after[name].value - before[name].value
        worse = change > 0 if BETTER[name] == LOWER else change < 0
        way = "right way" if worse else "WRONG WAY"
        note = after[name].note or ""
        if name not in FROM_ZERO and ("plumbing" in note or "NOT the published" in note):
            way = f"{'worse' if worse else 'better'}, which means nothing by this scorer"
        at_noise = f"{noise[name].value:.4g}" if name in noise else "-"
        low, high = before[name].low, before[name].high
        if low is not None and high is not None and low <= after[name].value <= high:
            way += ", within the interval"
        yield (
            f"{name} {BETTER[name]}: {before[name].value:.4g} -> {after[name].value:.4g} "
            f"(noise {at_noise}, n {after[name].n}): {way if change else 'unmoved'}"
        )


if __name__ == "__main__":
    main()
