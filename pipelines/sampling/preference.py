"""Samples over generated sounds: reflection on a flawed one, and preference pairs."""

from pipelines.sampling.blend import Blend
from pipelines.sampling.material import Material, Row
from pipelines.sampling.parts import (
    Example,
    Outcome,
    Rejection,
    clip_of,
    example,
    plan_parents,
    said,
    sound,
)
from pipelines.text.plan_text import plan_text
from schemas.generation import Segment


def critique_to_reflection(critique: Row, material: Material, _: Blend) -> Outcome:
    """A request, plan, generated sound and critique, then the real sound in its place.

    The generated sound carries no loss: the model shall not learn to make a flawed one. Where the
    critique found no flaw, the sample ends with it.
    """
    found = _critiqued(critique, material)
    if isinstance(found, Rejection):
        return found
    plan, clip, generation, context = found
    generation_id = generation["generation_id"]
    segments = [
        *(Segment(**segment) for segment in context["segments"]),
        said("assistant", plan_text(plan)),
        Segment(role="assistant", modality="audio", generation_id=generation_id),
        said("assistant", f"{critique['flaw']} {critique['fix']}"),
    ]
    if critique["flaw_kind"] != "none":
        segments.append(sound(clip))
    parents = (
        ("critiques", critique["critique_id"]),
        ("rich_captions", critique["heard_id"]),
        ("generations", generation_id),
        ("contexts", generation["context_id"]),
        *plan_parents(plan, clip),
    )
    return (example(parents, clip, *segments),)


def _critiqued(critique: Row, material: Material) -> tuple[Row, Row, Row, Row] | Rejection:
    plan = material.rich_captions.get(critique["planned_id"])
    heard = material.rich_captions.get(critique["heard_id"])
    if plan is None or heard is None:
        return Rejection(reason="no_rich_caption", detail="the planned or heard one is gone")
    generation = material.generations.get(heard["generation_id"])
    if generation is None:
        return Rejection(reason="no_generation", detail="it is about a real sound")
    context = material.contexts.get(generation["context_id"])
    if context is None:
        return Rejection(reason="no_context", detail=f"context {generation['context_id']} is gone")
    clip = clip_of(plan, material)
    return clip if isinstance(clip, Rejection) else (plan, clip, generation, context)


def pair_to_examples(pair: Row, material: Material, blend: Blend) -> Outcome:
    """A context with the winner, and the same context with the loser."""
    context = material.contexts.get(pair["context_id"])
    if context is None:
        return Rejection(reason="no_context", detail=f"context {pair['context_id']} is gone")
    ids = (pair["winner_id"], pair["loser_id"])
    if gone := [one for one in ids if one not in material.generations]:
        return Rejection(reason="no_generation", detail=f"generations {gone} are gone")
    if blend.validated_only and not pair["validated"]:
        return Rejection(reason="unvalidated", detail=f"judge {pair['scorer']}")
    clip_id = context["reference_clip_id"]
    clip = material.clips.get(clip_id, {"recording_id": None})
    behind = [("clips", clip_id), ("recordings", clip["recording_id"])]
    shared = (("contexts", pair["context_id"]), *((t, i) for t, i in behind if i is not None))
    return tuple(
        Example(
            parents=(("generations", generation_id), *shared),
            split=context["split"],
            segments=(
                *(Segment(**segment) for segment in context["segments"]),
                Segment(role="assistant", modality="audio", generation_id=generation_id, loss=True),
            ),
            pair_id=pair_key(pair),
            preferred=generation_id == pair["winner_id"],
        )
        for generation_id in ids
    )


def pair_key(pair: Row) -> str:
    """Return what joins winner and loser: the context and the scorer."""
    return f"{pair['context_id']}:{pair['scorer']}"
