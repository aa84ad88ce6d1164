"""The texts of an item to rows of `captions` and, where a layout is known, `rich_captions`."""

from pipelines.sources.source import Layout, SourceItem, Talk, Text
from schemas.corpus import Caption, Origin
from schemas.ids import content_id, digest_of
from schemas.synthesis import Conversation, RichCaption, Turn


def text_rows(
    item: SourceItem, recording_id: str, clip_id: str | None, end_s: float | None
) -> tuple[list[Caption], list[RichCaption]]:
    """Return the rows of an item's texts.

    Args:
        item: The item.
        recording_id: Its recording.
        clip_id: The clip that is the whole recording; None if none is, and then the texts are
            about the recording, and a layout has no clip to be of.
        end_s: End of what the texts describe, in seconds; None if nobody knows.
    """
    captions = [_caption(recording_id, clip_id, text, end_s) for text in item.texts]
    if item.layout is None or clip_id is None:
        return captions, []
    return captions, [_rich_caption(clip_id, caption, item.layout) for caption in captions]


def conversation_rows(source: str, item: SourceItem, clip_id: str | None) -> list[Conversation]:
    """Return the rows of an item's conversations.

    Args:
        source: Name of the source.
        item: The item.
        clip_id: The clip that is its whole sound; None for text data.
    """
    return [_conversation(source, item, talk, clip_id) for talk in item.talks]


def _conversation(source: str, item: SourceItem, talk: Talk, clip_id: str | None) -> Conversation:
    return Conversation(
        conversation_id=content_id("conversation", source, talk.talk_id),
        clip_ids=[] if clip_id is None else [clip_id],
        turns=[
            Turn(
                role=role,
                modality="audio" if text is None else "text",
                text=text,
                clip_id=clip_id if text is None else None,
            )
            for role, text in talk.turns
        ],
        source=source,
        licence=talk.licence or item.licence,
    )


def _caption(recording_id: str, clip_id: str | None, text: Text, end_s: float | None) -> Caption:
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
