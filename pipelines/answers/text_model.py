"""A causal language model of transformers, or a GGUF file that it reads."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
import transformers

from evaluation.benchmarks.prompts import LETTERS, Prompt
from pipelines.answers.answerer import Asked, Reply
from pipelines.answers.drawing import generation_settings, unfinished
from pipelines.answers.local_checkpoint import LocalCheckpoint, local_checkpoint

BATCH = 16
"""Prompts side by side."""
_LOADING = threading.Lock()


@dataclass(frozen=True, eq=False)
class TextModel:
    """An `Answerer` that reads; prompts of a batch are padded on the left."""

    name: str
    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    batch: int = BATCH
    concurrency: int = 1

    @classmethod
    def load(cls, checkpoint: LocalCheckpoint, batch: int = BATCH) -> "TextModel":
        """Load a checkpoint, to the GPU if there is one; nothing is unpickled or run.

        Args:
            checkpoint: Where it is.
            batch: Prompts side by side.

        Raises:
            ValueError: If it is no causal language model.
        """
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        where: dict[str, Any] = {"local_files_only": True}
        if checkpoint.gguf is not None:
            where["gguf_file"] = checkpoint.gguf
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(checkpoint.folder, **where)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            checkpoint.folder, dtype=dtype, use_safetensors=True, **where
        )
        tokenizer.padding_side = "left"
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        return cls(checkpoint.name, model.eval().to(device), tokenizer, batch)

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Return a reply to each question; one that is too long for the model fails.

        Raises:
            ValueError: If a chat is asked of a model without a chat template.
        """
        texts = [self._text(own.prompt) for own in asked]
        replies: list[Reply | None] = [
            self._too_long(text, own.prompt) for text, own in zip(texts, asked, strict=True)
        ]
        fitting = [n for n, reply in enumerate(replies) if reply is None]
        if fitting:
            some = [asked[n] for n in fitting]
            letters = some[0].prompt.form == "letters"
            ask = self._likeliest if letters else self._generated
            for n, reply in zip(fitting, ask(some, [texts[n] for n in fitting]), strict=True):
                replies[n] = reply
        return [reply or Reply() for reply in replies]

    def _text(self, prompt: Prompt) -> str:
        """Return all that the model reads."""
        if prompt.form != "chat":
            return prompt.user
        if self.tokenizer.chat_template is None:
            msg = (
                f"{self.name} has no chat template: ask it by a preset of raw text, such as "
                "gsm8k-5shot, mmlu-letters or humaneval"
            )
            raise ValueError(msg)
        turns = [("system", prompt.system), ("user", prompt.user)]
        messages = [{"role": role, "content": text} for role, text in turns if text]
        chat: str = self.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False
        )
        return chat + prompt.prefill

    def _too_long(self, text: str, prompt: Prompt) -> Reply | None:
        longest = getattr(self.model.config, "max_position_embeddings", None)
        tokens = len(self._ids(text, prompt))
        if longest is None or tokens + prompt.max_tokens <= longest:
            return None
        reason = f"prompt_too_long: {tokens} tokens and {prompt.max_tokens} to answer, of {longest}"
        return Reply(status="failed", reason=reason)

    def _ids(self, text: str, prompt: Prompt) -> list[int]:
        # A chat template writes the special tokens itself.
        ids: list[int] = self.tokenizer(text, add_special_tokens=prompt.form != "chat")["input_ids"]
        return ids

    def _inputs(self, asked: Sequence[Asked], texts: Sequence[str]) -> Any:
        ids = [self._ids(text, own.prompt) for text, own in zip(texts, asked, strict=True)]
        padded = self.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        return padded.to(self.model.device)

    @torch.inference_mode()
    def _generated(self, asked: Sequence[Asked], texts: Sequence[str]) -> list[Reply]:
        inputs = self._inputs(asked, texts)
        prompt, pad = inputs["input_ids"].shape[1], self.tokenizer.pad_token_id
        settings = generation_settings(asked, self.tokenizer, prompt)
        tokens = self.model.generate(**inputs, pad_token_id=pad, **settings)[:, prompt:]
        said = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        ends = self.model.generation_config.eos_token_id
        cuts = [unfinished(row, settings["max_new_tokens"], ends, pad) for row in tokens.tolist()]
        return [
            Reply.of(text, own.prompt, cut)
            for text, own, cut in zip(said, asked, cuts, strict=True)
        ]

    @torch.inference_mode()
    def _likeliest(self, asked: Sequence[Asked], texts: Sequence[str]) -> list[Reply]:
        logits = self.model(**self._inputs(asked, texts), logits_to_keep=1).logits
        logprobs = logits[:, -1].float().log_softmax(dim=-1).cpu()
        replies = []
        for row, (own, text) in enumerate(zip(asked, texts, strict=True)):
            letters = [self._letter(own.prompt, text, n) for n in range(own.prompt.letters)]
            likely = tuple(round(value, 5) for value in logprobs[row, letters].tolist())
            best = LETTERS[max(range(len(likely)), key=lambda n: likely[n])]
            replies.append(Reply(text=best, logprobs=likely))
        return replies

    def _letter(self, prompt: Prompt, text: str, number: int) -> int:
        """Return the token of a letter behind the prompt."""
        before = self._ids(text, prompt)
        ids = self._ids(f"{text} {LETTERS[number]}", prompt)
        if ids[:-1] != before:
            msg = (
                f"{self.name}: expected one token for ' {LETTERS[number]}' behind the prompt, got "
            )
            msg += f"{ids[-3:]} after {before[-2:]}; ask by another preset, such as mmlu-5shot"
            raise ValueError(msg)
        return ids[-1]


def loaded_text_model(source: str) -> TextModel:
    """Return a checkpoint, loaded once for all shards and threads of a process.

    Raises:
        ValueError: As `local_checkpoint` and `TextModel.load`.
    """
    with _LOADING:
        return _loaded(local_checkpoint(source))


@lru_cache(maxsize=1)
def _loaded(checkpoint: LocalCheckpoint) -> TextModel:
    return TextModel.load(checkpoint)
