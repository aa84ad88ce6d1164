"""`ualm corpus run`: every step of a corpus file, in order."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    report,
)
from schemas.command import user_errors


def run(
    context: typer.Context,
    *,
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS.toml", help="The corpus file.")],
    lake: LakeOption,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Run the steps of a corpus file in order; what is done already is skipped.

    What the file names is looked for before the first step runs. A step that fails stops the run
    with exit code 1; run it again to go on. A lake is made if there is none. A dry run plans each
    step on what the lake holds now, and tells which it cannot plan yet.

    Example: ualm corpus run pipelines/presets/demo.toml --lake lake
    """
    from tempfile import TemporaryDirectory

    from pipelines.corpus.entries.entry import Running
    from pipelines.corpus.run import read_corpus, refuse_corpus, run_corpus, running_from
    from pipelines.running.runner_names import refuse_runner
    from schemas.lake import Lake

    told = Running(limit=limit, dry_run=dry_run, runner=runner, beam_args=context.args)
    with user_errors():
        refuse_runner(runner, context.args)  # before a lake is made
        steps = read_corpus(corpus)
        told = running_from(corpus, told)
        refuse_corpus(steps, told)
        with TemporaryDirectory() as empty:
            # A dry run writes nothing, so what is no lake yet is planned as an empty one.
            absent = dry_run and not lake.exists()
            opened = Lake.create(Path(empty) / "lake" if absent else lake)
            for summary in run_corpus(steps, opened, told):
                report(summary, dry_run=dry_run)
                if summary.failed:
                    raise typer.Exit(1)
