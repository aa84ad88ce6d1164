"""The items of a benchmark that a lake holds, as an evaluation set to compare the corpus with."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from evaluation.benchmarks.known import SHOWN_SPLITS
from evaluation.benchmarks.stored import datasets_of, items_of
from pipelines.leaks.entries import Entry, question_passages
from pipelines.sources.originals import original_of
from schemas.benchmarks import Item
from schemas.lake import Lake

KIND = "items"
"""Kind of these sets: `items:mmar=LAKE`."""


def lake_entries(path: Path, benchmark: str | None) -> Iterator[Entry]:
    """Yield the items of a benchmark in a lake, but for splits that only examples come from.

    Args:
        path: Folder of the lake.
        benchmark: Its short name, as `ualm evaluate add` was told.

    Raises:
        ValueError: If no benchmark is named, or the lake does not hold it.
    """
    if benchmark is None:
        msg = f"expected a benchmark, such as {KIND}:mmau={path}"
        raise ValueError(msg)
    lake = Lake.open(path)
    for dataset in datasets_of(lake, benchmark):
        if dataset.split not in SHOWN_SPLITS:
            yield from (_entry(item, benchmark) for item in items_of(lake, dataset))


def _entry(item: Item, benchmark: str) -> Entry:
    names = () if item.audio is None else (item.audio, PurePosixPath(item.audio).name)
    return Entry(
        item_id=item.source_id,
        original=_video(item.source_id) if benchmark == "mmar" else None,
        passages=question_passages(item.question, item.choices),
        sound_names=names,
    )


def _video(source_id: str) -> str:
    """Return the video of an item of MMAR, whose ids begin with it.

    Example:
        >>> _video("qx8hrhBZJ98_00-01-32_00-02-02"), _video("BV1AeZzYTEKq_00-00-24_00-00-54")
        ('youtube:qx8hrhBZJ98', 'bilibili:BV1AeZzYTEKq')
    """
    return original_of("youtube", source_id) or f"bilibili:{source_id.partition('_')[0]}"
