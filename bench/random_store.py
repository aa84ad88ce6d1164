"""A weights store of seeded random numbers in the official formats: 2.5 GB, no download."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from evaluation.weights.adding import add
from evaluation.weights.entries import weights_entry
from evaluation.weights.store import MissingWeightsError, weights_file
from tests.golden.official_clap import write_transformers
from tests.golden.official_formats import write_audiobox, write_cnn14, write_passt
from tests.golden.openl3 import official as openl3

SEED = 20261123

WRITERS: dict[str, Callable[[Path], object]] = {
    "openl3-mel256-env-512": lambda path: openl3.save(path, SEED),
    "openl3-mel256-music-512": lambda path: openl3.save(path, SEED + 1),
    "passt-s-ap476": lambda path: write_passt(path, seed=SEED),
    "cnn14-32k": lambda path: write_cnn14(path, seed=SEED, sample_rate=32_000),
    "cnn14-16k": lambda path: write_cnn14(path, seed=SEED, sample_rate=16_000),
    "audiobox-aesthetics": lambda path: write_audiobox(path, seed=SEED),
    "clap-htsat-fused": lambda path: write_transformers(path, SEED),
}


def fill_store(names: tuple[str, ...] = tuple(WRITERS)) -> None:
    """Add random weights to the store, unless some are there.

    Args:
        names: Which ones.
    """
    for name in names:
        try:
            weights_file(name)
        except MissingWeightsError:
            with tempfile.TemporaryDirectory() as folder:
                entry = weights_entry(name)
                parts = entry.parts
                given = Path(folder) / (name if entry.is_folder else parts[0].kept.name)
                WRITERS[name](given)
                add(name, given, lambda _done, _of: None, accept=True)
