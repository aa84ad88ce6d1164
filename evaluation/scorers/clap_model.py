"""CLAP by the transformers library, set up so that it gives what laion_clap gives.

Three settings decide (measured against laion_clap: audio to 6e-8, text to 4e-5): mel filters from
50 Hz, a clip of at most 10 s never counts as "longer", and texts are padded to 77 tokens.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers.utils import logging as transformers_logging

from evaluation.judge import Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.clap_score import clap_score
from evaluation.scorers.mono import exact_inference
from evaluation.sound import Sound
from evaluation.weights.loading import load_checkpoint
from schemas.checkpoints import CheckpointKind
from schemas.ids import digest_of

DEFAULT = "laion/clap-htsat-fused"
"""The port of `630k-audioset-fusion-best`, which the paper's CL and ETTA's filter use."""

SAMPLE_RATE = 48_000
_FREQUENCY_MIN = 50
_TOKENS = 77
_CHECKPOINT = CheckpointKind(
    expected="a CLAP's folder or hub id",
    advice=(
        f"download it on a machine with internet (`hf download {DEFAULT} --local-dir clap`) and "
        "give that folder"
    ),
    whole="config.json and *.safetensors of a CLAP",
    files=("*.json", "*.txt", "*.safetensors"),
)
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_LOADING = threading.Lock()
_LOGGING: Any = transformers_logging  # some of its functions have no types
_CROPPING = threading.Lock()
"""The feature extractor crops long clips by numpy's one generator of the whole process."""


@dataclass(frozen=True, eq=False)
class ClapModel:
    """Embeddings of sounds and of texts in one space."""

    scorer: str
    """`clap@<digest>`; scores of two checkpoints are never compared."""
    model: Any = field(repr=False)
    extractor: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    batch: int = 16
    """Clips or texts that go through the model at a time."""

    @classmethod
    def load(cls, source: str) -> "ClapModel":
        """Load a checkpoint in transformers' format, to the GPU if there is one.

        Args:
            source: Folder, or hub id such as `laion/clap-htsat-fused`; with HF_HUB_OFFLINE=1
                only the local cache is searched.

        Raises:
            ValueError: If there is no such checkpoint, or it is no CLAP.
        """
        return cls.from_folder(_folder(source), clap_scorer(source))

    @classmethod
    def from_folder(
        cls, folder: Path, scorer: str, *, text_norm_epsilon: float | None = None
    ) -> "ClapModel":
        """Load a local folder in transformers' format, to the GPU if there is one.

        Args:
            folder: Holds config.json, preprocessor_config.json, a tokeniser, and
                model.safetensors or pytorch_model.bin.
            scorer: Id that its scores go by.
            text_norm_epsilon: Of the text network's norms; None leaves what config.json says.

        Raises:
            ValueError: If it is no CLAP at 48 kHz, lacks a weight, or holds anything but numbers.
        """
        settings, _ = transformers.ClapFeatureExtractor.get_feature_extractor_dict(
            folder, local_files_only=True
        )
        extractor = transformers.ClapFeatureExtractor(
            **settings | {"frequency_min": _FREQUENCY_MIN}
        )
        if extractor.sampling_rate != SAMPLE_RATE:
            msg = f"{folder}: expected a CLAP at {SAMPLE_RATE} Hz, got {extractor.sampling_rate} Hz"
            raise ValueError(msg)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = _network(folder, text_norm_epsilon)
        return cls(scorer, network.eval().to(device), extractor, tokenizer)

    @property
    def sample_rate(self) -> int:
        """48 kHz."""
        return SAMPLE_RATE

    @property
    def text_axis(self) -> str:
        """Name of its text score."""
        return "clap"

    def read(self, sound: Sound) -> Reading:
        """Return a sound's embedding as a judge's reading; a CLAP has no classes and no quality.

        Raises:
            ValueError: If it is not at 48 kHz.
        """
        embedded = self.embed_sounds([sound])
        return Reading(windows=embedded, embedding=embedded[0], logits=np.empty(0), quality={})

    def embed_sounds(self, sounds: Sequence[Sound]) -> FloatArray:
        """Return unit embeddings of sounds, shape (sounds, dimensions).

        A sound of more than 10 s is cropped at random, by a seed of its own samples.

        Raises:
            ValueError: If there is no sound, or one is not at 48 kHz.
        """
        _refuse_none(sounds)
        parts = []
        for first in range(0, len(sounds), self.batch):
            features = [self._features(sound) for sound in sounds[first : first + self.batch]]
            stacked = torch.stack([one for one, _ in features]).to(self.model.device)
            longer = torch.tensor([[one] for _, one in features], device=self.model.device)
            with exact_inference(self.model.device):
                found = self.model.get_audio_features(input_features=stacked, is_longer=longer)
            parts.append(_unit(found))
        return np.concatenate(parts)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return unit embeddings of texts, shape (texts, dimensions).

        Raises:
            ValueError: If there is no text.
        """
        _refuse_none(texts)
        parts = []
        for first in range(0, len(texts), self.batch):
            tokens = self.tokenizer(
                list(texts[first : first + self.batch]),
                padding="max_length",
                truncation=True,
                max_length=_TOKENS,
                return_tensors="pt",
            ).to(self.model.device)
            with exact_inference(self.model.device):
                found = self.model.get_text_features(
                    input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
                )
            parts.append(_unit(found))
        return np.concatenate(parts)

    def similarity(self, sounds: Sequence[Sound], texts: Sequence[str]) -> FloatArray:
        """Return the cosine of each sound and its own text, shape (sounds,).

        Raises:
            ValueError: If there are none, or not as many texts as sounds.
        """
        return clap_score(self.embed_sounds(sounds), self.embed_texts(texts)).per_clip

    def _features(self, sound: Sound) -> tuple[torch.Tensor, bool]:
        if sound.sample_rate != SAMPLE_RATE:
            msg = f"expected a sound at {SAMPLE_RATE} Hz, got {sound.sample_rate} Hz"
            raise ValueError(msg)
        quantised = (np.clip(sound.samples, -1, 1) * 32767).astype(np.int16) / np.float32(32767)
        hop = self.extractor.hop_length  # by frames, as the extractor decides whether to crop
        longer = len(quantised) // hop > self.extractor.nb_max_samples // hop
        with _seeded(hashlib.sha256(quantised.tobytes()).digest()):
            features = self.extractor(quantised, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        # The extractor marks one clip of each batch as longer although none is.
        return features["input_features"][0], longer


def loaded_clap(source: str) -> ClapModel:
    """Return a checkpoint, loaded once for all shards and threads of a process.

    Raises:
        ValueError: As `ClapModel.load`.
    """
    with _LOADING:  # threads that come at once load one model, not one each
        return _loaded(source, clap_scorer(source))


@lru_cache(maxsize=1)
def _loaded(source: str, _scorer: str) -> ClapModel:
    return ClapModel.load(source)


def clap_scorer(source: str) -> str:
    """Return the id of a checkpoint, without loading it.

    Raises:
        ValueError: If there is no such checkpoint, or it is no CLAP.
    """
    digests = _CHECKPOINT.digests(_folder(source))
    return f"clap@{digest_of(digests)[:12]}"


def _folder(source: str) -> Path:
    folder = _CHECKPOINT.folder(source)
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type != "clap":
        msg = f"{source}: expected a CLAP such as {DEFAULT}, got {config.model_type}"
        raise ValueError(msg)
    return folder


def _network(folder: Path, text_norm_epsilon: float | None) -> Any:
    found = [path for path in map(folder.joinpath, _WEIGHTS) if path.is_file()]
    if not found:
        msg = f"{folder}: expected {' or '.join(_WEIGHTS)} of a CLAP, found neither"
        raise ValueError(msg)
    config: Any = transformers.ClapConfig.from_pretrained(folder, local_files_only=True)
    if text_norm_epsilon is not None:
        config.text_config.layer_norm_eps = text_norm_epsilon
    weights = load_checkpoint(found[0])
    with _quiet():  # what is missing is told below, by name
        loaded: Any = transformers.ClapModel.from_pretrained(
            None, config=config, state_dict=weights, output_loading_info=True
        )
    model, read = loaded
    missing = sorted(set(read["missing_keys"]) & {name for name, _ in model.named_parameters()})
    if missing or read["mismatched_keys"]:
        wrong = [*missing, *(entry[0] for entry in read["mismatched_keys"])]
        msg = f"{found[0]}: expected all weights of a CLAP; {len(wrong)} lack, such as {wrong[0]}"
        raise ValueError(msg)
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' progress bar and load report off the terminal."""
    verbosity, has_bar = _LOGGING.get_verbosity(), _LOGGING.is_progress_bar_enabled()
    _LOGGING.set_verbosity_error()
    _LOGGING.disable_progress_bar()
    try:
        yield
    finally:
        _LOGGING.set_verbosity(verbosity)
        if has_bar:
            _LOGGING.enable_progress_bar()


@contextmanager
def _seeded(seed: bytes) -> Iterator[None]:
    with _CROPPING:
        state = np.random.get_state()  # noqa: NPY002 (the extractor draws from it)
        np.random.seed(int.from_bytes(seed[:4], "little"))  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002


def _unit(found: Any) -> FloatArray:
    tensor = found if isinstance(found, torch.Tensor) else found.pooler_output
    unit: FloatArray = torch.nn.functional.normalize(tensor.double(), dim=-1).cpu().numpy()
    return unit


def _refuse_none(values: Sequence[object]) -> None:
    if not values:
        msg = "expected at least one to embed, got none"
        raise ValueError(msg)
