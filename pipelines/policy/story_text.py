"""A row's story as text for people, and as JSON values for programs."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pipelines.policy.final import endings, sentence
from pipelines.policy.story import Row, Story

_SHOWN = 5
_FACTS = (
    "duration_s",
    "start_s",
    "split",
    "peak_dbfs",
    "rms_dbfs",
    "silence_ratio",
    "clipping_ratio",
    "bandwidth_hz",
    "pcm_sha256",
)
_ORIGINS = ("source", "source_id", "original", "subset", "uri", "member", "split")
_SOUND = ("frames", "sample_rate", "channels", "raw_sha256")
_RIGHTS = ("licence", "attribution", "uploader")


def story_json(told: Story) -> dict[str, Any]:
    """Return the story as JSON values."""
    return {
        "table": told.found.table,
        "row_id": told.found.row_id,
        "root": told.found.root,
        "cost": asdict(told.found.cost),
        "recording": told.recording,
        "clips": told.clips,
        "captions": told.captions,
        "measures": told.measures,
        "caption_measures": told.caption_measures,
        "ledger": told.ledger,
        "decisions": told.decisions,
        "clusters": told.clusters,
        "made": told.made,
        "shards": [
            asdict(shard) | {"time": shard.time.isoformat() if shard.time else None}
            for shard in told.shards
        ],
        "endings": [ending | {"sentence": sentence(ending)} for ending in endings(told)],
    }


def story_lines(told: Story) -> Iterator[str]:
    """Yield the story as lines."""
    yield f"{told.found.row_id} of {told.found.table}, root {told.found.root}"
    yield f"  {told.found.cost.told()}"
    yield from _recording(told)
    for clip in told.clips:
        yield from _clip(told, clip)
    yield from _loose_captions(told)
    yield from _verdicts(told)
    yield from _made(told)
    yield from _shards(told)
    yield "in the end"
    for ending in endings(told):
        name = f"clip {ending['clip_id']}: " if ending["clip_id"] else ""
        if ending.get("refused"):
            name = f"{told.found.table[:-1]} {ending['refused']}: "
        yield f"  {name}{sentence(ending)}"


def _recording(told: Story) -> Iterator[str]:
    row = told.recording
    if row is None:
        return
    yield f"recording {row['recording_id']}"
    yield f"  from {_pairs(row, _ORIGINS)}"
    yield f"  rights: {_pairs(row, _RIGHTS) or 'none stated'}"
    yield f"  as received: {_pairs(row, _SOUND) or 'no sound'}"


def _clip(told: Story, clip: Row) -> Iterator[str]:
    own = clip["clip_id"]
    yield f"clip {own}"
    yield f"  {_pairs(clip, _FACTS)}"
    measured = [row for row in told.measures if row["clip_id"] == own]
    for row in measured:
        value = "" if row["value"] is None else f" = {row['value']:.5g}"
        yield f"  measured {row['name']}{value} by {row['version']}"
    yield from _captions(told, [row for row in told.captions if row["clip_id"] == own])


def _loose_captions(told: Story) -> Iterator[str]:
    loose = [row for row in told.captions if row["clip_id"] is None]
    if loose:
        yield "captions of the recording"
        yield from _captions(told, loose)


def _captions(told: Story, captions: Iterable[Row]) -> Iterator[str]:
    for row in captions:
        against = [v for v in told.decisions if v["row_id"] == row["caption_id"] and not v["keep"]]
        state = f"refused by {against[0]['step']}" if against else "kept"
        yield f"  caption {row['caption_id']} ({row['text_kind']}, {state}): {row['text']!r}"
        yield f"    by {row['origin']['model']}, licence {row['licence'] or 'not stated'}"
        for measure in told.caption_measures:
            if measure["caption_id"] == row["caption_id"]:
                number = "" if measure["value"] is None else f" = {measure['value']:.5g}"
                word = f" = {measure['text']}" if measure["text"] else ""
                yield f"    measured {measure['name']}{number}{word} by {measure['version']}"


def _verdicts(told: Story) -> Iterator[str]:
    if told.ledger:
        yield "ledger"
    for row in told.ledger:
        detail = f": {row['detail']}" if row["detail"] else ""
        about = f"{row['table']} {row['row_id']}"
        yield f"  {row['step']} {row['decision']} {about} {row['reason']}{detail}"
    if told.decisions:
        yield "decisions"
    for row in told.decisions:
        kept = "keeps" if row["keep"] else "refuses"
        number = "" if row["value"] is None else f" {row['value']:.6g}"
        number += "" if row["threshold"] is None else f" (threshold {row['threshold']:.6g})"
        evidence = f": {row['evidence']}" if row["evidence"] else ""
        about = f"{row['table']} {row['row_id']}"
        yield f"  {row['step']} {kept} {about}, {row['reason']}{number}{evidence}"
    for cluster, members in told.clusters.items():
        yield f"duplicate cluster {cluster}"
        for row in members:
            kept = "kept" if row["keep"] else "refused"
            yield f"  {row['table']} {row['row_id']} {kept} by {row['step']}"


def _made(told: Story) -> Iterator[str]:
    if told.made:
        yield "made from it"
    for table, rows in told.made.items():
        yield f"  {table}: {len(rows)}"
        for row in rows[:_SHOWN]:
            yield f"    {_told(row)}"
        if len(rows) > _SHOWN:
            yield f"    and {len(rows) - _SHOWN} more (--json tells all)"


def _told(row: Row) -> str:
    """Return the short values of a row."""
    short = {k: v for k, v in row.items() if isinstance(v, str | int | float | bool)}
    return ", ".join(f"{name} {value}" for name, value in short.items())


def _shards(told: Story) -> Iterator[str]:
    yield "written by"
    for shard in told.shards:
        when = f"{shard.time:%Y-%m-%d %H:%M:%S} UTC" if shard.time else "before the log begins"
        step = shard.slot.partition(".")[0]
        moved = f", moved by {shard.by}" if shard.by not in {None, step} else ""
        version = "?" if shard.version is None else shard.version
        yield (
            f"  {shard.table}: {shard.slot} by {step} {_version(shard.step_version)}, "
            f"table version {version}, {when}{moved} (input {shard.input_digest})"
        )


def _version(number: int | None) -> str:
    return "of a version that was not kept" if number is None else f"version {number}"


def _pairs(row: Row, names: Iterable[str]) -> str:
    values = {name: row[name] for name in names if row.get(name) is not None}
    return ", ".join(
        f"{name} {value:.5g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
    )
