"""Samples that end in text: questions about a sound, and conversations."""

import random
from itertools import chain

from pipelines.sampling.blend import Blend
from pipelines.sampling.material import Material, Row
from pipelines.sampling.parts import (
    Example,
    Outcome,
    Rejection,
    clip_of,
    clip_parents,
    example,
    said,
)
from schemas.generation import Segment
from schemas.ids import seed_of, split_of

CONVERSATION_SPLITS = (("train", 0.9), ("validation", 0.05), ("test", 0.05))
"""Splits of conversations that no clip belongs to."""

_QUESTIONS = {
    "label": ("What sound is this?", "Name the sound.", "Which sounds are in this clip?"),
    "transcript": ("What is said?", "Write down the words that are spoken."),
}
_ANY_QUESTION = (
    "What do you hear?",
    "Describe the sound.",
    "Can you briefly describe what you hear in this audio?",
    "Write a caption for this clip.",
)


def audio_to_caption(caption: Row, material: Material, blend: Blend) -> Outcome:
    """A clip and a question, then the caption as the answer."""
    clip = clip_of(caption, material)
    if isinstance(clip, Rejection):
        return clip
    kind = caption["text_kind"]
    if kind not in blend.understanding_kinds:
        return Rejection(reason="text_kind", detail=f"{kind} texts are left out")
    choice = random.Random(seed_of("question", caption["caption_id"]))  # noqa: S311 (wording)
    question = choice.choice(_QUESTIONS.get(kind, _ANY_QUESTION))
    parents = (("captions", caption["caption_id"]), *clip_parents(clip))
    asked = Segment(role="user", modality="audio", clip_id=clip["clip_id"])
    answer = said("assistant", caption["text"])
    return (example(parents, clip, asked, said("user", question), answer),)


def conversation_in_text(conversation: Row, material: Material, _: Blend) -> Outcome:
    """A conversation without sounds."""
    return None if conversation["clip_ids"] else _conversation(conversation, material)


def conversation_about_audio(conversation: Row, material: Material, _: Blend) -> Outcome:
    """A conversation with sounds in it."""
    return _conversation(conversation, material) if conversation["clip_ids"] else None


def _conversation(conversation: Row, material: Material) -> Outcome:
    found = [material.clips.get(clip_id) for clip_id in conversation["clip_ids"]]
    clips = [clip for clip in found if clip is not None]
    if len(clips) < len(found):
        return Rejection(reason="no_clip", detail=f"one of {conversation['clip_ids']} is gone")
    splits = sorted({clip["split"] for clip in clips})
    if len(splits) > 1:
        return Rejection(reason="mixed_splits", detail=f"its clips are in {splits}")
    conversation_id = conversation["conversation_id"]
    segments = tuple(
        Segment(
            role=turn["role"],
            modality=turn["modality"],
            text=turn["text"],
            clip_id=turn["clip_id"],
            loss=turn["role"] == "assistant",
        )
        for turn in conversation["turns"]
    )
    parents = (("conversations", conversation_id), *chain(*map(clip_parents, clips)))
    split = splits[0] if splits else split_of(conversation_id, CONVERSATION_SPLITS)
    return (Example(parents=parents, split=split, segments=segments),)
