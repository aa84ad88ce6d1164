"""Every table of a lake, in the order in which data flows."""

from difflib import get_close_matches

from schemas import benchmarks, corpus, generation, synthesis, training
from schemas.column import Table

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("recordings", corpus.Recording, ("recording_id",), "1.1"),
        Table("clips", corpus.Clip, ("clip_id",)),
        Table("audio", corpus.Audio, ("clip_id",)),
        Table("hifi", corpus.Audio, ("clip_id",)),
        Table("measures", corpus.Measure, ("clip_id", "name", "version"), "1.1"),
        Table("captions", corpus.Caption, ("caption_id",)),
        Table("caption_measures", corpus.CaptionMeasure, ("caption_id", "name", "version")),
        Table("ledger", corpus.LedgerRow, ("ledger_id",)),
        Table("decisions", corpus.Decision, ("table", "row_id", "step")),
        Table("codes", corpus.Codes, ("clip_id", "codec")),
        Table("conversations", synthesis.Conversation, ("conversation_id",)),
        Table("rich_captions", synthesis.RichCaption, ("rich_caption_id",)),
        Table("prompts", synthesis.Prompt, ("prompt_id",)),
        Table("dialogues", synthesis.Dialogue, ("dialogue_id",)),
        Table("critiques", synthesis.Critique, ("critique_id",)),
        Table("contexts", generation.Context, ("context_id",)),
        Table("generations", generation.Generation, ("generation_id",)),
        Table("generation_scores", generation.GenerationScore, ("generation_id", "scorer", "name")),
        Table("preference_pairs", generation.PreferencePair, ("context_id", "scorer")),
        Table("samples", training.Sample, ("sample_id",), "2.0"),
        Table("blends", training.BlendWeight, ("stage", "task")),
        Table("sequences", training.Sequence, ("sample_id", "vocabulary"), "2.0"),
        Table("runs", training.Run, ("run_id",)),
        Table("run_metrics", training.RunMetric, ("run_id", "step", "name")),
        Table("evaluation_items", benchmarks.EvaluationItem, ("evaluation_set", "item_id")),
        Table("datasets", benchmarks.Dataset, ("dataset_id",), "1.1"),
        Table("items", benchmarks.Item, ("item_id",), "1.1"),
        Table("answers", benchmarks.Answer, ("answer_id",), "1.1"),
        Table("item_scores", benchmarks.ItemScore, ("answer_id", "scorer")),
        Table("features", benchmarks.Feature, ("subject_id", "scorer", "name", "window")),
        Table("metrics", benchmarks.Metric, ("metric_id",), "1.1"),
        Table(
            "clip_scores",
            benchmarks.ClipScore,
            (
                "subject_id",
                "metric",
                "system",
                "text_digest",
                "scorer",
                "protocol_digest",
                "dataset_digest",
            ),
        ),
        Table("ratings", benchmarks.Rating, ("rating_id",)),
        Table("baselines", benchmarks.Baseline, ("baseline_id",)),
    )
}


def table_named(name: str) -> Table:
    """Return a declared table.

    Raises:
        ValueError: If no table has that name.
    """
    if name not in TABLES:
        near = " or ".join(get_close_matches(name, TABLES) or list(TABLES)[:3])
        msg = f"expected a table such as {near}, got {name!r}; `ualm table schema` lists them"
        raise ValueError(msg)
    return TABLES[name]
