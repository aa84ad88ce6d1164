"""Rows of every table that is derived from clips, which tests of takedowns share."""

from schemas.benchmarks import Feature
from schemas.corpus import AudioBytes, Decision, LedgerRow
from schemas.generation import Context, Generation, PreferencePair, Segment
from schemas.synthesis import Prompt, RichCaption
from schemas.tables import TABLES
from schemas.training import Sample, Sequence
from tests.schemas.lakes import ORIGIN, commit


def put(lake, table, *rows, slot=None):
    commit(lake, table, slot or f"test.{table}", TABLES[table].from_rows(list(rows)))


def context(context_id, *, clip=None, generation=None, kind="prompt"):
    segment = Segment(role="user", modality="audio", clip_id=clip, generation_id=generation)
    return Context(
        context_id=context_id,
        kind=kind,
        segments=[segment],
        judge_text="",
        reference_clip_id=None,
        split="train",
    )


def generation(generation_id, context_id):
    return Generation(
        generation_id=generation_id,
        context_id=context_id,
        model="tiny@1",
        sample=0,
        seed=0,
        settings="{}",
        codec="x@1",
        codebooks=1,
        frames=1,
        codes=b"00",
        sample_rate=16000,
        duration_s=1.0,
        audio=AudioBytes(bytes=b""),
    )


def sample(sample_id, clip):
    segments = [Segment(role="user", modality="audio", clip_id=clip)]
    return Sample(sample_id=sample_id, stage="sft", task="text", segments=segments, split="train")


def sequence(sample_id, clip):
    return Sequence(
        sample_id=sample_id,
        vocabulary="v",
        stage="sft",
        task="text",
        split="train",
        positions=1,
        spans=[],
        ids=[],
        codebooks=0,
        codes=b"",
        audio_in=[clip],
    )


def derive(corpus):
    """Commit everything that is derived from clips of r0 (to go) and r1 (to stay)."""
    for r in ("r0", "r1"):
        rich = RichCaption(
            rich_caption_id=f"{r}.rich",
            clip_id=f"{r}.a",
            keywords=[],
            layout=[],
            description=[],
            role="heard",
            exact=True,
            origin=ORIGIN,
        )
        prompt = Prompt(
            prompt_id=f"{r}.p",
            rich_caption_id=f"{r}.rich",
            style="plain",
            text="",
            origin=ORIGIN,
        )
        pair = PreferencePair(
            context_id=f"{r}.c",
            scorer="s",
            winner_id=f"{r}.g",
            loser_id=f"{r}.g",
            gaps=[],
            threshold=0.1,
            validated=True,
        )
        put(corpus, "rich_captions", rich, slot=f"test.{r}")
        put(corpus, "prompts", prompt, slot=f"test.{r}")
        first, then = context(f"{r}.c", clip=f"{r}.a"), context(f"{r}.d", generation=f"{r}.g")
        put(corpus, "contexts", first, then, slot=f"test.{r}")
        generations = generation(f"{r}.g", f"{r}.c"), generation(f"{r}.h", f"{r}.d")
        put(corpus, "generations", *generations, slot=f"test.{r}")
        put(corpus, "preference_pairs", pair, slot=f"test.{r}")
        put(corpus, "samples", sample(f"{r}.s", f"{r}.b"), slot=f"test.{r}")
        put(corpus, "sequences", sequence(f"{r}.s", f"{r}.b"), slot=f"test.{r}")
        feature = Feature(subject_id=f"{r}.h", scorer="s", name="logits", window=0, vector=[0.0])
        put(corpus, "features", feature, slot=f"test.{r}")
        dropped = LedgerRow(
            ledger_id=r, table="clips", row_id=f"{r}.a", step="s", decision="drop", reason="x"
        )
        put(corpus, "ledger", dropped, slot=f"test.{r}")
        verdict = Decision(table="clips", row_id=f"{r}.a", step="dedup", keep=True, reason="x")
        put(corpus, "decisions", verdict, slot=f"test.{r}")
