"""The stages of the paper as presets: Tables 5 and 6, and what its text says of the rest."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EVERYTHING = ("",)
"""Trainable: every parameter (all names start with the empty string)."""

AUDIO_EMBEDDINGS = ("embedding.audio",)
"""Trainable: the rows of audio ids. The adapter joins them once there is an acoustic encoder."""


class Stage(BaseModel):
    """One training stage at the paper's scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    objective: Literal["cross-entropy", "preference"] = "cross-entropy"
    reads: tuple[str, ...]
    """Stages in the `stage` column of `sequences` that it trains on."""
    winners: bool = False
    """Whether it trains on the winners of preference pairs only."""
    continues: bool = True
    """Whether it starts from the checkpoint of an earlier stage."""
    tokens_per_gpu: int = Field(ge=1)
    """Positions a GPU and step."""
    learning_rate: float = Field(gt=0)
    """Peak."""
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: int = Field(default=0, ge=0)
    steps: int = Field(ge=1)
    gpus: int = Field(default=8, ge=1)
    samples: int | None = None
    """Samples that the paper had; None where it does not say."""
    trainable: tuple[str, ...] = EVERYTHING
    """Beginnings of the names of the parameters that it trains."""
    condition_dropout: float = Field(default=0.0, ge=0, le=1)
    """Share of audio samples whose condition is dropped (the public code: 0.05)."""
    beta: float = Field(default=0.1, gt=0)
    """DPO's pull towards the reference (section 3.2)."""
    cross_entropy_weight: float = Field(default=1.0, ge=0)
    """Weight of the winners' cross-entropy beside the DPO loss (section 3.2)."""
    source: str
    """Where the numbers come from."""


_PRETRAIN = Stage(
    name="pretrain",
    reads=("pretrain", "gen-pretrain"),
    tokens_per_gpu=5_000,
    learning_rate=1e-4,
    schedule="cosine",
    warmup_steps=25_000,
    steps=660_000,
    gpus=128,
    condition_dropout=0.05,
    source="Tables 5 and 6, pre-train",
)
_SFT1 = Stage(
    name="sft1",
    reads=("sft1",),
    tokens_per_gpu=5_000,
    learning_rate=2e-6,
    steps=15_000,
    gpus=32,
    samples=750_000,
    condition_dropout=0.05,
    source="Tables 5 and 6, SFT1",
)
_DPO1 = Stage(
    name="dpo1",
    objective="preference",
    reads=("dpo1",),
    tokens_per_gpu=3_000,
    learning_rate=2e-7,
    steps=2_000,
    gpus=8,
    samples=60_000,
    source="Tables 5 and 6, DPO1",
)
_ADAPT = Stage(
    name="gen-adapt",
    reads=("gen-dpo",),
    winners=True,
    tokens_per_gpu=5_000,
    learning_rate=2e-6,
    steps=1_000,
    condition_dropout=0.05,
    source="section 3.2: about 1k steps on winners; the rate is unpublished and is SFT1's",
)
_UNPUBLISHED_DPO = "section 3.2; hyper-parameters unpublished, those of DPO1 in Tables 5 and 6"

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            name="alignment",
            reads=("alignment",),
            continues=False,
            tokens_per_gpu=25_000,
            learning_rate=5e-4,
            steps=1_800,
            gpus=128,
            trainable=AUDIO_EMBEDDINGS,
            source="Tables 5 and 6, alignment; section 2.3 warms the audio embeddings, "
            "the introduction all embeddings",
        ),
        _PRETRAIN,
        _SFT1,
        _DPO1,
        _SFT1.model_copy(
            update={
                "name": "sft2",
                "reads": ("sft2",),
                "learning_rate": 2e-7,
                "samples": 850_000,
                "source": "Tables 5 and 6, SFT2; 750k + 60k, as the text adds it, is not 850k",
            }
        ),
        _DPO1.model_copy(
            update={
                "name": "dpo2",
                "reads": ("dpo2",),
                "samples": 20_000,
                "source": "Tables 5 and 6, DPO2",
            }
        ),
        _PRETRAIN.model_copy(
            update={
                "name": "gen-pretrain",
                "reads": ("gen-pretrain",),
                "continues": False,
                "source": "section 3.1 without numbers: those of pre-train in Tables 5 and 6",
            }
        ),
        _ADAPT,
        _DPO1.model_copy(
            update={
                "name": "gen-dpo",
                "reads": ("gen-dpo",),
                "samples": 50_000,
                "source": _UNPUBLISHED_DPO,
            }
        ),
        _ADAPT.model_copy(update={"name": "ualm-adapt", "reads": ("ualm-dpo",)}),
        _DPO1.model_copy(
            update={
                "name": "ualm-dpo",
                "reads": ("ualm-dpo",),
                "samples": 50_000,
                "source": _UNPUBLISHED_DPO,
            }
        ),
    )
}


def stage_named(name: str) -> Stage:
    """Return a stage.

    Raises:
        ValueError: If no stage has that name.
    """
    if name not in STAGES:
        msg = f"expected a stage, one of {', '.join(STAGES)}; got {name!r}"
        raise ValueError(msg)
    return STAGES[name]
