"""Beside each step's version stands the digest of what it makes; raise the version with it.

Where the embedded rules write, their version does as well: it is among the steps' parameters.
"""

import pytest

from pipelines.sampling.blend import BLENDS
from pipelines.sampling.samples import Samples
from pipelines.synthesis.asking import Dialogues, Prompts
from pipelines.synthesis.captioning import RichCaptions
from pipelines.synthesis.critiquing import Critiques
from pipelines.text.embedded import RULES_VERSION
from schemas.ids import digest_of
from tests.pipelines.corpus_lake import caption, corpus_lake, put, read, rich_caption, run

GOLDEN_RULES = 2
GOLDEN = {
    ("rich-captions", 1): "96788aee4e6401a7",
    ("prompts", 1): "7c277ed8075875a9",
    ("dialogues", 1): "7e748fa552c49586",
    ("critiques", 1): "12f09353f6de176e",
    ("samples", 2): "fd7dba24aba822a3",
}


@pytest.fixture
def lake(tmp_path):
    lake = corpus_lake(tmp_path / "lake")
    texts = [
        caption("c1", "Two dogs bark loudly before a car passes by as birds sing"),
        caption("c2", "metal_strike1.wav", "title"),
        caption("c2", "It was the best of times", "transcript"),
    ]
    put(lake, "captions", texts, "more")
    heard = rich_caption("h1", "bell", "dog", clip_id="c1", role="heard")
    put(lake, "rich_captions", [heard], "hear.ingest")
    return lake


@pytest.mark.parametrize(
    "step",
    [
        RichCaptions(),
        Prompts(),
        Dialogues(),
        Critiques(),
        Samples(stage="sft1", blend=BLENDS["sft1"]),
    ],
    ids=lambda step: step.name,
)
def test_the_same_input_gives_the_same_rows_as_ever(lake, step):
    if step.name != "rich-captions":
        run(RichCaptions(), lake)
    run(step, lake)
    rows = sorted(read(lake, step.tables[-1]), key=lambda row: sorted(map(str, row.values())))
    assert RULES_VERSION == GOLDEN_RULES
    assert digest_of(rows)[:16] == GOLDEN[step.name, step.version]
