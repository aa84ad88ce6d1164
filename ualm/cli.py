"""The `ualm` command: it mounts every package's commands and does nothing else."""

import logging
import os
import sys
import threading

import typer

from evaluation.cli import BENCHMARKS, MODELS, evaluate
from evaluation.weights.cli import weights
from pipelines.cli import answer, corpus, features, generate, generations, synth
from pipelines.commands.options import BEAM_CONTEXT
from reports.cli import report
from schemas.cli import remove, sql, table
from training.cli import train
from ualm.demo import demo

_INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Build UALM's corpus, train a model on it, and measure it. Every command has --help.",
)
corpus.command()(remove)
evaluate.command(context_settings=BEAM_CONTEXT, rich_help_panel=BENCHMARKS)(answer)
evaluate.command(context_settings=BEAM_CONTEXT, rich_help_panel=MODELS)(generations)
evaluate.command(context_settings=BEAM_CONTEXT, rich_help_panel=MODELS)(features)
app.add_typer(corpus, name="corpus")
app.add_typer(synth, name="synth")
app.command()(train)
app.command(context_settings=BEAM_CONTEXT)(generate)
app.add_typer(evaluate, name="evaluate")
app.add_typer(weights, name="weights")
app.add_typer(report, name="report")
app.add_typer(table, name="table")
app.command()(sql)
app.command()(demo)


def main() -> None:
    """Run the command line; what steps log goes to standard error as it stands."""
    logging.basicConfig(format="%(message)s")
    for package in ("pipelines", "training", "evaluation"):
        logging.getLogger(package).setLevel(logging.INFO)
    try:
        app()
    except SystemExit as end:
        if end.code == _INTERRUPTED and threading.active_count() > 1:
            # A thread that waits for a server cannot be ended, and Python would wait for it.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(_INTERRUPTED)
        raise
