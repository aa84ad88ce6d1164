"""The embedded judge: trained once on a lake's scenes, then frozen under its digest.

`embedded:scene-judge@<digest12>` names the scenes' shards, this module's version and the training
configuration. A lake keeps its judge when it grows, so that old and new scores stay comparable;
`fit_judge` makes a new one on request.
"""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save

from evaluation.embedded.judge_network import JudgeNetwork, clip_embedding, clip_logits
from evaluation.embedded.judge_report import JudgeReport, examined
from evaluation.embedded.judge_scenes import Scene, exact_scenes, scene_sounds, scenes_digest
from evaluation.embedded.judge_training import JudgeConfig, levels_db, train_network
from evaluation.embedded.log_mel import SAMPLE_RATE, mel_filters, mel_power, relative_levels
from evaluation.embedded.one_thread import one_thread
from evaluation.embedded.signal_quality import QUALITY_AXES, signal_quality
from evaluation.judge import Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound
from schemas.durable import write_durably
from schemas.ids import digest_of
from schemas.lake import Lake

logger = logging.getLogger(__name__)

VERSION = 1
"""Raise it when the same scenes would give another judge."""

_PREFIX = "embedded:scene-judge@"
_POINTER = "embedded-judge.json"
_HELD_OUT = 200
_ENOUGH = 100
"""Training scenes under which a judge says that they are few."""
_TRAINING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddedJudge:
    """A small audio-text network and four signal measures; never comparable with CLAP or AES."""

    scorer: str
    classes: tuple[str, ...]
    text_threshold: float
    """The report's `chance_gap`: three of four text-match gaps between two held-out sounds that
    have nothing of the text are smaller, so a wider gap is unlikely to be the judge's noise."""
    network: JudgeNetwork
    report: JudgeReport | None = None
    """Its examination on held-out scenes; None only while that runs."""
    sample_rate: int = SAMPLE_RATE
    text_axis: str = "text_match"
    axes: tuple[str, ...] = QUALITY_AXES

    def read(self, sound: Sound) -> Reading:
        """Return embeddings, logits and signal measures of a sound at 16 kHz.

        Raises:
            ValueError: If the sound has another rate, is empty, or holds NaN or infinity.
        """
        if sound.sample_rate != self.sample_rate:
            msg = f"expected a sound at {self.sample_rate} Hz, got {sound.sample_rate} Hz"
            raise ValueError(msg)
        quality = signal_quality(sound)
        with one_thread(), torch.inference_mode():
            power = mel_power(torch.from_numpy(sound.samples), _filters())
            embeddings, logits = self.network.windows(relative_levels(power)[None])
            return Reading(
                windows=embeddings[0].double().numpy(),
                embedding=clip_embedding(embeddings)[0].double().numpy(),
                logits=clip_logits(logits)[0].double().numpy(),
                quality=quality,
            )

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return unit embeddings of texts, shape (texts, 64).

        Raises:
            ValueError: If a text has no word.
        """
        with one_thread(), torch.inference_mode():
            embedded: FloatArray = self.network.texts(texts).double().numpy()
        return embedded

    def scores(self, sound: Sound, text: str) -> dict[str, float]:
        """Return `text_match` (a cosine) and the four signal measures."""
        reading = self.read(sound)
        match = float(reading.embedding @ self.embed_texts([text])[0])
        return {self.text_axis: match, **reading.quality}


def current_scorer(lake: Lake, config: JudgeConfig | None = None) -> str:
    """Return the id of the lake's judge, or of the one that it would train now.

    Raises:
        ValueError: If there is neither a judge nor a scene to train one.
    """
    pointer = lake.weights / _POINTER
    if pointer.is_file():
        scorer: str = json.loads(pointer.read_text(encoding="utf-8"))["scorer"]
        return scorer
    return _scorer_of(lake, exact_scenes(lake), config or JudgeConfig())


def has_judge(lake: Lake) -> bool:
    """Return whether the lake has a trained judge."""
    return (lake.weights / _POINTER).is_file()


def embedded_judge(
    lake: Lake,
    config: JudgeConfig | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> EmbeddedJudge:
    """Return the lake's judge, trained on first use.

    Args:
        lake: The lake.
        config: How to train, if there is none yet.
        advance: Called with 1 after each optimiser step.

    Raises:
        ValueError: If there is no judge and too few scenes to train one.
    """
    with _TRAINING:  # threads of one process: the first one trains, the others load
        path = weights_path(lake, current_scorer(lake, config))
        return load_judge(path) if path.is_file() else fit_judge(lake, config, advance)


def fit_judge(
    lake: Lake,
    config: JudgeConfig | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> EmbeddedJudge:
    """Train a judge on the lake's present scenes and make it the lake's judge.

    Raises:
        ValueError: If there are too few scenes; validation and test scenes examine it.
    """
    config = config or JudgeConfig()
    scenes, held_out = _lessons(lake)
    train = [scene for scene in scenes if scene.split == "train"][: config.max_clips]
    if len(train) < _ENOUGH:
        logger.warning(
            "the embedded judge learns from only %d scenes and is then frozen; "
            "ingest 300 and run `ualm evaluate judge --refit` before you rely on it",
            len(train),
        )
    examples = [
        (scene, levels_db(sound, config.frames))
        for scene, sound in scene_sounds(lake, train, SAMPLE_RATE)
    ]
    examples.sort(key=lambda example: example[0].clip_id)
    network, classes = train_network(examples, config, advance)
    judge = EmbeddedJudge(
        scorer=_scorer_of(lake, scenes, config),
        classes=classes,
        text_threshold=0.0,
        network=network,
    )
    known, sounds = zip(*scene_sounds(lake, held_out, SAMPLE_RATE), strict=True)
    report = examined(judge, sounds, known)
    judge = replace(judge, report=report, text_threshold=report.chance_gap)
    _save(lake, judge, config)
    return judge


def refuse_untrainable(lake: Lake) -> None:
    """Refuse to promise a judge that `fit_judge` would not train.

    Raises:
        ValueError: If there are too few scenes.
    """
    _lessons(lake)


def load_judge(path: Path) -> EmbeddedJudge:
    """Return a judge from its weights.

    Raises:
        ValueError: If the file does not exist.
    """
    if not path.is_file():
        msg = f"no weights at {path}: run `ualm evaluate judge` to train the embedded judge"
        raise ValueError(msg)
    return _loaded(path, path.stat().st_mtime_ns)


def weights_path(lake: Lake, scorer: str) -> Path:
    """Return where the weights of an embedded judge are kept.

    Raises:
        ValueError: If the scorer is no embedded judge.
    """
    if not scorer.startswith(_PREFIX):
        msg = f"expected a scorer such as {_PREFIX}0123456789ab, got {scorer!r}"
        raise ValueError(msg)
    return lake.weights / f"embedded-judge-{scorer.removeprefix(_PREFIX)}.safetensors"


@lru_cache(maxsize=1)
def _filters() -> torch.Tensor:
    return torch.from_numpy(mel_filters())


@lru_cache(maxsize=4)
def _loaded(path: Path, _modified_ns: int) -> EmbeddedJudge:
    with safe_open(path, framework="pt") as file:
        described = json.loads(file.metadata()["judge"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    network = JudgeNetwork(len(described["classes"]))
    network.load_state_dict(weights)
    return EmbeddedJudge(
        scorer=described["scorer"],
        classes=tuple(described["classes"]),
        text_threshold=described["text_threshold"],
        network=network.eval(),
        report=JudgeReport(**described["report"]),
    )


def _lessons(lake: Lake) -> tuple[list[Scene], list[Scene]]:
    """Return all scenes, and those that examine the judge."""
    scenes = exact_scenes(lake)
    held_out = [scene for scene in scenes if scene.split != "train"][:_HELD_OUT]
    if len({scene.texts[0] for scene in held_out}) < 2:
        msg = (
            f"expected at least 2 different validation or test scenes, got {len(held_out)}; "
            "ingest more scenes (300 are plenty)"
        )
        raise ValueError(msg)
    return scenes, held_out


def _scorer_of(lake: Lake, scenes: Sequence[Scene], config: JudgeConfig) -> str:
    digest = digest_of([VERSION, config.model_dump(), scenes_digest(lake, scenes)])
    return f"{_PREFIX}{digest[:12]}"


def _save(lake: Lake, judge: EmbeddedJudge, config: JudgeConfig) -> None:
    assert judge.report is not None  # noqa: S101 (examined before it is saved)
    described = {
        "scorer": judge.scorer,
        "version": VERSION,
        "classes": judge.classes,
        "text_threshold": judge.text_threshold,
        "report": judge.report.model_dump(),
        "config": config.model_dump(),
    }
    path = weights_path(lake, judge.scorer)
    write_durably(path, save(judge.network.state_dict(), {"judge": json.dumps(described)}))
    write_durably(path.with_name(_POINTER), json.dumps({"scorer": judge.scorer}).encode())
