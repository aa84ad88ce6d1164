import numpy as np
import pytest

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Asked
from pipelines.answers.hearing_model import HearingModel
from pipelines.answers.local_checkpoint import local_checkpoint
from pipelines.captioners.transformers_captioner import checkpoint_name
from tests.pipelines.captioners.tiny_captioners import MAKERS

pytestmark = pytest.mark.slow

RATE = 16_000
NOISE = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
PROMPT = Prompt(form="chat", user="Which bird?", max_tokens=6)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    made = {}

    def loaded(name):
        if name not in made:
            folder = MAKERS[name](tmp_path_factory.mktemp(name))
            made[name] = HearingModel.load(local_checkpoint(str(folder)))
            assert made[name].name == checkpoint_name(str(folder))
        return made[name]

    return loaded


def one(model, prompt=PROMPT, sound=NOISE, **values):
    return model.answer([Asked(prompt=prompt, sound=sound, **values)])[0]


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_answers_about_a_sound_the_same_each_time(models, name):
    model = models(name)
    reply = one(model)
    assert reply.status in {"ok", "empty", "truncated"}
    assert reply == one(model)
    drawn = [one(model, temperature=5.0, seed=seed).text for seed in range(4)]
    assert drawn == [one(model, temperature=5.0, seed=seed).text for seed in range(4)]
    assert len(set(drawn)) > 1


@pytest.mark.parametrize("name", sorted(set(MAKERS) - {"qwen2-audio"}))
def test_a_sound_of_a_minute_is_heard_whole_where_the_processor_takes_it(models, name):
    model, long = models(name), np.tile(NOISE, 28)
    if name == "qwen2-5-omni":  # its published extractor takes five minutes
        extractor = model.processor.feature_extractor
        extractor.chunk_length, extractor.n_samples = 300, 300 * RATE
    assert "heard" not in (one(model, sound=long).reason or "")
    inputs = model._inputs(PROMPT, long)
    mask = next(inputs[key] for key in inputs if "mask" in key and key != "attention_mask")
    assert mask.sum() == 5600  # hops of 10 ms


def test_qwen2_audio_hears_thirty_seconds_and_says_so(models):
    reply = one(models("qwen2-audio"), sound=np.tile(NOISE, 28))
    assert reply.status == "truncated"
    assert reply.reason.startswith("heard the first 30.0 of 56.0 s")
    whole = one(models("qwen2-audio"), sound=np.tile(NOISE, 15))
    assert "heard" not in (whole.reason or "")


@pytest.mark.parametrize("name", MAKERS)
def test_a_question_without_a_sound_is_answered_too(models, name):
    assert one(models(name), sound=None).status in {"ok", "empty", "truncated"}


def test_stops_end_an_answer(models):
    model = models("qwen2-audio")
    every = tuple(map(chr, range(1, 256)))
    prompt = Prompt(form="chat", user="?", max_tokens=6, stops=every, system="Be brief.")
    assert one(model, prompt).text == ""
