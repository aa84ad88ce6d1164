"""`ualm corpus explain`: a row's whole history."""

from typing import Annotated

import typer

from pipelines.commands.options import LakeOption
from schemas.command import user_errors


def explain(
    row: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Id of a clip, recording, caption or conversation, its first digits (6 or more), "
            "or a source's id: bare, as source:id, or an original such as youtube:ID.",
        ),
    ],
    *,
    lake: LakeOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell where a row came from, what was said of it, what was made of it, and how it ended.

    The id is looked for in one column; then only the shards of the row's root are read, and, if it
    is in a duplicate cluster, the cluster column of decisions.

    Example: ualm corpus explain 3f9c1d02 --lake lake
    """
    from pipelines.policy.finding import find
    from pipelines.policy.story import story
    from pipelines.policy.story_text import story_json, story_lines
    from schemas.lake import Lake
    from schemas.show import show_json

    with user_errors():
        opened = Lake.open(lake)
        told = story(opened, find(opened, row))
        if as_json:
            show_json(story_json(told))
            return
        for line in story_lines(told):
            typer.echo(line)
