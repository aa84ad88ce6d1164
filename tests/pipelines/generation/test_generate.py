import io
import json

import numpy as np
import pytest
import soundfile

from pipelines.encoding.codec_fit import ready_codec
from pipelines.generation.contexts import Contexts, chosen_contexts
from pipelines.generation.generate import generate_step
from pipelines.running.run import run_step
from schemas.generation import Context, Segment
from schemas.ids import content_id, seed_of
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.pipelines.encoding.encode_lake import clip_id, lake_with_sounds
from tests.pipelines.generation.test_contexts import add_prompts, prompt, rich_caption
from training.checkpoint import Card, Checkpoint
from training.codecs.codec import codes_from_bytes
from training.codecs.mel_rvq import MelRvqSettings
from training.codecs.registry import load_codec
from training.decoder import Decoder, DecoderShape
from training.generate import generate_audio
from training.sampling import AudioSampling
from training.vocabulary import Vocabulary

SHAPE = DecoderShape(
    layers=1, hidden=16, heads=2, kv_heads=1, head_features=8, intermediate=16, tied=True
)
FEW = {"split": "train", "contexts": 2, "samples": 2, "seconds": 0.4}


def save_checkpoint(lake, folder, seed=0, stage="gen-pretrain"):
    """Save a decoder with random weights that speaks the lake's codec."""
    codec = load_codec("mel-rvq", lake)
    vocabulary = Vocabulary.build(codec.id, codec.codebooks, codec.codebook_size)
    model = Decoder(SHAPE, vocabulary, seed=seed)
    card = Card(stage=stage, preset="test", step=1, decoder=SHAPE, vocabulary=vocabulary)
    return Checkpoint(card, model).save(folder)


@pytest.fixture
def lake(tmp_path):
    lake = lake_with_sounds(tmp_path / "lake", clips=3)
    ready_codec(lake, settings=MelRvqSettings(codebooks=2, codebook_size=16, iterations=4))
    captions = [rich_caption(f"a{i}", ["bell", f"drum {i}"]) for i in range(3)]
    prompts = [prompt(f"a{i}", style) for i in range(3) for style in ("plain", "abstract")]
    add_prompts(lake, "a-00000", captions, prompts)
    run_step(Contexts(), lake)
    return lake


@pytest.fixture
def folder(lake, tmp_path):
    save_checkpoint(lake, tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def rows(lake):
    return lake.read("generations").to_pylist()


def test_each_context_gets_its_samples(lake, folder):
    summary = run_step(generate_step(folder, lake, **FEW), lake)
    assert summary.errors == []
    assert (summary.counts.rows_in, summary.counts.produced) == (2, 2)
    contexts = {row["context_id"] for row in lake.read("contexts").to_pylist()}
    made = {(row["context_id"], row["sample"]) for row in rows(lake)}
    assert len(made) == len({row["generation_id"] for row in rows(lake)}) == 4
    assert {context for context, _ in made} < contexts
    assert {sample for _, sample in made} == {0, 1}


def test_a_row_says_how_to_make_it_again(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake)
    row = rows(lake)[1]
    model = Checkpoint.load(folder).id
    assert row["model"] == model
    assert row["seed"] == seed_of(row["context_id"], model, row["sample"], 0)
    assert json.loads(row["settings"]) == {
        "guidance": 3.0,
        "seconds": 0.4,
        "seed": 0,
        "temperature": 1.0,
        "top_k": 20,
    }
    contexts = {one["context_id"]: one for one in lake.read("contexts").to_pylist()}
    segments = [Segment(**segment) for segment in contexts[row["context_id"]]["segments"]]
    checkpoint = Checkpoint.load(folder)
    (again,) = generate_audio(
        checkpoint.model, checkpoint.vocabulary, [segments], 10, AudioSampling(), [row["seed"]]
    )
    assert np.array_equal(codes_from_bytes(row["codes"], row["codebooks"]), again)


def test_the_sound_is_what_the_codec_makes_of_the_codes(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake)
    codec = load_codec("mel-rvq", lake)
    row = rows(lake)[0]
    assert (row["codec"], row["codebooks"], row["frames"]) == (codec.id, 2, 10)
    assert (row["sample_rate"], row["duration_s"]) == (16_000, 0.4)
    heard, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="float32")
    said = codec.decode(codes_from_bytes(row["codes"], 2)[None])[0].clip(-1, 1)
    assert rate == 16_000
    assert np.abs(heard - said).max() <= 2**-15
    assert row["audio"]["path"] == f"{row['generation_id']}.flac"


def test_a_rerun_generates_nothing(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake)
    summary = run_step(generate_step(folder, lake, **FEW), lake)
    assert (summary.done_before, summary.pending_rows) == (1, 0)


def test_two_checkpoints_generations_live_beside_each_other(lake, folder, tmp_path):
    save_checkpoint(lake, tmp_path / "other", seed=1, stage="gen-dpo")
    for one in (folder, tmp_path / "other"):
        run_step(generate_step(one, lake, **FEW), lake)
    assert {row["model"].partition("@")[0] for row in rows(lake)} == {"gen-pretrain", "gen-dpo"}
    assert len({row["generation_id"] for row in rows(lake)}) == len(rows(lake)) == 8


def test_more_samples_replace_fewer_and_keep_their_sounds(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake)
    before = {row["generation_id"]: row["codes"] for row in rows(lake)}
    run_step(generate_step(folder, lake, **FEW | {"samples": 3}), lake)
    after = {row["generation_id"]: row["codes"] for row in rows(lake)}
    assert len(after) == len(rows(lake)) == 6
    assert before.items() < after.items()


def test_another_seed_gives_other_sounds_beside_the_first(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake)
    run_step(generate_step(folder, lake, **FEW, seed=1), lake)
    assert len({row["generation_id"] for row in rows(lake)}) == 8
    assert len({row["codes"] for row in rows(lake)}) == 8


def test_contexts_are_spread_over_clips_first(lake):
    (ids,) = chosen_contexts(lake, "train", 3).values()
    facts = {row["context_id"]: row for row in lake.read("contexts").to_pylist()}
    assert {facts[one]["reference_clip_id"] for one in ids} == {clip_id(f"a{i}") for i in range(3)}
    (more,) = chosen_contexts(lake, "train", 5).values()
    assert len(set(more)) == 5
    assert set(ids) < set(more)


def test_a_split_without_contexts_is_an_error(lake, folder):
    step = generate_step(folder, lake, **FEW | {"split": "test"})
    with pytest.raises(ValueError, match=r"split 'test', the lake has \{'train': 6\}"):
        step.plan(lake)


def test_a_context_with_audio_in_it_is_in_the_ledger(lake, folder):
    heard = Context(
        context_id=content_id("context", "reflection"),
        kind="reflection",
        segments=[Segment(role="user", modality="audio", clip_id=clip_id("a0"))],
        judge_text="bell",
        reference_clip_id=None,
        split="validation",
    )
    table = TABLES["contexts"].from_rows([heard])
    lake.put("contexts", "reflections.a-00000", table, "reflections")
    summary = run_step(generate_step(folder, lake, **FEW | {"split": "validation"}), lake)
    assert dict(summary.counts.dropped) == {"needs_audio": 1}
    assert [row["row_id"] for row in lake.read("ledger").to_pylist()] == [heard.context_id]


def test_a_limit_answers_the_first_contexts(lake, folder):
    run_step(generate_step(folder, lake, **FEW), lake, limit=1)
    assert len({row["context_id"] for row in rows(lake)}) == 1


def test_contexts_that_went_away_fail_their_shard(lake, folder):
    step = generate_step(folder, lake, **FEW)
    (task,) = step.plan(lake)
    task.payload["context_ids"][0] = "gone"
    with pytest.raises(ValueError, match="gone since this run was planned"):
        step.run_shard(lake, task, lambda _: None)


def test_a_checkpoint_replaced_under_the_run_is_an_error(lake, folder):
    step = generate_step(folder, lake, **FEW)
    save_checkpoint(lake, folder, seed=7)
    assert "run `ualm generate` again" in run_step(step, lake).errors[0][1]


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"contexts": 0}, {"seconds": 0.0}])
def test_nothing_to_generate_is_an_error(lake, folder, wrong):
    with pytest.raises(ValueError, match="expected at least one context, one sample"):
        generate_step(folder, lake, **FEW | wrong)


def test_a_lake_that_does_not_know_the_codec_says_so(folder, tmp_path):
    with pytest.raises(ValueError, match="weights are missing"):
        generate_step(folder, Lake.create(tmp_path / "other-lake"), **FEW)
