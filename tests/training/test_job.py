import dataclasses
from pathlib import Path

import pytest
from transformers import Qwen2Config, Qwen2ForCausalLM

from training.checkpoint import Card, Checkpoint
from training.job import initial_model, job_of
from training.vocabulary import Vocabulary


@pytest.fixture
def root(tmp_path, vocabulary, make):
    lake = make.lake(tmp_path / "lake", [make.row(vocabulary, "s")])
    vocabulary.save(lake.weights / "vocabularies")
    return lake.root


def wanted(stage="gen-pretrain", preset="tiny"):
    return (stage, preset, None, 0)


def test_defaults_are_filled_in_from_the_lake(root, vocabulary):
    job = job_of(root, wanted(), device="cpu")
    assert job.vocabulary == vocabulary
    assert job.output == root / "weights" / "checkpoints" / "gen-pretrain"
    assert job.plan.context == 1152


def test_two_vocabularies_have_to_be_told_apart(root, vocabulary, make):
    other = Vocabulary.build("other", 2, 4)
    codes = {1: make.codes(0, 5, 2, 4)}
    row = make.row(other, "o", [make.ask("q"), make.play()], codes)
    lake = make.lake(root, [make.row(vocabulary, "s")], [row])
    other.save(lake.weights / "vocabularies")
    with pytest.raises(ValueError, match="choose one with --vocabulary"):
        job_of(root, wanted())
    assert job_of(root, wanted(), vocabulary=other.id).vocabulary == other


@pytest.mark.parametrize(
    ("what", "device", "message"),
    [
        (wanted("sft2"), "cpu", "expected sequences of sft2 in .*, found none"),
        (wanted("sft9"), "cpu", "expected a stage"),
        (wanted(), "tpu", "expected device auto, cpu, or cuda where there is one; got 'tpu'"),
    ],
)
def test_what_is_not_there_is_an_error(root, what, device, message):
    with pytest.raises(ValueError, match=message):
        job_of(root, what, device=device)


def test_a_folder_that_is_no_lake_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected a lake"):
        job_of(tmp_path, wanted())


def test_a_stage_that_continues_needs_a_checkpoint_and_a_first_stage_takes_none(root):
    job = job_of(root, wanted())
    with pytest.raises(ValueError, match=r"gen-pretrain: expected no checkpoint \(--from\), got x"):
        initial_model(dataclasses.replace(job, start=Path("x")))
    adapt = job.plan.model_copy(
        update={"stage": job.plan.stage.model_copy(update={"continues": True})}
    )
    with pytest.raises(ValueError, match="expected a checkpoint to continue from"):
        initial_model(dataclasses.replace(job, plan=adapt))


def test_a_checkpoint_of_another_vocabulary_is_an_error(root, decoder, vocabulary, tmp_path):
    other = Vocabulary.model_validate({**vocabulary.model_dump(), "codec": "other"})
    card = Card(stage="s", preset="tiny", step=1, decoder=decoder.shape, vocabulary=other)
    Checkpoint(card, decoder).save(tmp_path / "other")
    job = job_of(root, wanted())
    adapt = job.plan.model_copy(
        update={"stage": job.plan.stage.model_copy(update={"continues": True})}
    )
    job = dataclasses.replace(job, plan=adapt, start=tmp_path / "other")
    with pytest.raises(ValueError, match="expected vocabulary bytes-3x16@"):
        initial_model(job)


def test_the_paper_scale_starts_from_a_backbone(root, vocabulary, tmp_path):
    job = job_of(root, wanted(preset="paper"))
    with pytest.raises(ValueError, match=r"expected the folder of a language model \(--backbone\)"):
        initial_model(job)
    config = Qwen2Config(
        vocab_size=vocabulary.text_rows,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        bos_token_id=1,
        eos_token_id=2,
    )
    Qwen2ForCausalLM(config).save_pretrained(tmp_path / "qwen")
    model, name = initial_model(job.with_backbone(tmp_path / "qwen", resume=False))
    assert name == "backbone qwen"
    assert (model.shape.qkv_bias, model.shape.tied) == (True, False)
