"""The texts of an item to rows of `captions` and, where a layout is known, `rich_captions`."""

from pipelines.sources.source import Layout, SourceItem, Text
from schemas.corpus import Caption, Origin
from schemas.ids import content_id, digest_of
from schemas.synthesis import RichCaption


def text_rows(
    item: SourceItem, recording_id: str, clip_id: str | None, end_s: float
) -> tuple[list[Caption], list[RichCaption]]:
    """Return the rows of an item's texts.

    Args:
        item: The item.
        recording_id: Its recording.
        clip_id: The clip that is the whole recording; None if none is, and then the texts are
            about the recording, and a layout has no clip to be of.
        end_s: End of what the texts describe, in seconds.
    """
    captions = [_caption(recording_id, clip_id, text, end_s) for text in item.texts]
    if item.layout is None or clip_id is None:
        return captions, []
    return captions, [_rich_caption(clip_id, caption, item.layout) for caption in captions]


def _caption(recording_id: str, clip_id: str | None, text: Text, end_s: float) -> Caption:
    return Caption(
        caption_id=content_id(
            "caption", clip_id or recording_id, text.kind, text.model, text.seed, text.text
        ),
        scope="recording" if clip_id is None else "clip",
        recording_id=recording_id,
        clip_id=clip_id,
        start_s=0.0,
        end_s=end_s,
        text=text.text,
        text_kind=text.kind,
        licence=text.licence,
        origin=Origin(model=text.model, seed=text.seed),
    )


def _rich_caption(clip_id: str, caption: Caption, layout: Layout) -> RichCaption:
    content = digest_of(
        [
            list(layout.keywords),
            [[e.event, e.start, e.end, e.relation] for e in layout.events],
            [[d.event, d.text] for d in layout.descriptions],
        ]
    )
    return RichCaption(
        rich_caption_id=content_id(
            "rich_caption", clip_id, "planned", caption.origin.model, content
        ),
        clip_id=clip_id,
        caption_id=caption.caption_id,
        keywords=list(layout.keywords),
        layout=list(layout.events),
        description=list(layout.descriptions),
        role="planned",
        exact=True,
        origin=caption.origin,
    )
