"""Drawing tokens so that an answer does not depend on those in its batch, and stopping in time."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

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
