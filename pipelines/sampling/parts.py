"""The parts that samples are made of: examples, reasons against, clips, plans, segments."""

from dataclasses import dataclass

from pipelines.sampling.material import Material, Row
from schemas.generation import Segment


@dataclass(frozen=True, kw_only=True)
class Example:
    """A candidate that can become a sample."""

    parents: tuple[tuple[str, str], ...]
    """Table and key of every row that it is made from."""
    segments: tuple[Segment, ...]
    split: str
    pair_id: str | None = None
    preferred: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """Why a candidate cannot become a sample."""

    reason: str
    detail: str


Outcome = Rejection | tuple[Example, ...] | None
"""What a row becomes; None if it is no candidate for the task at all."""


def clip_of(row: Row, material: Material) -> Row | Rejection:
    """Return the clip that a text is about.

    A text about a whole recording says nothing certain about a shorter cut of it, so it enters no
    sample; ingest gives a text the clip scope where clip and recording are the same.
    """
    if row["clip_id"] is None:
        return Rejection(
            reason="recording_scope", detail="a text about a recording that was cut into clips"
        )
    clip = material.clips.get(row["clip_id"])
    if clip is None:
        return Rejection(reason="no_clip", detail=f"clip {row['clip_id']} is gone")
    return clip


def plan_of(row: Row, material: Material) -> tuple[Row, Row] | Rejection:
    """Return the rich caption that a row arrives at, and the clip that it describes."""
    plan = material.rich_captions.get(row["rich_caption_id"])
    if plan is None:
        return Rejection(
            reason="no_rich_caption", detail=f"rich caption {row['rich_caption_id']} is gone"
        )
    clip = clip_of(plan, material)
    return clip if isinstance(clip, Rejection) else (plan, clip)


def clip_parents(clip: Row) -> tuple[tuple[str, str], ...]:
    """Return the clip and its recording."""
    return ("clips", clip["clip_id"]), ("recordings", clip["recording_id"])


def plan_parents(plan: Row, clip: Row) -> tuple[tuple[str, str], ...]:
    """Return the rich caption, the caption that it was made from, and the clip's parents."""
    caption = (("captions", plan["caption_id"]),) if plan["caption_id"] else ()
    return ("rich_captions", plan["rich_caption_id"]), *caption, *clip_parents(clip)


def example(parents: tuple[tuple[str, str], ...], clip: Row, *segments: Segment) -> Example:
    """Return an example in the split of its clip."""
    return Example(parents=parents, split=clip["split"], segments=segments)


def said(role: str, text: str) -> Segment:
    """Return a text segment; the model learns to say what the assistant says."""
    return Segment(role=role, modality="text", text=text, loss=role == "assistant")


def sound(clip: Row) -> Segment:
    """Return a real sound that the model learns to make."""
    return Segment(role="assistant", modality="audio", clip_id=clip["clip_id"], loss=True)
