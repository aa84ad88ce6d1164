"""Captioners of the transformers library, from a local folder or a hub id."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import transformers

from pipelines.captioners.captioner import SAMPLE_RATE, Said, Sampling
from pipelines.measuring.sounds import Waveform
from schemas.checkpoints import CheckpointKind
from schemas.ids import digest_of, seed_of

CLASSES: dict[str, str] = {
    # The thinker answers in text; the talker, which speaks, is not even loaded.
    "qwen2_5_omni": "Qwen2_5OmniThinkerForConditionalGeneration",
    "qwen2_5_omni_thinker": "Qwen2_5OmniThinkerForConditionalGeneration",
    "audioflamingo3": "AudioFlamingo3ForConditionalGeneration",
    "qwen2_audio": "Qwen2AudioForConditionalGeneration",
}
"""Model class of transformers by the `model_type` of a checkpoint's config.json."""

_CHECKPOINT = CheckpointKind(
    expected="a captioner's folder or hub id",
    advice=(
        "download it on a machine with internet (`hf download Qwen/Qwen2.5-Omni-7B --local-dir "
        "qwen2.5-omni-7b`) and give that folder, or use `embedded`, or a server "
        "`openai:MODEL@BASE_URL`"
    ),
    whole="config.json and *.safetensors of a captioner",
    files=("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"),
)
_LOADING = threading.Lock()
_GENERATING = threading.Lock()
"""One at a time: torch draws from one generator for the whole process."""


@dataclass(frozen=True, eq=False)
class TransformersCaptioner:
    """A `Captioner` over a loaded model and its processor."""

    name: str
    model: Any = field(repr=False)
    processor: Any = field(repr=False)
    sampling: Sampling
    batch: int = 10
    """Samples drawn at a time."""

    @classmethod
    def load(cls, source: str, sampling: Sampling) -> "TransformersCaptioner":
        """Load a checkpoint in transformers' format, to the GPU if there is one.

        Args:
            source: Folder, or hub id; with HF_HUB_OFFLINE=1 only the local cache is searched.
            sampling: What is asked.

        Raises:
            ValueError: If there is no such checkpoint, or it is of no known class.
        """
        folder = checkpoint_folder(source)
        name = checkpoint_name(source)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        loader = getattr(transformers, CLASSES[_model_type(folder)])
        model = loader.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=dtype
        )
        processor: Any = transformers.AutoProcessor.from_pretrained(folder, local_files_only=True)
        if processor.chat_template is None:
            msg = f"{source}: expected a chat template (chat_template.jinja), found none"
            raise ValueError(msg)
        return cls(name, model.eval().to(device), processor, sampling)

    @property
    def prompt_digest(self) -> str:
        """Digest of prompt and sampling."""
        return self.sampling.digest

    @property
    def concurrency(self) -> int:
        """One: it computes here."""
        return 1

    def caption(self, waveform: Waveform, samples: int, seed: int) -> list[Said]:
        """Return what the model says; the samples of a seed depend on how many there are."""
        said: list[Said] = []
        for first in range(0, samples, self.batch):
            count = min(self.batch, samples - first)
            said += self._drawn(waveform, first, count, seed)
        return said

    def _drawn(self, waveform: Waveform, first: int, count: int, seed: int) -> list[Said]:
        inputs = self._inputs(waveform, count)
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with _GENERATING, torch.inference_mode(), torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed_of("caption", first, seed))
            tokens = self.model.generate(**inputs, **self._settings())
        answers = tokens[:, inputs["input_ids"].shape[1] :]
        texts = self.processor.batch_decode(answers, skip_special_tokens=True)
        return [
            self._said(first + i, row, text)
            for i, (row, text) in enumerate(zip(answers.tolist(), texts, strict=True))
        ]

    def _inputs(self, waveform: Waveform, count: int) -> Any:
        """Return the same question as often as there are samples to draw.

        Repeating finished inputs would tear apart the windows of a sound of more than 30 s. All
        are of one length, so that nothing is padded but the sound, in its extractor's own way.
        """
        content = [
            {"type": "audio", "audio": waveform},
            {"type": "text", "text": self.sampling.prompt},
        ]
        text = self.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        inputs = self.processor(
            text=[text] * count,
            audio=[waveform] * count,
            sampling_rate=SAMPLE_RATE,
            return_tensors="pt",
        )
        return inputs.to(self.model.device, self.model.dtype)

    def _settings(self) -> dict[str, Any]:
        sampling = self.sampling
        if sampling.greedy:
            drawing: dict[str, Any] = {"do_sample": False}
            drawing |= {"temperature": None, "top_k": None, "top_p": None}
        else:
            drawing = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_k": sampling.top_k,
                "top_p": sampling.top_p,
            }
        return drawing | {"max_new_tokens": sampling.max_tokens}

    def _said(self, sample: int, tokens: Sequence[int], text: str) -> Said:
        if len(tokens) >= self.sampling.max_tokens and tokens[-1] not in self._last_tokens():
            detail = f"not finished after {len(tokens)} tokens: {text[:200]!r}"
            return Said(sample=sample, reason="cut_off", detail=detail)
        return Said(sample=sample, text=text)

    def _last_tokens(self) -> set[int]:
        """Return the tokens that end an answer, or fill up one that has ended."""
        config = self.model.generation_config
        ends = config.eos_token_id
        return {*(ends if isinstance(ends, list) else [ends]), config.pad_token_id} - {None}


def loaded_captioner(source: str, sampling: Sampling) -> TransformersCaptioner:
    """Return a checkpoint, loaded once for all shards and threads of a process.

    Raises:
        ValueError: As `TransformersCaptioner.load`.
    """
    with _LOADING:  # threads that come at once load one model, not one each
        return _loaded(source, checkpoint_name(source), sampling)


@lru_cache(maxsize=1)
def _loaded(source: str, _name: str, sampling: Sampling) -> TransformersCaptioner:
    return TransformersCaptioner.load(source, sampling)


def checkpoint_folder(source: str) -> Path:
    """Return the local folder of a checkpoint, fetched from the hub if it is not a path.

    Raises:
        ValueError: If there is none, or it is of no known class.
    """
    folder = _CHECKPOINT.folder(source)
    if _model_type(folder) not in CLASSES:
        msg = (
            f"{source}: expected a captioner of the kinds {', '.join(sorted(CLASSES))}, "
            f"got {_model_type(folder)}; serve other kinds and name them openai:MODEL@BASE_URL"
        )
        raise ValueError(msg)
    return folder


def checkpoint_name(source: str) -> str:
    """Return the name of a checkpoint: its kind, and the digest of its files.

    Raises:
        ValueError: As `checkpoint_folder`.
    """
    folder = checkpoint_folder(source)
    digests = _CHECKPOINT.digests(folder)
    return f"{_model_type(folder).replace('_', '-')}@{digest_of(digests)[:12]}"


def _model_type(folder: Path) -> str:
    config = (folder / "config.json").read_text(encoding="utf-8")
    return str(json.loads(config).get("model_type"))
