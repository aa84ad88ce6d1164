"""Sets in their real layouts, made small, and what is asked of every reader."""

import pickle
from collections import Counter

import numpy as np
import soundfile

from pipelines.sources.named import SourceOptions, source_named


def written(path, data):
    """Write a file, its folders too; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def sounding(path, seconds=0.1, rate=16_000):
    """Write a short sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(round(seconds * rate), np.float32), rate)


def opened(kind, given, **options):
    """Return the source of an input as the command line would."""
    return source_named(kind, str(given), SourceOptions(**options))


def listed(kind, given, **options):
    """Return a source's items, after checking that any position is a place to begin."""
    source = pickle.loads(pickle.dumps(opened(kind, given, **options)))  # noqa: S301 (our own)
    items = list(source.items())
    for index in range(0, len(items), max(1, len(items) // 20)):
        rest = source.items(items[index].position)
        assert next(rest) == items[index]
        assert next(rest, None) == (items[index + 1] if index + 1 < len(items) else None)
    return items


def refusals(items):
    """Count the reasons for which items are refused."""
    return Counter(item.refusal.reason for item in items if item.refusal)


def defects(items):
    """Count the defects of items that are used all the same."""
    return Counter((one.reason, one.decision) for item in items for one in item.defects)


def texts(item, kind=None):
    """Return an item's texts, of one kind if asked."""
    return [text.text for text in item.texts if kind in (None, text.kind)]
