"""An audio language model of transformers: the classes that also caption."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Asked, Reply
from pipelines.answers.drawing import generation_settings, unfinished
from pipelines.answers.local_checkpoint import LocalCheckpoint, local_checkpoint
from pipelines.captioners.captioner import SAMPLE_RATE, Sampling
from pipelines.captioners.transformers_captioner import TransformersCaptioner
from pipelines.measuring.sounds import Waveform

_TOLERANCE_S = 0.1
"""A sound may end within a frame of the features."""
_LOADING = threading.Lock()


@dataclass(frozen=True, eq=False)
class HearingModel:
    """An `Answerer` that hears: a question at a time, its sound in the processor's own windows.

    Where the processor takes only the beginning of a sound, the answer says so.
    """

    name: str
    model: Any = field(repr=False)
    processor: Any = field(repr=False)
    batch: int = 1
    concurrency: int = 1

    @classmethod
    def load(cls, checkpoint: LocalCheckpoint) -> "HearingModel":
        """Load a checkpoint as a captioner is loaded.

        Raises:
            ValueError: As `TransformersCaptioner.load`.
        """
        loaded = TransformersCaptioner.load(str(checkpoint.folder), Sampling())
        return cls(checkpoint.name, loaded.model, loaded.processor)

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Return a reply to each question."""
        return [self._answer(own) for own in asked]

    @torch.inference_mode()
    def _answer(self, asked: Asked) -> Reply:
        inputs = self._inputs(asked.prompt, asked.sound)
        prompt = inputs["input_ids"].shape[1]
        settings = generation_settings([asked], self.processor.tokenizer, prompt)
        tokens = self.model.generate(**inputs, **settings)[:, prompt:]
        text = self.processor.batch_decode(tokens, skip_special_tokens=True)[0]
        config, limit = self.model.generation_config, settings["max_new_tokens"]
        cut = unfinished(tokens[0].tolist(), limit, config.eos_token_id, config.pad_token_id)
        reply = Reply.of(text, asked.prompt, cut)
        deaf = None if asked.sound is None else self._unheard(inputs, asked.sound)
        if deaf is None:
            return reply
        reason = deaf if reply.reason is None else f"{deaf}; {reply.reason}"
        return Reply(text=reply.text, status="truncated", reason=reason)

    def _inputs(self, prompt: Prompt, sound: Waveform | None) -> Any:
        content: list[dict[str, Any]] = [{"type": "text", "text": prompt.user}]
        if sound is not None:
            content.insert(0, {"type": "audio", "audio": sound})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if prompt.system:
            system = [{"type": "text", "text": prompt.system}]
            messages.insert(0, {"role": "system", "content": system})
        text = prompt.user
        if prompt.form == "chat":
            text = self.processor.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=False
            )
        heard: dict[str, Any] = {}
        if sound is not None:
            heard = {"audio": [sound], "sampling_rate": SAMPLE_RATE}
        inputs = self.processor(text=[text + prompt.prefill], return_tensors="pt", **heard)
        return inputs.to(self.model.device, self.model.dtype)

    def _unheard(self, inputs: Any, sound: Waveform) -> str | None:
        """Say how much of a sound was heard, None if all of it was."""
        extractor = self.processor.feature_extractor
        masks = [name for name in inputs if "mask" in name and name != "attention_mask"]
        if len(masks) != 1:
            msg = f"{self.name}: expected one mask of the sound's frames, got {masks}"
            raise RuntimeError(msg)
        frames = int(inputs[masks[0]].sum())
        heard_s = frames * extractor.hop_length / extractor.sampling_rate
        whole_s = len(sound) / SAMPLE_RATE
        if heard_s >= whole_s - _TOLERANCE_S:
            return None
        return f"heard the first {heard_s:.1f} of {whole_s:.1f} s"


def loaded_hearing_model(source: str) -> HearingModel:
    """Return a checkpoint, loaded once for all shards and threads of a process.

    Raises:
        ValueError: As `HearingModel.load`.
    """
    with _LOADING:
        return _loaded(local_checkpoint(source))


@lru_cache(maxsize=1)
def _loaded(checkpoint: LocalCheckpoint) -> HearingModel:
    return HearingModel.load(checkpoint)
