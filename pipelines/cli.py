"""Commands of the pipelines: `ualm corpus`, `ualm synth`, and four that stand elsewhere."""

import typer

from pipelines.commands.answer import answer
from pipelines.commands.caption_checks import caption_checks
from pipelines.commands.captions import captions
from pipelines.commands.corpus_export import corpus_export
from pipelines.commands.corpus_run import run
from pipelines.commands.decontaminate import decontaminate
from pipelines.commands.dedup import dedup, fingerprint
from pipelines.commands.encode import encode
from pipelines.commands.explain import explain
from pipelines.commands.features import features
from pipelines.commands.generate import generate
from pipelines.commands.ingest import ingest
from pipelines.commands.measure import measure
from pipelines.commands.options import BEAM_CONTEXT
from pipelines.commands.pairs import pairs
from pipelines.commands.plan import plan
from pipelines.commands.policy import policy
from pipelines.commands.samples import samples
from pipelines.commands.scores import generations
from pipelines.commands.sources import sources
from pipelines.commands.synth import critiques, dialogues, hear, prompts, rich_captions
from pipelines.commands.yields import corpus_yield

corpus = typer.Typer(
    no_args_is_help=True,
    help="Build the corpus: ingest, captions and their checks, measure, dedup, decontaminate, "
    "policy, encode, samples, preference pairs, export.",
)
corpus.command()(sources)
corpus.command(context_settings=BEAM_CONTEXT)(ingest)
corpus.command(context_settings=BEAM_CONTEXT)(captions)
corpus.command("caption-checks", context_settings=BEAM_CONTEXT)(caption_checks)
corpus.command(context_settings=BEAM_CONTEXT)(encode)
corpus.command(context_settings=BEAM_CONTEXT)(measure)
corpus.command(context_settings=BEAM_CONTEXT)(fingerprint)
corpus.command(context_settings=BEAM_CONTEXT)(dedup)
corpus.command(context_settings=BEAM_CONTEXT)(decontaminate)
corpus.command(context_settings=BEAM_CONTEXT)(policy)
corpus.command("yield")(corpus_yield)
corpus.command()(explain)
corpus.command("export")(corpus_export)
corpus.command(context_settings=BEAM_CONTEXT)(samples)
corpus.command(context_settings=BEAM_CONTEXT)(pairs)
corpus.command(context_settings=BEAM_CONTEXT)(run)
corpus.command()(plan)

synth = typer.Typer(
    no_args_is_help=True, help="Write rich captions, prompts, dialogues and critiques."
)
synth.command("rich-captions", context_settings=BEAM_CONTEXT)(rich_captions)
synth.command(context_settings=BEAM_CONTEXT)(prompts)
synth.command(context_settings=BEAM_CONTEXT)(dialogues)
synth.command(context_settings=BEAM_CONTEXT)(hear)
synth.command(context_settings=BEAM_CONTEXT)(critiques)

__all__ = ["answer", "corpus", "features", "generate", "generations", "synth"]
