"""What the page's listening part shows: contexts, their candidates, the sound of each."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.dataset as ds

from reports.database import fetch
from schemas.lake import Lake
from schemas.tables import TABLES

_CANDIDATE_COLUMNS = ("generation_id", "model", "sample", "duration_s", "role", "scores")


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of a layout, placed on a time line."""

    name: str
    times: str
    """Start and end in words; empty if unknown."""
    relation: str
    left: float
    """Start, in percent of the line; 0 if unknown."""
    width: float
    """Length, in percent of the line; 0 if unknown."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A generation to listen to."""

    generation_id: str
    model: str
    sample: int
    duration_s: float
    role: str
    """winner, loser, both or other."""
    scores: list[tuple[str, float]]
    sound: str
    """Data URI."""
    heard: list[Event]


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A context, its real clip where known, and its candidates."""

    context_id: str
    kind: str
    segments: list[tuple[str, str]]
    """(role, text) in order; a sound reads as such."""
    judge_text: str
    reference: str | None
    """Data URI of the real clip of the same text."""
    planned: list[Event]
    pairs: list[dict[str, Any]]
    refusal: str | None
    """Why it has no pair, as the ledger says; None if it has one or was not judged."""
    candidates: list[Candidate]
    total: int
    """Candidates in all, shown or not."""


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """Sounds as data URIs and layouts, by clip or generation."""

    layouts: dict[str, list[Event]]
    real: dict[str, str]
    made: dict[str, str]


def listenings(
    connection: duckdb.DuckDBPyConnection, lake: Lake, contexts: int, candidates: int
) -> list[Listening]:
    """Return the contexts to listen to, those with a preference pair first.

    Args:
        connection: A report database filled from the lake.
        lake: The lake, for the sounds.
        contexts: Most contexts.
        candidates: Most candidates of each; winner and loser come first.

    Raises:
        ValueError: If a sound is missing from the lake or is not FLAC.
    """
    chosen = _chosen_contexts(connection, contexts)
    shown = _shown_candidates(connection, [row["context_id"] for row in chosen], candidates)
    references = {row["reference_clip_id"] for row in chosen if row["reference_clip_id"]}
    generated = {row["generation_id"] for rows in shown.values() for row in rows}
    heard = _Heard(
        layouts=_layouts(connection, references | generated),
        real=sounds(connection, lake, "audio", references),
        made=sounds(connection, lake, "generations", generated),
    )
    return [
        Listening(
            context_id=row["context_id"],
            kind=row["kind"],
            segments=[_segment(segment) for segment in row["segments"]],
            judge_text=row["judge_text"],
            reference=heard.real.get(row["reference_clip_id"]),
            planned=heard.layouts.get(row["reference_clip_id"], []),
            pairs=_pairs(connection, row["context_id"]),
            refusal=row["refusal"],
            candidates=[_candidate(each, heard) for each in shown[row["context_id"]]],
            total=shown[row["context_id"]][0]["total"],
        )
        for row in chosen
    ]


def sounds(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, ids: Iterable[str]
) -> dict[str, str]:
    """Return the sounds of some rows as data URIs, by their key.

    Only the key column of each live shard is read, and the sounds of the shards that hold a row.

    Args:
        connection: A report database: its `table_files` are the shards to read.
        lake: The lake.
        table: `audio` or `generations`.
        ids: Keys of the rows.

    Raises:
        ValueError: If a row is not in the lake, or its sound is not FLAC.
    """
    key, wanted = TABLES[table].key[0], set(ids)
    found: dict[str, str] = {}
    files = connection.execute("select path from table_files where table_name = ?", [table])
    for (path,) in files.fetchall() if wanted else []:
        shard = ds.dataset(lake.root / path, schema=TABLES[table].schema, format="parquet")
        here = wanted & set(shard.to_table(columns=[key])[key].to_pylist())
        if here:
            rows = shard.to_table(columns=[key, "audio"], filter=pc.field(key).isin(sorted(here)))
            for row in rows.to_pylist():
                found[row[key]] = data_uri(row["audio"]["bytes"], row[key])
    if missing := sorted(wanted - found.keys()):
        msg = f"{table}: expected a sound for {missing[0]}, found none; run `ualm table verify`"
        raise ValueError(msg)
    return found


def data_uri(encoded: bytes, name: str) -> str:
    """Return an encoded sound as a data URI.

    Args:
        encoded: A FLAC file.
        name: Whose sound, for the error.

    Raises:
        ValueError: If it is not FLAC.

    Example:
        >>> data_uri(b"fLaC", "a")
        'data:audio/flac;base64,ZkxhQw=='
    """
    if not encoded.startswith(b"fLaC"):
        msg = f"{name}: expected a FLAC sound, got bytes {encoded[:4]!r}; run `ualm table verify`"
        raise ValueError(msg)
    return f"data:audio/flac;base64,{base64.b64encode(encoded).decode()}"


def timeline(layout: list[dict[str, Any]], duration_s: float | None = None) -> list[Event]:
    """Return a layout's events, placed from 0 to the end of the sound.

    Args:
        layout: Rows of `rich_captions.layout`: event, start and end in seconds, relation.
        duration_s: Length of the sound; the end of the last event if unknown.
    """
    ends = [event["end"] or event["start"] or 0.0 for event in layout]
    end = max([*ends, duration_s or 0.0], default=0.0) or 1.0
    return [_event(event, end) for event in layout]


def _event(event: dict[str, Any], total: float) -> Event:
    start, end = event["start"], event["end"]
    if start is None or end is None:
        times = "" if start is None else f"from {start:.1f} s"
        left, width = 0.0, 0.0
    else:
        times = f"{start:.1f}-{end:.1f} s"
        left, width = 100 * start / total, 100 * max(end - start, 0.0) / total
    return Event(
        name=event["event"],
        times=times,
        relation=event["relation"],
        left=round(left, 2),
        width=round(min(width, 100 - left), 2),
    )


def _chosen_contexts(connection: duckdb.DuckDBPyConnection, most: int) -> list[dict[str, Any]]:
    return fetch(
        connection,
        """
        select
            contexts.*,
            context_id in (select context_id from preference_pairs) as paired,
            (
                select string_agg(distinct reason, ', ' order by reason) from ledger
                where "table" in ('contexts', 'preference_pairs') and row_id = context_id
            ) as refusal
        from contexts where context_id in (select context_id from generations)
        order by paired desc, context_id limit ?
        """,
        [most],
    )


def _candidate(row: dict[str, Any], heard: _Heard) -> Candidate:
    return Candidate(
        sound=heard.made[row["generation_id"]],
        heard=heard.layouts.get(row["generation_id"], []),
        **{name: row[name] for name in _CANDIDATE_COLUMNS},
    )


def _shown_candidates(
    connection: duckdb.DuckDBPyConnection, contexts: list[str], most: int
) -> dict[str, list[dict[str, Any]]]:
    """Return the candidates to show by context, winner and loser first."""
    rows = fetch(
        connection,
        """
        select
            generation_id, context_id, model, sample, duration_s, pair_role as role,
            count(*) over (partition by context_id) as total,
            list_position(['winner', 'both', 'loser', 'other'], pair_role) as position
        from generations join generation_roles using (generation_id, context_id)
        where list_contains(?::varchar[], context_id)
        qualify row_number() over (
            partition by context_id order by position, sample, model, generation_id
        ) <= ?
        order by context_id, position, sample, model, generation_id
        """,
        [contexts, most],
    )
    shown: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        scores = connection.execute(
            "select name, value from generation_scores where generation_id = ?"
            " order by scorer, name",
            [row["generation_id"]],
        ).fetchall()
        shown.setdefault(row["context_id"], []).append(row | {"scores": scores})
    return shown


def _layouts(connection: duckdb.DuckDBPyConnection, subjects: set[str]) -> dict[str, list[Event]]:
    """Return the layouts of clips and generations by subject; exact ones before others."""
    rows = connection.execute(
        """
        select coalesce(rich_captions.generation_id, rich_captions.clip_id) as subject,
            first(layout order by exact desc, rich_caption_id),
            any_value(coalesce(generations.duration_s, clips.duration_s))
        from rich_captions
        left join generations using (generation_id)
        left join clips on clips.clip_id = rich_captions.clip_id
        where list_contains(?::varchar[], subject) and len(layout) > 0
        group by subject
        """,
        [sorted(subjects)],
    ).fetchall()
    return {subject: timeline(layout, duration_s) for subject, layout, duration_s in rows}


def _pairs(connection: duckdb.DuckDBPyConnection, context_id: str) -> list[dict[str, Any]]:
    return fetch(
        connection,
        "select scorer, gaps, threshold, validated, comparable from preference_pairs_with_text"
        " where context_id = ?",
        [context_id],
    )


def _segment(segment: dict[str, Any]) -> tuple[str, str]:
    kept = segment["generation_id"] or segment["clip_id"]
    return segment["role"], segment["text"] or f"[sound {kept[:8] if kept else ''}]"
