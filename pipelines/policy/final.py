"""The end of a row's story: in which samples its clips are, or why they are in none."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipelines.policy.story import Story, standing_against
from schemas.links import REMOVE

_TEXTS = frozenset({"captions", "conversations"})
"""Tables of which a clip may have several rows."""


def endings(told: Story) -> list[dict[str, Any]]:
    """Return, for each clip, whether it is in samples, which, and what speaks against it.

    A caption or conversation that is refused comes first: its clip may be in samples by others.

    Args:
        told: The row's history. Without a clip there is one ending, of the row itself.
    """
    if not told.clips:
        return [_ending(told, None)]
    own = []
    row_id, what = told.found.row_id, told.found.table[:-1]
    if told.found.table in _TEXTS and (against := standing_against(told, row_id)):
        because = [_verdict(f"the {what}", row) for row in against]
        own = [{"clip_id": None, "refused": row_id, "samples": [], "because": because}]
    return [*own, *(_ending(told, clip["clip_id"]) for clip in told.clips)]


def sentence(ending: dict[str, Any]) -> str:
    """Return an ending as a sentence."""
    if ending.get("refused"):
        return f"kept out of samples, because {'; '.join(ending['because'])}"
    if not ending["samples"]:
        return f"in no samples, because {'; '.join(ending['because'])}"
    samples = ", ".join(f"{s['samples']} of {s['stage']} ({s['split']})" for s in ending["samples"])
    told = f"in samples: {samples}"
    if ending["because"]:
        told += (
            f" - but these are older than what speaks against it: {'; '.join(ending['because'])}; "
            "run `ualm corpus samples` again"
        )
    return told


def _ending(told: Story, clip_id: str | None) -> dict[str, Any]:
    samples = [row for row in told.made.get("samples", []) if clip_id in _clips_of(row)]
    by_stage = Counter((row["stage"], row["task"], row["split"]) for row in samples)
    found = [
        {"stage": f"{stage} {task}", "split": split, "samples": count}
        for (stage, task, split), count in sorted(by_stage.items())
    ]
    against = _against(told, clip_id)
    if not samples and not against:
        against = _silence(told, clip_id)
    return {"clip_id": clip_id, "samples": found, "because": against}


def _clips_of(sample: dict[str, Any]) -> set[str | None]:
    return {segment["clip_id"] for segment in sample["segments"]}


def _against(told: Story, clip_id: str | None) -> list[str]:
    """Return the verdicts against a clip, its recording or all of its captions."""
    subjects = {"the clip": clip_id}
    if clip_id is None or told.found.table not in _TEXTS:
        subjects["the row"] = told.found.row_id
    if told.recording:
        subjects["its recording"] = told.recording["recording_id"]
    found = {
        row_id: [_verdict(what, row) for row in standing_against(told, row_id)]
        for what, row_id in reversed(subjects.items())
    }
    against = [reason for reasons in found.values() for reason in reasons]
    captions = _captions(told, clip_id)
    refused = [row for row in captions if standing_against(told, row["caption_id"])]
    if captions and len(refused) == len(captions):
        against += [
            _verdict(f"its caption {row['caption_id'][:8]}", verdict)
            for row in refused
            for verdict in standing_against(told, row["caption_id"])
        ]
    return against


def _silence(told: Story, clip_id: str | None) -> list[str]:
    """Return why there are no samples where no verdict speaks against the row."""
    subjects = {clip_id, told.found.row_id}
    if told.recording:
        subjects.add(told.recording["recording_id"])
    subjects |= {row["caption_id"] for row in _captions(told, clip_id)}
    refused = [
        f"{row['step']} refused {row['table']} {row['row_id'][:8]}: {row['reason']}"
        + (f" ({row['detail']})" if row["detail"] else "")
        for row in told.ledger
        if row["row_id"] in subjects and row["decision"] != "repair"
    ]
    if refused:
        return refused
    if not told.clips:
        return ["it has no clip"]
    if not told.sampled:
        return ["no samples were made of its root yet; run `ualm corpus samples`"]
    if not _captions(told, clip_id):
        return ["it has no caption, and nothing was made from it that samples use"]
    return ["the stages that were made so far do not use it"]


def _captions(told: Story, clip_id: str | None) -> list[dict[str, Any]]:
    return [row for row in told.captions if clip_id is None or row["clip_id"] == clip_id]


def _verdict(what: str, row: Mapping[str, Any]) -> str:
    if row["step"] == REMOVE:
        return f"{what} was taken down ({row['reason']})"
    measured = ""
    if row["value"] is not None and row["threshold"] is not None:
        measured = f" {row['value']:.6g}, threshold {row['threshold']:.6g}"
    evidence = f" ({row['evidence']})" if row["evidence"] else ""
    return f"{what} was refused by {row['step']}: {row['reason']}{measured}{evidence}"
