"""The paper's Tables 1-4 and 8 as rows of `baselines`, each figure kept as it was printed.

The figures stand in `baselines.toml`, every row with the sources in which it was seen. The paper
itself could not be read; three machine-written digests and two sets of reading notes quote its
tables, agree with each other in every cell that they share, and agree with the facts known of the
paper (UALM's MMAU cells 77.9 and 77.6, Audio Flamingo 3's printed mean 72.3 beside cells that
average 71.63, the smallest KL 0.59). What nobody quoted is left out, never guessed:

- Table 1: Stable Audio Open and MusicGen-stereo-L in part, AudioGen and other rows wholly.
- Table 2: Step-Audio-2, Audio Reasoner and other rows, and MMAR's cells by modality: single
  figures of them are known (80.6, 72.8, 61.5), but not in which column they stand.
- Table 3: the mean of Qwen2.5-Omni, and the vision models but Chameleon-7B's MMLU.
- Table 8: most cells; what was seen stands under row labels in [brackets], because the printed
  labels were not seen.

Source:
    UALM: Unified Audio Language Model for Understanding, Generation and Reasoning,
    arXiv 2510.12000, Tables 1-4 and 8.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyarrow as pa

from schemas.benchmarks import Baseline
from schemas.ids import content_id
from schemas.tables import TABLES

SOURCE_SCHEMA = pa.schema(
    [
        pa.field("baseline_id", pa.string(), nullable=False),
        pa.field("label_printed", pa.bool_(), nullable=False),
        pa.field("sources", pa.string(), nullable=False),
        pa.field("note", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """A published figure and where it was seen."""

    baseline: Baseline
    """The row of `baselines`."""
    label_printed: bool
    """Whether the row's label is the printed one; otherwise it describes the row."""
    sources: tuple[str, ...]
    """Documents that quote the figure."""
    note: str | None
    """What a reader has to know."""


@cache
def published_figures() -> tuple[PublishedFigure, ...]:
    """Return every figure of `baselines.toml`, in its order."""
    document = tomllib.loads(files("reports").joinpath("baselines.toml").read_text("utf-8"))
    names: dict[str, str] = document["sources"]
    return tuple(
        PublishedFigure(
            baseline=_baseline(row["table"], row["row"], row["dataset"], cell),
            label_printed=not row["row"].startswith("["),
            sources=tuple(names[source] for source in row["source"]),
            note=row.get("note"),
        )
        for row in document["rows"]
        for cell in row["cells"].items()
    )


def published_table() -> pa.Table:
    """Return the figures as rows of `baselines`."""
    return TABLES["baselines"].from_rows([figure.baseline for figure in published_figures()])


def source_table() -> pa.Table:
    """Return where each figure was seen: baseline_id, label_printed, sources, note."""
    rows = [
        {
            "baseline_id": figure.baseline.baseline_id,
            "label_printed": figure.label_printed,
            "sources": "; ".join(figure.sources),
            "note": figure.note,
        }
        for figure in published_figures()
    ]
    return pa.Table.from_pylist(rows, schema=SOURCE_SCHEMA)


def printed_number(printed: str) -> float | None:
    """Return a printed figure as a number, without its interval; None for a dash.

    Raises:
        ValueError: If it is neither a dash nor starts with a number.

    Example:
        >>> printed_number("3.77 ± 0.11"), printed_number("-")
        (3.77, None)
    """
    figure = printed.partition("±")[0].strip()
    if figure == "-":
        return None
    try:
        return float(figure)
    except ValueError as error:
        msg = f"expected a printed figure such as '0.59', '3.77 ± 0.11' or '-', got {printed!r}"
        raise ValueError(msg) from error


def _baseline(table: str, row: str, dataset: str, cell: tuple[str, str]) -> Baseline:
    column, printed = cell
    return Baseline(
        baseline_id=content_id("baseline", table, row, dataset, column),
        paper_table=table,
        paper_row=row,
        dataset=dataset,
        metric=column,
        printed=printed,
        value=printed_number(printed),
    )
