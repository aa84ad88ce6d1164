"""Samples that end in a real sound: from a caption, from a prompt, over a plan."""

from pipelines.sampling.blend import Blend
from pipelines.sampling.material import Material, Row
from pipelines.sampling.parts import (
    Outcome,
    Rejection,
    clip_of,
    clip_parents,
    example,
    plan_of,
    plan_parents,
    said,
    sound,
)
from pipelines.text.plan_text import plan_text


def caption_to_audio(caption: Row, material: Material, blend: Blend) -> Outcome:
    """A caption of a clip, then the clip."""
    clip = clip_of(caption, material)
    if isinstance(clip, Rejection):
        return clip
    if caption["text_kind"] not in blend.generation_kinds:
        return Rejection(reason="text_kind", detail=f"{caption['text_kind']} texts are left out")
    parents = (("captions", caption["caption_id"]), *clip_parents(clip))
    return (example(parents, clip, said("user", caption["text"]), sound(clip)),)


def prompt_to_audio(prompt: Row, material: Material, blend: Blend) -> Outcome:
    """A prompt, then the clip whose rich caption it asks for."""
    found = _asked(prompt, material, blend)
    if isinstance(found, Rejection):
        return found
    _, clip, parents = found
    return (example(parents, clip, said("user", prompt["text"]), sound(clip)),)


def prompt_to_plan(prompt: Row, material: Material, blend: Blend) -> Outcome:
    """A prompt, then the rich caption that the assistant plans, then the clip."""
    found = _asked(prompt, material, blend)
    if isinstance(found, Rejection):
        return found
    plan, clip, parents = found
    planned = said("assistant", plan_text(plan))
    return (example(parents, clip, said("user", prompt["text"]), planned, sound(clip)),)


def dialogue_to_plan(dialogue: Row, material: Material, _: Blend) -> Outcome:
    """A dialogue, then the rich caption that it arrives at, then the clip."""
    found = plan_of(dialogue, material)
    if isinstance(found, Rejection):
        return found
    plan, clip = found
    parents = (("dialogues", dialogue["dialogue_id"]), *plan_parents(plan, clip))
    turns = [said(turn["role"], turn["text"]) for turn in dialogue["turns"]]
    planned = said("assistant", plan_text(plan))
    return (example(parents, clip, *turns, planned, sound(clip)),)


def _asked(
    prompt: Row, material: Material, blend: Blend
) -> tuple[Row, Row, tuple[tuple[str, str], ...]] | Rejection:
    if prompt["style"] not in blend.prompt_styles:
        return Rejection(reason="prompt_style", detail=f"{prompt['style']} prompts are left out")
    found = plan_of(prompt, material)
    if isinstance(found, Rejection):
        return found
    return *found, (("prompts", prompt["prompt_id"]), *plan_parents(*found))
