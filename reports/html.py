"""The HTML report: one self-contained page, with its charts, its numbers and its sounds.

Nothing is fetched: styles and charts are inline, sounds are data URIs. Every text that came with
the data is escaped by the template engine; only the charts, which Vega escapes, are inserted as
markup.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.charts import score_charts, training_charts
from reports.database import checked_output, fetch, fill
from reports.measured import measured_sets
from reports.players import listenings
from schemas.lake import Lake

CONTEXTS = 12
"""Most contexts with players: the page holds their sounds."""
CANDIDATES = 5
"""Most candidates of a context."""

_OVERVIEW = """
select
    (select count(*) from recordings) as recordings,
    (select count(*) from clips) as clips,
    (select coalesce(sum(duration_s), 0) / 3600 from clips) as hours,
    (select count(*) from ledger) as refused,
    (select count(*) from generations) as generations,
    (select count(*) from preference_pairs) as pairs,
    (select count(distinct context_id) from generations) as contexts,
    (select count(*) from metrics) as metrics
"""
_SCORERS = """
select scorer, bool_and(comparable) as comparable
from score_distribution group by scorer order by scorer
"""
_QUERIES = {
    "build": "from build",
    "overview": _OVERVIEW,
    "corpus": "from corpus_by_source",
    "ledger": "from ledger_by_reason",
    "reconciliation": "from reconciliation",
    "steps": "from steps_reconciled",
    "judges": "from judge_trust",
    "table1": "from table1_generation where figures = 'published'",
    "table2": "from table2_understanding where figures = 'published'",
    "table3": "from table3_text where figures = 'published'",
    "table4": "from table4_reasoning",
    "table8": "from table8_ablation",
    "audit": "from published_audit where flagged",
    "checks": "select count(*) as checks from published_audit",
    "scorers": _SCORERS,
    "versions": "from table_versions where version is not null order by table_name",
    "runs": "select * exclude (configuration) from runs order by name, run_id",
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """A written page and what it could not hold."""

    path: Path
    bytes: int
    contexts: int
    """Contexts with players."""
    all_contexts: int
    """Contexts with generations in the lake."""


def write_page(
    lake: Lake, output: Path, contexts: int = CONTEXTS, candidates: int = CANDIDATES
) -> Page:
    """Write the report of a lake as one HTML file: temporary name, then renamed into place.

    Args:
        lake: The lake; its newest versions are read.
        output: The page; an older one is replaced.
        contexts: Most contexts with players.
        candidates: Most candidates of a context.

    Raises:
        ValueError: If the output is a folder, or a sound is missing or not FLAC.
        OSError: If the file cannot be written.
    """
    checked_output(output)
    with duckdb.connect() as connection:
        fill(connection, lake)
        page, shown, total = _render(connection, lake, contexts, candidates)
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.writelines(page)
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
    return Page(path=output, bytes=output.stat().st_size, contexts=shown, all_contexts=total)


def _render(
    connection: duckdb.DuckDBPyConnection, lake: Lake, contexts: int, candidates: int
) -> tuple[Iterator[str], int, int]:
    tables = {name: fetch(connection, query) for name, query in _QUERIES.items()}
    heard = listenings(connection, lake, contexts, candidates)
    parts = (
        _environment()
        .get_template("report.html")
        .stream(
            **tables,
            measured=measured_sets(connection),
            training=training_charts(connection),
            scores=score_charts(connection),
            listenings=heard,
            candidates_limit=candidates,
        )
    )
    return iter(parts), len(heard), tables["overview"][0]["contexts"]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    return environment


def _figure(value: float | None, digits: int = 4) -> str:
    """Return a number for a table: `digits` significant digits, a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"
