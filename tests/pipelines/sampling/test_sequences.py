import numpy as np
import pytest

from pipelines.sampling.blend import BLENDS
from pipelines.sampling.samples import Samples
from pipelines.sampling.sequences import Sequences, only_codec
from schemas.ids import digest_of
from schemas.training import Sequence, Span
from tests.pipelines.corpus_lake import (
    CODEC,
    FRAMES,
    code_bytes,
    codes,
    context,
    corpus_lake,
    generation,
    pair,
    put,
    read,
    run,
)
from training.job import VOCABULARIES
from training.sequence import materialise
from training.template import parse
from training.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build(CODEC, 2, 16)


@pytest.fixture
def lake(tmp_path):
    lake = corpus_lake(tmp_path / "lake")
    VOCABULARY.save(lake.weights / VOCABULARIES)
    put(lake, "codes", [codes("c1")], f"encode.{CODEC}")
    return lake


def tokenised(lake, stage="gen-pretrain"):
    run(Samples(stage=stage, blend=BLENDS[stage]), lake)
    return run(Sequences(stage=stage, vocabulary=VOCABULARY.id), lake)


def as_row(row):
    return Sequence(**{**row, "spans": [Span(**span) for span in row["spans"]]})


def test_a_sequence_reads_back_as_its_sample(lake):
    tokenised(lake)
    (row,) = read(lake, "sequences")
    example = materialise(as_row(row), VOCABULARY)
    asked, answer = parse(example.ids_SQ, VOCABULARY)
    assert asked.text == "A dog barks"
    assert np.array_equal(answer.codes.tobytes(), code_bytes("c1"))
    assert row["positions"] == 1 + (2 + len("A dog barks") + 1) + (2 + FRAMES + 2 - 1 + 1)


def test_the_same_samples_give_the_same_sequences_as_ever(lake):
    tokenised(lake)
    (row,) = read(lake, "sequences")
    rows = digest_of(row | {"codes": row["codes"].hex()})[:16]
    assert (Sequences.version, rows) == (2, "7ea7defb3c5996ac")  # other rows need another version


def test_a_sequence_keeps_what_the_trainer_chooses_by(lake):
    tokenised(lake)
    (sample,) = [row for row in read(lake, "samples") if row["split"] == "train"]
    (row,) = read(lake, "sequences")
    for name in ("sample_id", "stage", "task", "split"):
        assert row[name] == sample[name]
    assert row["vocabulary"] == VOCABULARY.id


def test_a_sound_without_codes_of_this_codec_is_in_the_ledger(lake):
    put(lake, "codes", [codes("c2", "x-codec@1")], "encode.x-codec@1")
    counts = tokenised(lake)
    assert (counts.produced, counts.dropped) == (1, {"no_codes": 1})
    (row,) = [row for row in read(lake, "ledger") if row["step"] == "sequences"]
    assert CODEC in row["detail"]


def test_generations_bring_their_own_codes(lake):
    put(lake, "contexts", [context("x1")], "contexts")
    answers = [generation(name, "x1") for name in ("g1", "g2")]
    put(lake, "generations", answers, "generate.m")
    put(lake, "preference_pairs", [pair("x1", "g1", "g2")], "pairs")
    assert tokenised(lake, "gen-dpo").produced == 2
    rows = {row["preferred"]: row for row in read(lake, "sequences")}
    assert rows[True]["codes"] == code_bytes("g1")
    assert rows[False]["codes"] == code_bytes("g2")
    assert rows[True]["pair_id"] == rows[False]["pair_id"] is not None


def test_an_assistant_turn_of_plan_and_sound_is_one_turn(lake):
    tokenised(lake, "sft1")
    rows = [row for row in read(lake, "sequences") if row["task"] == "reasoning"]
    roles = [
        [part.role for part in parse(materialise(as_row(row), VOCABULARY).ids_SQ, VOCABULARY)]
        for row in rows
    ]
    assert ["user", "assistant", "assistant"] in roles


def test_new_codes_make_sequences_anew_and_foreign_ones_do_not(lake):
    tokenised(lake)
    step = Sequences(stage="gen-pretrain", vocabulary=VOCABULARY.id)
    before = step.plan(lake)
    put(lake, "codes", [codes("c2", "x-codec@1")], "encode.x-codec@1")
    assert step.plan(lake) == before
    put(lake, "codes", [codes("c1"), codes("c2")], f"encode.{CODEC}")
    assert step.plan(lake) != before


def test_a_stage_tokenises_its_own_samples_only(lake):
    run(Samples(stage="sft1", blend=BLENDS["sft1"]), lake)
    assert Sequences(stage="gen-pretrain", vocabulary=VOCABULARY.id).plan(lake) == []


def test_an_unknown_vocabulary_is_an_error(lake):
    with pytest.raises(ValueError, match="expected vocabulary bytes-9x9@0"):
        Sequences(stage="sft1", vocabulary="bytes-9x9@0").plan(lake)


def test_the_only_codec_is_found_and_others_must_be_chosen(lake, tmp_path):
    assert only_codec(lake) == CODEC
    put(lake, "codes", [codes("c2", "x-codec@1")], "encode.x-codec@1")
    with pytest.raises(ValueError, match="found mel-rvq@0123456789ab, x-codec@1: choose one"):
        only_codec(lake)
    with pytest.raises(ValueError, match="found none: run `ualm corpus encode`"):
        only_codec(corpus_lake(tmp_path / "bare"))
