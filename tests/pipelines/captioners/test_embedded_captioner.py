import random
from dataclasses import dataclass

import numpy as np
import pytest

from pipelines.captioners.captioner import Sampling
from pipelines.captioners.embedded_captioner import EmbeddedCaptioner, sentence
from pipelines.captioners.named import captioner_name, opened_captioner
from pipelines.remote.cache import ResponseCache
from pipelines.text.outputs import RichCaptionForm
from schemas.lake import Lake
from tests.pipelines.scene_judge import give_judge

SOUND = np.full(16_000, 0.1, np.float32)


@dataclass(frozen=True)
class Ear:
    """An ear that hears a bell, then rain as well, and counts how often it listened."""

    heard: list
    name: str = "embedded:ear@0"
    sample_rate: int = 16_000
    classes: tuple = ("bell", "rain")
    cell_s: float = 0.5

    def listen(self, _):
        self.heard.append(1)
        return np.array([[0.9, 0.1], [0.9, 0.6]])


class Deaf(Ear):
    """An ear that hears nothing."""

    def listen(self, _):
        return np.zeros((2, 2))


def test_a_sound_is_listened_to_once_for_all_its_samples():
    ear = Ear([])
    said = EmbeddedCaptioner(ear).caption(SOUND, 30, seed=0)
    assert len(ear.heard) == 1
    texts = {one.text for one in said}
    assert said[0].text in {"A bell with rain.", "We hear a bell with rain.",
                            "The sound of a bell with rain.",
                            "A bell, and meanwhile rain.", "We hear a bell, and meanwhile rain.",
                            "The sound of a bell, and meanwhile rain."}  # fmt: skip
    assert any("rain" not in text for text in texts)  # a stricter ear hears the bell alone
    assert len(texts) > 3


def test_the_words_are_those_of_the_seed():
    captioner = EmbeddedCaptioner(Ear([]))
    assert captioner.caption(SOUND, 5, seed=1) == captioner.caption(SOUND, 5, seed=1)
    assert captioner.caption(SOUND, 5, seed=1) != captioner.caption(SOUND, 5, seed=2)
    assert captioner.caption(SOUND, 9, seed=1)[:5] == captioner.caption(SOUND, 5, seed=1)


def test_silence_is_said_to_be_nothing():
    said = EmbeddedCaptioner(Deaf([])).caption(SOUND, 2, seed=0)
    assert [one.reason for one in said] == ["nothing_heard", "nothing_heard"]


def test_an_event_is_said_once():
    form = RichCaptionForm.model_validate(
        {
            "keywords": ["bell", "rain"],
            "layout": [
                {"event": "bell", "relation": "start"},
                {"event": "rain", "relation": "after"},
                {"event": "bell", "relation": "after"},
            ],
            "description": [{"event": e, "text": "x"} for e in ("bell", "rain")],
        }
    )
    text = sentence(form, random.Random(0))  # noqa: S311
    assert (text.lower().count("bell"), text.count("rain"), text[-1]) == (1, 1, ".")


def test_the_name_for_a_plan_is_that_of_the_captioner(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    give_judge(lake)
    with opened_captioner("embedded", lake, Sampling(), ResponseCache(tmp_path)) as captioner:
        assert captioner.name == captioner_name("embedded", lake)
        assert captioner.prompt_digest is None
    with pytest.raises(ValueError, match="ingest scenes"):
        captioner_name("embedded", Lake.create(tmp_path / "bare"))
