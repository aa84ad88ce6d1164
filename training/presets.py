"""Scales at which a stage can run, and the plan of one run that stage and scale make together."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from training.decoder import DecoderShape
from training.stages import Stage, stage_named


class Pace(BaseModel):
    """How long and how fast a stage trains at a scale other than the paper's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: PositiveInt
    learning_rate: PositiveFloat
    warmup_steps: int = Field(default=0, ge=0)


class Preset(BaseModel):
    """One scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decoder: DecoderShape | None
    """Body of a decoder trained from random weights; None if a backbone gives it."""
    context: PositiveInt | None = None
    """Positions of a bin; a stage's tokens a GPU if None."""
    bins: PositiveInt = 1
    """Bins a step."""
    window: PositiveInt = 1024
    """Bins open at once while packing."""
    buffer_rows: PositiveInt = 65_536
    """Rows shuffled among each other."""
    paces: dict[str, Pace] = {}
    """Stages that run at another pace than the paper's."""
    save_every: PositiveInt = 1_000
    """Steps between training states kept for resuming."""
    validate_every: PositiveInt = 1_000
    """Steps between validations."""
    validation_sequences: PositiveInt = 2_048
    """Most validation sequences to look at."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Arithmetic of the body; weights and optimiser are float32 in both."""


_TINY_BODY = DecoderShape(
    layers=4, hidden=192, heads=6, kv_heads=2, head_features=32, intermediate=512, tied=True
)

PRESETS: dict[str, Preset] = {
    # 2M parameters: 300 steps take about 80 s on two free cores. A bin holds three prompts with
    # 10 s of sound at 25 Hz (about 355 positions each), or a preference pair of them.
    "tiny": Preset(
        decoder=_TINY_BODY,
        context=1152,
        bins=1,
        window=16,
        buffer_rows=4096,
        paces={
            "gen-pretrain": Pace(steps=300, learning_rate=2e-3, warmup_steps=20),
            "gen-adapt": Pace(steps=20, learning_rate=2e-4),
            "gen-dpo": Pace(steps=20, learning_rate=5e-5),
            "alignment": Pace(steps=40, learning_rate=2e-3),
            "pretrain": Pace(steps=200, learning_rate=2e-3, warmup_steps=20),
            "sft1": Pace(steps=40, learning_rate=2e-4),
            "dpo1": Pace(steps=20, learning_rate=5e-5),
            "sft2": Pace(steps=40, learning_rate=1e-4),
            "dpo2": Pace(steps=20, learning_rate=5e-5),
            "ualm-adapt": Pace(steps=20, learning_rate=2e-4),
            "ualm-dpo": Pace(steps=20, learning_rate=5e-5),
        },
        save_every=50,
        validate_every=100,
        validation_sequences=64,
    ),
    "paper": Preset(decoder=None, precision="bfloat16"),
}


class Plan(BaseModel):
    """Everything that a run is told, the paper's values beside the scale's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    """The stage with the steps and rates of this run."""
    preset: str
    decoder: DecoderShape | None
    context: PositiveInt
    bins: PositiveInt
    window: PositiveInt
    buffer_rows: PositiveInt
    save_every: PositiveInt
    validate_every: PositiveInt
    validation_sequences: PositiveInt
    precision: Literal["float32", "bfloat16"]
    seed: int = 0
    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's (the public code; the paper does not say)."""
    weight_decay: float = 3e-7
    """AdamW's (the public code; the paper does not say)."""
    clip: PositiveFloat = 1.0
    """Largest gradient norm (the public code; the paper does not say)."""

    @model_validator(mode="after")
    def _warmup_fits(self) -> Self:
        if self.stage.warmup_steps > self.stage.steps:
            msg = f"expected at most {self.stage.steps} warm-up steps, got "
            msg += f"{self.stage.warmup_steps}"
            raise ValueError(msg)
        return self


def plan_of(stage: str, preset: str, *, steps: int | None = None, seed: int = 0) -> Plan:
    """Return the plan of a stage at a scale.

    Args:
        stage: Name of the stage.
        preset: Name of the scale.
        steps: Steps to train; the scale's own if None. A warm-up longer than that is cut to it.
        seed: Seed of weights, order and condition dropout.

    Raises:
        ValueError: If the stage, the scale or the steps are not valid.
    """
    if preset not in PRESETS:
        msg = f"expected a preset, one of {', '.join(PRESETS)}; got {preset!r}"
        raise ValueError(msg)
    if steps is not None and steps < 1:
        msg = f"expected at least one step, got {steps}"
        raise ValueError(msg)
    chosen, scale = stage_named(stage), PRESETS[preset]
    pace = scale.paces.get(stage)
    update = pace.model_dump() if pace else {}
    if steps is not None:
        warmup = update.get("warmup_steps", chosen.warmup_steps)
        update |= {"steps": steps, "warmup_steps": min(warmup, steps)}
    return Plan(
        stage=chosen.model_copy(update=update),
        preset=preset,
        context=scale.context or chosen.tokens_per_gpu,
        seed=seed,
        **{name: getattr(scale, name) for name in _SHARED},
    )


_SHARED = (
    "decoder",
    "bins",
    "window",
    "buffer_rows",
    "save_every",
    "validate_every",
    "validation_sequences",
    "precision",
)
"""Fields that a plan takes from its preset unchanged."""
