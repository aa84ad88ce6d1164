import json

import numpy as np
import pytest

from pipelines.captioners.captioner import Sampling
from pipelines.captioners.licences import REPORTED, reported_licence
from pipelines.captioners.named import captioner_licence, captioner_name
from pipelines.captioners.transformers_captioner import TransformersCaptioner, checkpoint_name
from tests.pipelines.captioners.tiny_captioners import MAKERS

pytestmark = pytest.mark.slow

RATE = 16_000
NOISE = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
TONE = (0.3 * np.sin(np.arange(2 * RATE) * 0.3)).astype(np.float32)
DRAWN = Sampling(samples=4, max_tokens=12)


@pytest.fixture(scope="module", params=MAKERS)
def folder(request, tmp_path_factory):
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def captioner(folder):
    return TransformersCaptioner.load(str(folder), DRAWN)


def texts(said):
    return [one.text for one in said]


def test_a_checkpoint_in_the_official_format_speaks_about_a_sound(captioner):
    said = captioner.caption(NOISE, 4, seed=0)
    assert [one.sample for one in said] == list(range(4))
    assert all(one.reason in {None, "cut_off"} for one in said)
    assert any(one.text for one in said)
    assert not any("<|" in one.text or "describe" in one.text for one in said)


def test_the_same_seed_draws_the_same_and_another_seed_others(captioner):
    first = captioner.caption(NOISE, 4, seed=1)
    assert captioner.caption(NOISE, 4, seed=1) == first
    assert captioner.caption(NOISE, 4, seed=2) != first


def test_what_is_said_depends_on_the_sound(captioner):
    logits = [
        captioner.model(**captioner._inputs(sound, 1)).logits[0, -1].detach().numpy()
        for sound in (NOISE, TONE)
    ]
    assert np.abs(logits[0] - logits[1]).max() > 1e-4


def test_a_copy_of_the_question_does_not_change_the_answer(captioner):
    one, three = (
        captioner.model(**captioner._inputs(NOISE, n)).logits[:, -1].detach().numpy()
        for n in (1, 3)
    )
    np.testing.assert_allclose(three, np.repeat(one, 3, axis=0), atol=1e-5)


def test_greedy_answers_need_no_seed(folder):
    greedy = TransformersCaptioner.load(
        str(folder), Sampling(samples=1, greedy=True, max_tokens=12)
    )
    assert greedy.caption(NOISE, 1, seed=0) == greedy.caption(NOISE, 1, seed=1)


def test_an_answer_that_does_not_end_is_cut_off(folder):
    endless = TransformersCaptioner.load(str(folder), Sampling(samples=2, max_tokens=2))
    endless.model.generation_config.eos_token_id = 2
    said = endless.caption(NOISE, 2, seed=0)
    assert [one.reason for one in said] == ["cut_off", "cut_off"]
    assert "not finished after 2 tokens" in said[0].detail


def test_the_name_holds_the_digest_of_the_weights(folder, captioner):
    assert captioner.name == checkpoint_name(str(folder))
    kind, _, digest = captioner.name.partition("@")
    assert (len(digest), kind) == (12, kind.replace("_", "-"))
    path = folder / "generation_config.json"
    before = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(json.loads(before) | {"top_k": 7}), encoding="utf-8")
    changed = checkpoint_name(str(folder))
    path.write_text(before, encoding="utf-8")
    assert changed != captioner.name


@pytest.mark.parametrize("name", ["audioflamingo3"])
def test_a_sound_of_several_windows_is_read_whole(tmp_path, name):
    captioner = TransformersCaptioner.load(str(MAKERS[name](tmp_path)), DRAWN)
    long = np.tile(NOISE, 17)  # 34 s: two windows of 30 s
    inputs = captioner._inputs(long, 2)
    assert inputs["input_features"].shape[0] == 4
    assert len(captioner.caption(long, 2, seed=0)) == 2


def test_a_model_of_another_kind_is_told(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected config.json and \*.safetensors"):
        checkpoint_name(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="got llama; serve other kinds"):
        checkpoint_name(str(tmp_path))


def test_a_captioner_that_is_not_there_is_told_how_to_get(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ValueError, match="hf download"):
        captioner_name("nobody/nothing", None)


def test_a_stated_licence_wins_over_a_reported_one():
    assert captioner_licence("nvidia/audio-flamingo-3-hf", "mine") == "mine"
    found = captioner_licence("models/Audio-Flamingo-3-hf/", None)
    assert found == "NVIDIA OneWay Noncommercial License (reported)"
    served = "openai:Qwen/Qwen2-Audio-7B-Instruct@http://h/v1"
    assert captioner_licence(served, None) == "Apache-2.0 (reported)"
    assert captioner_licence("openai:default@http://h/v1", None) is None
    assert captioner_licence("embedded", None) == "CC0-1.0"
    assert all(name == name.lower() for name in REPORTED)
    assert reported_licence("unknown") is None
