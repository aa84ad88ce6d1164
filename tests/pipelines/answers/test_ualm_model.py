from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Asked
from pipelines.answers.ualm_model import UalmModel, loaded_ualm_model
from pipelines.encoding.codec_fit import ready_codec
from schemas.generation import Segment
from tests.pipelines.encoding.encode_lake import lake_with_sounds, sound
from tests.pipelines.generation.test_generate import save_checkpoint
from training.checkpoint import Checkpoint
from training.codecs.mel_rvq import MelRvqSettings
from training.generate import generate_text
from training.vocabulary import ROLES

pytestmark = pytest.mark.slow

ONE, OTHER = sound(1, 16_000), sound(2, 24_000)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = lake_with_sounds(tmp_path_factory.mktemp("lake") / "lake", clips=3)
    ready_codec(lake, settings=MelRvqSettings(codebooks=2, codebook_size=16, iterations=4))
    return lake


@pytest.fixture(scope="module")
def folder(lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint") / "c"
    save_checkpoint(lake, folder)
    checkpoint = Checkpoint.load(folder)
    with torch.no_grad():
        for name, parameter in checkpoint.model.named_parameters():
            if "norm" not in name:
                parameter.mul_(20)  # ids differ in likelihood
    checkpoint.save(folder)
    return str(folder)


def ask(text, heard=None, **values):
    given = {"form": "chat", "user": text, "max_tokens": 12}
    return Asked(prompt=Prompt(**given | values), sound=heard)


def test_answers_of_a_batch_with_and_without_sounds_are_those_of_each_alone(lake, folder):
    model = loaded_ualm_model(folder, lake, hears=True)
    asked = [ask("Which?", ONE), ask("Which?"), ask("Which bird is it?", OTHER), ask("1", ONE)]
    together = model.answer(asked)
    assert together == [model.answer([own])[0] for own in asked]
    assert together[0] != together[1]  # the sound is heard


def test_text_is_answered_as_the_trainer_generates_it(folder):
    model = loaded_ualm_model(folder, None, hears=False)
    checkpoint = Checkpoint.load(Path(folder))
    said = [Segment(role="user", modality="text", text="Which?")]
    expected = generate_text(checkpoint.model, checkpoint.vocabulary, [said], 12)
    (reply,) = model.answer([ask("Which?")])
    assert reply.text == expected[0]
    assert model.name == checkpoint.id


def test_sounds_need_the_codec_of_a_lake(folder):
    with pytest.raises(ValueError, match=r"codes of mel-rvq@.*give --lake"):
        loaded_ualm_model(folder, None, hears=True)
    with pytest.raises(ValueError, match="give --lake"):
        UalmModel(loaded_ualm_model(folder, None, hears=False).checkpoint, None).answer(
            [ask("Which?", ONE)]
        )


def test_a_sound_without_samples_fails_alone(lake, folder):
    model = loaded_ualm_model(folder, lake, hears=True)
    nothing, fine = model.answer([ask("a", np.zeros(0, np.float32)), ask("a", ONE)])
    assert nothing.status == "failed"
    assert nothing.reason.startswith("short: 0 samples")
    assert fine.status != "failed"


def test_a_system_message_comes_first(lake, folder):
    model = loaded_ualm_model(folder, lake, hears=True)
    plain, told = model._ids(ask("a", ONE)), model._ids(ask("a", ONE, system="Be brief."))
    assert (plain[1, 0], told[1, 0]) == (ROLES["user"], ROLES["system"])
    assert torch.equal(plain[1:], told[-len(plain) + 1 :])
