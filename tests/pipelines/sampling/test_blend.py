import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.sampling.blend import BLENDS, Blend, TaskBlend, blend_named, read_blend, weights_of
from training.stages import STAGES


def test_every_training_stage_reads_samples_that_have_a_blend():
    assert {name for stage in STAGES.values() for name in stage.reads} <= set(BLENDS)


def test_the_paper_shows_generation_twice_and_gives_understanding_a_fifth():
    assert BLENDS["gen-pretrain"].tasks["text-to-audio"].up_sampling == 2
    for stage in ("sft1", "sft2"):
        assert BLENDS[stage].tasks["audio-to-text"].share == 0.2


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0.01, 0.9), st.floats(0.1, 4))
def test_a_share_holds_whatever_the_counts(free, shared, share, up_sampling):
    blend = Blend(
        tasks={
            "reasoning": TaskBlend(up_sampling=up_sampling),
            "audio-to-text": TaskBlend(share=share),
        }
    )
    weights = weights_of(blend, {"reasoning": free, "audio-to-text": shared})
    heard = weights["audio-to-text"] * shared
    assert weights["reasoning"] == up_sampling
    assert heard / (heard + weights["reasoning"] * free) == pytest.approx(share)


def test_shares_alone_keep_the_number_of_showings():
    blend = Blend(tasks={"text": TaskBlend(share=0.25), "audio-to-text": TaskBlend(share=0.75)})
    weights = weights_of(blend, {"text": 10, "audio-to-text": 10})
    assert weights == {"text": pytest.approx(0.5), "audio-to-text": pytest.approx(1.5)}


def test_a_task_without_samples_weighs_nothing():
    assert weights_of(BLENDS["sft1"], {"audio-to-text": 7}) == {"audio-to-text": pytest.approx(1.0)}
    assert weights_of(BLENDS["sft1"], {}) == {}


@pytest.mark.parametrize(
    "tasks",
    [
        {},
        {"poetry": {}},
        {"text": {"share": 1.0}},
        {"text": {"share": 0.5, "up_sampling": 2.0}},
        {"text": {"share": 0.5}},
        {"text": {"share": 0.6}, "audio-to-text": {"share": 0.6}},
        {"text": {"up_sampling": 0}},
    ],
)
def test_an_unsound_blend_is_refused(tasks):
    with pytest.raises(ValidationError):
        Blend.model_validate({"tasks": tasks})


def test_a_blend_is_read_from_toml(tmp_path):
    path = tmp_path / "blend.toml"
    path.write_text('prompt_styles = ["plain"]\n[tasks.reasoning]\n[tasks.text]\nshare = 0.1\n')
    blend = read_blend(path)
    assert blend.prompt_styles == ("plain",)
    assert blend.tasks["text"].share == 0.1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tasks", "expected TOML"),
        ("mood = 1\n[tasks.text]", "mood: no such key; expected one of"),
        ("[tasks.poetry]", r"tasks\.poetry.*: Input should be 'text-to-audio'"),
    ],
)
def test_a_file_that_is_no_blend_says_what_was_expected(tmp_path, text, said):
    path = tmp_path / "blend.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"blend\.toml: {said}"):
        read_blend(path)


def test_a_missing_blend_and_an_unknown_stage_are_clear(tmp_path):
    with pytest.raises(ValueError, match="expected a blend at"):
        read_blend(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="expected a stage of alignment"):
        blend_named("gen")
