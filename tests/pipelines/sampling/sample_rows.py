"""The samples of a stage, and what they hold in short."""

from pipelines.sampling.blend import Blend, TaskBlend
from pipelines.sampling.samples import Samples
from tests.pipelines.corpus_lake import read

PLAN = "Keywords: dog barks\nLayout: dog barks (0.0-1.0 s)\nDescription: dog barks: clear"
"""The plan of the lake's rich caption."""


def samples(stage, *tasks, **options):
    return Samples(stage=stage, blend=Blend(tasks={t: TaskBlend() for t in tasks}, **options))


def said(row):
    """What a sample holds, in short."""
    return [
        (s["role"], s["text"] or s["clip_id"] or s["generation_id"], s["loss"])
        for s in row["segments"]
    ]


def reasons(lake):
    return {(row["row_id"], row["reason"]) for row in read(lake, "ledger")}
