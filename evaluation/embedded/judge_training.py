"""Train the embedded judge: classes by cross-entropy, texts by contrast, on scenes.

Shape suffixes: B = clips, T = frames, M = mel bands, D = embedding, C = classes, X = texts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

from evaluation.embedded.judge_network import JudgeNetwork, clip_embedding, clip_logits
from evaluation.embedded.judge_scenes import Scene
from evaluation.embedded.log_mel import MELS, mel_filters, mel_power, relative_levels
from evaluation.embedded.one_thread import one_thread
from evaluation.sound import Sound

_NOISE_CLIPS = 8


class JudgeConfig(BaseModel):
    """How the embedded judge is trained; part of its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=200, ge=1, description="Optimiser steps.")
    batch: int = Field(default=32, ge=2, description="Scenes a step.")
    learning_rate: float = Field(default=2e-3, gt=0, description="Peak of the one-cycle schedule.")
    frames: int = Field(default=500, ge=96, description="Frames of 20 ms that a training clip has.")
    mix: float = Field(
        default=0.3, ge=0, le=1, description="Share of clips mixed with another one."
    )
    max_clips: int = Field(default=2000, ge=8, description="Training clips at most.")
    seed: int = Field(default=0, description="Seed of weights, batches and dropout.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Batch:
    levels: Tensor
    """Mel levels of scenes and of noise, shape (clips, frames, mel bands)."""
    labels: Tensor
    """Events of each clip, shape (clips, classes)."""
    texts: list[str]
    """One text a scene; noise has none."""
    wanted: Tensor
    """Events that each text names, shape (texts, classes)."""
    whole: Tensor
    """Whether a text names all events of its clip, shape (texts,)."""


class _Corpus:
    """The training scenes in memory, as mel levels in dB (float16)."""

    def __init__(
        self, scenes: Sequence[Scene], levels_db: NDArray[np.float16], classes: Sequence[str]
    ) -> None:
        self.scenes = scenes
        self.levels_db = levels_db
        self.classes = list(classes)

    def batch(self, config: JudgeConfig, rng: np.random.Generator) -> _Batch:
        """Return scenes, some of them mixed, and noise that matches no text."""
        chosen = rng.integers(len(self.scenes), size=config.batch)
        power, events, texts, wanted, whole = [], [], [], [], []
        for index in chosen:
            own, names, text = self._example(int(index), config, rng)
            events.append(names)
            asked, all_of_it = names, True
            if rng.random() < 0.4:
                asked, all_of_it = [names[rng.integers(len(names))]], False
                text = asked[0]
            power.append(own)
            texts.append(text)
            wanted.append(asked)
            whole.append(all_of_it)
        noise = [_noise_power(config.frames, rng) for _ in range(_NOISE_CLIPS)]
        events += [[]] * _NOISE_CLIPS
        return _Batch(
            levels=relative_levels(torch.from_numpy(np.stack(power + noise))),
            labels=self._labels(events),
            texts=texts,
            wanted=self._labels(wanted),
            whole=torch.tensor(whole),
        )

    def _example(
        self, index: int, config: JudgeConfig, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], list[str], str]:
        scene = self.scenes[index]
        power, names, text = self._power(index, rng), list(scene.events), _text(scene, rng)
        if rng.random() < config.mix:
            other = int(rng.integers(len(self.scenes)))
            power = power + self._power(other, rng) * np.float32(10 ** rng.uniform(-0.6, 0))
            names = list(dict.fromkeys([*names, *self.scenes[other].events]))
            text = f"{text} and {_text(self.scenes[other], rng)}"
        return power, names, text

    def _power(self, index: int, rng: np.random.Generator) -> NDArray[np.float32]:
        levels = self.levels_db[index].astype(np.float32)
        rolled = np.roll(levels, rng.integers(len(levels)), axis=0)
        power: NDArray[np.float32] = 10 ** (rolled / 10)
        return power

    def _labels(self, events: Sequence[Sequence[str]]) -> Tensor:
        return torch.tensor([[float(c in names) for c in self.classes] for names in events])


def train_network(
    examples: Sequence[tuple[Scene, NDArray[np.float16]]],
    config: JudgeConfig,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[JudgeNetwork, tuple[str, ...]]:
    """Train a network on one CPU core, the same for the same input in one environment.

    Args:
        examples: Scenes of the training split with their mel levels from `levels_db`.
        config: How to train.
        advance: Called with 1 after each optimiser step.

    Returns:
        The network in evaluation mode, and its classes.

    Raises:
        ValueError: If there are fewer than eight scenes or fewer than two different events.
    """
    classes = tuple(sorted({event for scene, _ in examples for event in scene.events}))
    if len(examples) < 8 or len(classes) < 2:
        msg = (
            "expected at least 8 training scenes with 2 different events, got "
            f"{len(examples)} with {len(classes)}; ingest more scenes (300 are plenty)"
        )
        raise ValueError(msg)
    levels = np.stack([levels for _, levels in examples])
    corpus = _Corpus([scene for scene, _ in examples], levels, classes)
    with _one_thread_seeded(config.seed):
        network = JudgeNetwork(len(classes))
        _optimise(network, corpus, config, advance)
    return network.eval(), classes


def _optimise(
    network: JudgeNetwork, corpus: _Corpus, config: JudgeConfig, advance: Callable[[int], None]
) -> None:
    rng = np.random.default_rng(config.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps
    )
    network.train()
    for _ in range(config.steps):
        loss = _loss(network, corpus.batch(config, rng))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        advance(1)


def _loss(network: JudgeNetwork, batch: _Batch) -> Tensor:
    embeddings_BWD, logits_BWC = network.windows(batch.levels)
    labelled = functional.binary_cross_entropy_with_logits(clip_logits(logits_BWC), batch.labels)
    audio_BD, text_XD = clip_embedding(embeddings_BWD), network.texts(batch.texts)
    scores_XB = (text_XD @ audio_BD.T) * network.log_scale.clamp(max=4).exp()
    return labelled * 4 + contrastive_loss(scores_XB, *_relation(batch))


def _relation(batch: _Batch) -> tuple[Tensor, Tensor]:
    """Return which pairs of text and clip match, and which must not be compared."""
    named = batch.wanted.sum(dim=1, keepdim=True)
    contained = (batch.wanted @ batch.labels.T) == named
    equal = contained & (batch.labels.sum(dim=1) == named)
    matched = torch.where(batch.whole[:, None], equal, contained)
    # A clip that holds more than a whole caption names is neither its match nor its opposite.
    return matched, contained & ~matched


def contrastive_loss(scores_XB: Tensor, matched_XB: Tensor, ignored_XB: Tensor) -> Tensor:
    """Return the mean cross-entropy of matched pairs, by text and by clip.

    Args:
        scores_XB: Scaled similarity of each text and clip.
        matched_XB: Whether the text belongs to the clip; clips without any text count only as
            wrong answers.
        ignored_XB: Pairs left out.
    """
    allowed = scores_XB.masked_fill(ignored_XB, -torch.inf)
    right = scores_XB.masked_fill(~matched_XB, -torch.inf)
    has_text = matched_XB.any(dim=0)
    by_text = allowed.logsumexp(dim=1) - right.logsumexp(dim=1)
    by_clip = allowed[:, has_text].logsumexp(dim=0) - right[:, has_text].logsumexp(dim=0)
    return (by_text.mean() + by_clip.mean()) / 2


def _text(scene: Scene, rng: np.random.Generator) -> str:
    if rng.random() < 0.3:
        return ", ".join(rng.permutation(scene.events))
    return scene.texts[rng.integers(len(scene.texts))]


def levels_db(sound: Sound, frames: int) -> NDArray[np.float16]:
    """Return mel levels in dB, cut or filled up with silence, shape (frames, mel bands)."""
    power = mel_power(torch.from_numpy(sound.samples), torch.from_numpy(mel_filters()))
    levels = 10 * torch.log10(power.clamp(min=1e-10))
    fitted = functional.pad(levels, (0, 0, 0, max(0, frames - len(levels))), value=-100.0)
    return fitted[:frames].numpy().astype(np.float16)


def _noise_power(frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the mel power of stationary noise with a random spectral slope."""
    slope = rng.uniform(-3, 3)
    envelope = np.linspace(0, 1, MELS, dtype=np.float32) * slope
    grains = rng.gamma(3.0, size=(frames, MELS))
    return (grains * 10**envelope * 1e-2).astype(np.float32)


@contextmanager
def _one_thread_seeded(seed: int) -> Iterator[None]:
    # Sums over threads would come in another order and give other weights.
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
