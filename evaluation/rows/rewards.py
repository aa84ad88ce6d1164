"""Which scorers chose what a model was trained on: their figures flatter it."""

import json

import polars as pl

from schemas.lake import Lake

_PREFERENCE_STAGES = "dpo"
"""In the names of the stages that learn from preference pairs."""


def reward_scorers(lake: Lake, model: str) -> tuple[str, ...]:
    """Return the scorers of the lake's preference pairs, if a model has learnt from pairs.

    A model has if its run, or one of those that its run began from, is a stage of preferences. The
    lake knows that of models which were trained from it; of others it knows nothing.

    Args:
        lake: The lake.
        model: A checkpoint, as `generations.model` names it.
    """
    runs = lake.scan("runs").select("checkpoint", "name", "configuration").collect().rows()
    by_checkpoint = {checkpoint: (name, told) for checkpoint, name, told in runs if checkpoint}
    seen: set[str | None] = set()
    current: str | None = model
    while current in by_checkpoint and current not in seen:
        seen.add(current)
        name, told = by_checkpoint[current]
        if _PREFERENCE_STAGES in name:
            pairs = lake.scan("preference_pairs").select(pl.col("scorer").unique().sort())
            return tuple(pairs.collect()["scorer"].to_list())
        current = json.loads(told).get("start")
    return ()
