import pytest
from pydantic import ValidationError

from training.presets import PRESETS, Preset, plan_of
from training.stages import STAGES, Stage, stage_named


@pytest.mark.parametrize(
    ("stage", "numbers"),
    [
        ("alignment", (25_000, 5e-4, "constant", 0, 1_800, 128, None)),
        ("pretrain", (5_000, 1e-4, "cosine", 25_000, 660_000, 128, None)),
        ("sft1", (5_000, 2e-6, "constant", 0, 15_000, 32, 750_000)),
        ("dpo1", (3_000, 2e-7, "constant", 0, 2_000, 8, 60_000)),
        ("sft2", (5_000, 2e-7, "constant", 0, 15_000, 32, 850_000)),
        ("dpo2", (3_000, 2e-7, "constant", 0, 2_000, 8, 20_000)),
    ],
)
def test_stages_hold_tables_5_and_6(stage, numbers):
    found = STAGES[stage]
    assert numbers == (
        found.tokens_per_gpu,
        found.learning_rate,
        found.schedule,
        found.warmup_steps,
        found.steps,
        found.gpus,
        found.samples,
    )
    assert (found.beta, found.cross_entropy_weight) == (0.1, 1.0)


def test_self_adaptation_trains_on_winners_of_the_same_pairs():
    assert STAGES["gen-adapt"].reads == STAGES["gen-dpo"].reads
    assert STAGES["gen-adapt"].winners
    assert STAGES["gen-adapt"].steps == 1_000


def test_preference_stages_never_drop_the_condition():
    assert all(s.condition_dropout == 0 for s in STAGES.values() if s.objective == "preference")


def test_every_stage_has_a_plan_at_every_scale():
    for stage in STAGES:
        for preset in PRESETS:
            assert plan_of(stage, preset).stage.name == stage
    assert set(PRESETS["tiny"].paces) == set(STAGES)


def test_the_paper_scale_keeps_the_paper_s_numbers():
    plan = plan_of("pretrain", "paper")
    assert plan.stage == STAGES["pretrain"]
    assert (plan.context, plan.betas, plan.weight_decay, plan.clip) == (
        5_000,
        (0.9, 0.95),
        3e-7,
        1.0,
    )


def test_fewer_steps_cut_the_warm_up():
    plan = plan_of("gen-pretrain", "tiny", steps=5)
    assert (plan.stage.steps, plan.stage.warmup_steps) == (5, 5)
    assert plan_of("gen-pretrain", "tiny", steps=500).stage.warmup_steps == 20


@pytest.mark.parametrize(
    ("stage", "preset", "steps", "message"),
    [
        ("sft9", "tiny", None, "expected a stage, one of alignment, pretrain"),
        ("sft1", "huge", None, "expected a preset, one of tiny, paper; got 'huge'"),
        ("sft1", "tiny", 0, "expected at least one step, got 0"),
    ],
)
def test_what_does_not_exist_is_an_error(stage, preset, steps, message):
    with pytest.raises(ValueError, match=message):
        plan_of(stage, preset, steps=steps)


def test_a_warm_up_longer_than_the_run_is_an_error():
    plan = plan_of("pretrain", "tiny")
    stage = plan.stage.model_copy(update={"warmup_steps": 10_000})
    with pytest.raises(ValidationError, match="expected at most 200 warm-up steps"):
        type(plan)(**{**plan.model_dump(), "stage": stage})


@pytest.mark.parametrize("model", [Stage, Preset])
def test_unknown_settings_are_refused(model):
    with pytest.raises(ValidationError, match="surprise"):
        model(surprise=1)


def test_a_stage_is_found_by_name():
    assert stage_named("sft1").name == "sft1"
