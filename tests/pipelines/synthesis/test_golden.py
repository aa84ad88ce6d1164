"""Beside each step's version stands the digest of what it makes; raise the version with it."""

import pytest

from pipelines.contexts import Contexts
from pipelines.samples import Samples
from pipelines.sampling.blend import BLENDS
from pipelines.sequences import Sequences
from pipelines.synthesis.asking import Dialogues, Prompts
from pipelines.synthesis.captioning import RichCaptions
from pipelines.synthesis.critiquing import Critiques
from schemas.ids import digest_of
from tests.pipelines.corpus_lake import (
    CODEC,
    caption,
    codes,
    corpus_lake,
    put,
    read,
    rich_caption,
    run,
)
from training.job import VOCABULARIES
from training.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build(CODEC, 2, 16)

GOLDEN = {
    ("rich-captions", 1): "a651e4eaac87e008",
    ("prompts", 1): "2cc29f3a0a7a30a3",
    ("dialogues", 1): "01bab4c39261892c",
    ("critiques", 1): "9c4152079f5b4028",
    ("samples", 1): "90e47b6fad7d874b",
    ("contexts", 1): "598ac32cb6530b06",
    ("sequences", 1): "754620b2bdcf3bc0",
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
    put(lake, "codes", [codes("c1"), codes("c2")], f"encode.{CODEC}")
    VOCABULARY.save(lake.weights / VOCABULARIES)
    return lake


def plain(row):
    return {name: v.hex() if isinstance(v, bytes) else v for name, v in row.items()}


BEFORE = {
    "prompts": [RichCaptions()],
    "dialogues": [RichCaptions()],
    "critiques": [RichCaptions()],
    "samples": [RichCaptions()],
    "contexts": [RichCaptions(), Prompts()],
    "sequences": [RichCaptions(), Samples(stage="sft1", blend=BLENDS["sft1"])],
}
"""Steps that make the input of others."""


@pytest.mark.parametrize(
    "step",
    [
        RichCaptions(),
        Prompts(),
        Dialogues(),
        Critiques(),
        Samples(stage="sft1", blend=BLENDS["sft1"]),
        Contexts(),
        Sequences(stage="sft1", vocabulary=VOCABULARY.id),
    ],
    ids=lambda step: step.name,
)
def test_the_same_input_gives_the_same_rows_as_ever(lake, step):
    for before in BEFORE.get(step.name, ()):
        run(before, lake)
    run(step, lake)
    rows = [plain(row) for row in read(lake, step.tables[-1])]
    rows.sort(key=lambda row: sorted(map(str, row.values())))
    assert rows
    assert digest_of(rows)[:16] == GOLDEN[step.name, step.version]
