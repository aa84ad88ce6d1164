"""PaSST with fused attention against hear21passt's own forward, on the same random weights.

Both hear the same windows of 10 s in turn, ours first in every other round. Prints the medians,
the ratio (of each round, so that a busy machine slows both) and the largest difference of logits;
at least 1.4 and at most 1e-5 are expected.

    python -m bench.passt
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.scorers.mono import exact_inference
from evaluation.scorers.passt import WINDOW
from evaluation.scorers.passt_network import SAMPLE_RATE, PasstNetwork
from tests.golden.tagger_checkpoints import fill, package_logits, package_passt

Logits = NDArray[np.float32]
Forward = Callable[[Logits], Logits]


def main() -> None:
    """Time both and print how they compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--batch", type=int, default=1, help="windows at a time")
    given = parser.parse_args()
    package, ours = package_passt(), PasstNetwork()
    fill(package.net, seed=1)
    ours.transformer.load_state_dict(package.net.state_dict(), assign=True)
    noise = np.random.default_rng(0).normal(0, 0.1, (given.batch, WINDOW)).astype("f4")

    def fused(samples: Logits) -> Logits:
        with exact_inference(torch.device("cpu")):
            logits: Logits = ours(torch.from_numpy(samples)).numpy()
        return logits

    forwards = partial(package_logits, package), fused
    difference = np.abs(forwards[0](noise) - fused(noise)).max()
    rounds = [timed(forwards, noise, swapped=turn % 2 == 1) for turn in range(given.rounds)]
    report(rounds, given.batch * WINDOW / SAMPLE_RATE)
    print(f"largest difference of logits: {difference:.1e}")


def timed(
    forwards: tuple[Forward, Forward], noise: Logits, *, swapped: bool
) -> tuple[float, float]:
    """Return the seconds of two forwards on the same windows, one after the other."""
    seconds = [0.0, 0.0]
    for place in (1, 0) if swapped else (0, 1):
        began = time.perf_counter()
        forwards[place](noise)
        seconds[place] = time.perf_counter() - began
    return seconds[0], seconds[1]


def report(rounds: list[tuple[float, float]], sound_s: float) -> None:
    """Print both speeds and the ratios of the rounds."""
    for name, times in zip(("hear21passt", "ours"), zip(*rounds, strict=True), strict=True):
        middle = statistics.median(times)
        print(f"{name:<12}{middle:>7.2f} s, {sound_s / middle:.1f} s of sound a second")
    ratios = sorted(theirs / own for theirs, own in rounds)
    print(
        f"PaSST, {torch.get_num_threads()} threads: {statistics.median(ratios):.2f} times the "
        f"package's speed (rounds {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


if __name__ == "__main__":
    main()
