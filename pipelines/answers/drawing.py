"""How tokens are drawn, so that no answer depends on those in its batch, and where answers end."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from pipelines.answers.answerer import Asked

_TAIL = 48
"""Last tokens in which a stop is looked for: more than any stop has letters."""


class RowDraws(LogitsProcessor):
    """Make the likeliest token one that is drawn: Gumbel noise of each answer's own generator.

    The largest of logits / temperature plus Gumbel noise is distributed as the softmax, so greedy
    generation then draws, and an answer's seed alone decides its noise.
    """

    def __init__(self, temperature: float, seeds: Sequence[int]) -> None:
        """Seed a generator for each answer.

        Args:
            temperature: Divides the logits.
            seeds: One of each answer.
        """
        self._temperature = temperature
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, _ids: Any, scores: Any) -> Any:
        """Return the scores with noise, shape (answers, tokens)."""
        tokens = scores.shape[1]
        uniform = torch.stack(
            [torch.rand(tokens, generator=own, dtype=torch.float64) for own in self._generators]
        )
        tiny = torch.finfo(torch.float64).tiny
        noise = -torch.log(-torch.log(uniform.clamp(min=tiny)))
        return scores / self._temperature + noise.to(scores)


class StopsInText(StoppingCriteria):
    """End each answer whose last tokens hold a stop; what stands behind it is cut off later."""

    def __init__(self, tokenizer: Any, stops: Sequence[str], prompt: int) -> None:
        """Look for stops.

        Args:
            tokenizer: Makes text of tokens.
            stops: What ends an answer.
            prompt: Positions of the prompt, which are not searched.
        """
        self._tokenizer, self._stops, self._prompt = tokenizer, stops, prompt

    def __call__(self, ids: Any, _scores: Any, **_: Any) -> Any:
        """Return which answers have ended, shape (answers,)."""
        begin = max(self._prompt, ids.shape[1] - _TAIL)
        texts = self._tokenizer.batch_decode(ids[:, begin:], skip_special_tokens=True)
        ended: Tensor = torch.tensor(
            [any(stop in text for stop in self._stops) for text in texts], device=ids.device
        )
        return ended


def generation_settings(asked: Sequence[Asked], tokenizer: Any, prompt: int) -> dict[str, Any]:
    """Return what `generate` is told: the likeliest token, or one that is drawn, up to a stop.

    What a checkpoint's own generation_config.json would change, such as a penalty of repetition,
    is undone: an answer would be neither greedy nor drawn as asked.

    Args:
        asked: Questions of one preset and temperature.
        tokenizer: Of the model.
        prompt: Positions of the padded prompt.
    """
    first = asked[0]
    settings: dict[str, Any] = {"max_new_tokens": first.prompt.max_tokens, "do_sample": False}
    settings |= {"temperature": None, "top_k": None, "top_p": None}
    settings |= {"repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "num_beams": 1}
    if first.temperature:
        draws = RowDraws(first.temperature, [own.seed for own in asked])
        settings["logits_processor"] = LogitsProcessorList([draws])
    if first.prompt.stops:
        stopping = StopsInText(tokenizer, first.prompt.stops, prompt)
        settings["stopping_criteria"] = StoppingCriteriaList([stopping])
    return settings


def unfinished(tokens: Sequence[int], limit: int, ends: Any, pad: int | None) -> str | None:
    """Say why an answer is not whole, None if it is.

    Args:
        tokens: Its tokens, and what fills it up.
        limit: Most tokens.
        ends: Token or tokens that end an answer, as a generation_config has them.
        pad: Token that fills up an answer that has ended.

    Example:
        >>> unfinished([5, 6, 2], 3, 2, 0), unfinished([5, 6, 7], 3, [2], 0)
        (None, 'not finished after 3 tokens')
    """
    last = {*(ends if isinstance(ends, list) else [ends]), pad} - {None}
    ended = len(tokens) < limit or tokens[-1] in last
    return None if ended else f"not finished after {limit} tokens"
