"""Generation: audio by guided sampling under the delay pattern, text greedily.

Shape suffixes: B = prompts, Q = streams (codebooks), D = hidden features, V = ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from schemas.generation import Segment
from training.cfg import nulled
from training.decoder import Decoder
from training.decoding import Decoding
from training.delay_pattern import steps_of, undelay
from training.sampling import AudioSampling, Uniforms, draw, guided
from training.sequence import prompt_ids
from training.template import Codes
from training.vocabulary import EOS, EOT, PAD, SPECIALS, Vocabulary


def generate_audio(
    model: Decoder,
    vocabulary: Vocabulary,
    prompts: Sequence[Sequence[Segment]],
    frames: int | None,
    settings: AudioSampling,
    seeds: Sequence[int],
) -> list[Codes]:
    """Generate one audio answer to each conversation of text.

    Args:
        model: The model, in evaluation mode.
        vocabulary: Its vocabulary.
        prompts: Conversations; with audio in them, use `prompt_ids` and `continue_audio`.
        frames: Frames of each answer; None lets the model end each.
        settings: How ids are drawn.
        seeds: Seed of each answer. On a CPU in float32 an answer depends on its prompt and seed,
            not on the prompts beside it.

    Returns:
        Codes of each answer, int16, shape (codebooks, frames).
    """
    ids = [prompt_ids(segments, vocabulary, "audio") for segments in prompts]
    return continue_audio(model, vocabulary, ids, frames, settings, seeds)


@torch.inference_mode()
def continue_audio(
    model: Decoder,
    vocabulary: Vocabulary,
    prompts: Sequence[Tensor],
    frames: int | None,
    settings: AudioSampling,
    seeds: Sequence[int],
) -> list[Codes]:
    """Continue tokenised prompts, which end with `<assistant> <audio>`, with audio.

    Args:
        model: The model, in evaluation mode.
        vocabulary: Its vocabulary.
        prompts: Ids of each prompt, shape (positions, streams).
        frames: Frames of each answer; None lets the model end each.
        settings: How ids are drawn.
        seeds: Seed of each answer.

    Raises:
        ValueError: If there is no prompt, not one seed a prompt, or no frame to make.
    """
    if not prompts or len(seeds) != len(prompts) or (frames is not None and frames < 1):
        msg = f"expected prompts, as many seeds, and at least one frame; got {len(prompts)} "
        msg += f"prompts, {len(seeds)} seeds and {frames} frames"
        raise ValueError(msg)
    both = list(prompts)
    if settings.guidance != 1:
        both += [nulled(prompt, len(prompt)) for prompt in prompts]
    steps = steps_of(frames or settings.max_frames, vocabulary.codebooks)
    decoding = Decoding(model, both, steps, use_cache=settings.use_cache)
    answers = _Answers(vocabulary, len(prompts), frames, settings.max_frames)
    uniforms = Uniforms(list(seeds))
    while not answers.complete:
        hidden_BD = decoding.hidden()
        uniform_BQ = uniforms.next(vocabulary.streams)
        drawn = [
            _drawn(model, hidden_BD, answers.allowed(q), uniform_BQ[:, q], (q, settings))
            for q in range(vocabulary.streams)
        ]
        ids_BQ = answers.add(torch.stack(drawn, dim=1))
        decoding.append(ids_BQ.repeat(len(both) // len(prompts), 1))
    return answers.codes()


def _drawn(
    model: Decoder,
    hidden_BD: Tensor,
    allowed: range,
    uniform_B: Tensor,
    how: tuple[int, AudioSampling],
) -> Tensor:
    """Return an id of each answer for one stream, from the ids that it may emit."""
    stream, settings = how
    offset = 0 if stream == 0 else model.audio_start
    logits_BV = model.logits(hidden_BD, stream).float()
    logits_BV = logits_BV[:, allowed.start - offset : allowed.stop - offset].cpu()
    answers = len(uniform_B)
    if settings.guidance != 1:
        logits_BV = guided(logits_BV[:answers], logits_BV[answers:], settings.guidance)
    return draw(logits_BV, uniform_B, settings) + allowed.start


class _Answers:
    """Answers under the delay pattern, and how long each is."""

    def __init__(
        self, vocabulary: Vocabulary, answers: int, frames: int | None, max_frames: int
    ) -> None:
        self._vocabulary = vocabulary
        self._free = frames is None
        self._limit = max_frames if frames is None else frames
        self._frames_B = torch.full((answers,), self._limit)
        self._steps: list[Tensor] = []

    @property
    def complete(self) -> bool:
        """Whether every answer has all its steps."""
        longest = int(self._frames_B.max())
        return len(self._steps) >= steps_of(longest, self._vocabulary.codebooks)

    def allowed(self, stream: int) -> range:
        """Return the ids that a stream may emit now; stream 0 may end an answer by its pad."""
        codes = self._vocabulary.code_range(stream)
        ends = self._free and stream == 0 and self._steps
        return range(codes.start - 1, codes.stop) if ends else codes

    def add(self, drawn_BQ: Tensor) -> Tensor:
        """Add a step of drawn ids, with delay pads where the pattern wants them; return it."""
        step = len(self._steps)
        pads_Q = torch.tensor([self._vocabulary.audio_pad(q) for q in range(drawn_BQ.shape[1])])
        ends_B = (drawn_BQ[:, 0] == pads_Q[0]) & (step < self._frames_B)
        self._frames_B = torch.where(ends_B, step, self._frames_B)
        frame_Q = step - torch.arange(drawn_BQ.shape[1])
        real_BQ = (frame_Q >= 0) & (frame_Q < self._frames_B[:, None])
        ids_BQ = torch.where(real_BQ, drawn_BQ, pads_Q)
        self._steps.append(ids_BQ)
        return ids_BQ

    def codes(self) -> list[Codes]:
        """Return the codes of each answer."""
        ids_BSQ = torch.stack(self._steps, dim=1)
        lengths = [steps_of(int(n), self._vocabulary.codebooks) for n in self._frames_B]
        return [
            undelay(ids_SQ[:steps], self._vocabulary).to(torch.int16).numpy()
            for ids_SQ, steps in zip(ids_BSQ, lengths, strict=True)
        ]


def generate_text(
    model: Decoder,
    vocabulary: Vocabulary,
    prompts: Sequence[Sequence[Segment]],
    max_tokens: int,
    *,
    use_cache: bool = True,
) -> list[str]:
    """Generate one text answer to each conversation of text, the likeliest id at each step.

    Args:
        model: The model, in evaluation mode.
        vocabulary: Its vocabulary.
        prompts: Conversations.
        max_tokens: Most tokens of an answer; a longer one is cut there.
        use_cache: Whether to keep keys and values between steps.

    Raises:
        ValueError: If there is no prompt or nothing to generate.
    """
    ids = [prompt_ids(segments, vocabulary, "text") for segments in prompts]
    said = continue_text(model, vocabulary, ids, max_tokens, use_cache=use_cache)
    return [one.text for one in said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text answer."""

    text: str
    closed: bool
    """Whether the model ended it; otherwise it is cut at the limit."""


@torch.inference_mode()
def continue_text(
    model: Decoder,
    vocabulary: Vocabulary,
    prompts: Sequence[Tensor],
    max_tokens: int,
    *,
    use_cache: bool = True,
) -> list[Said]:
    """Continue tokenised prompts, which end with `<assistant> <text>`, by the likeliest text.

    Args:
        model: The model, in evaluation mode.
        vocabulary: Its vocabulary.
        prompts: Ids of each prompt, shape (positions, streams); `prompt_ids` makes them, also of
            conversations with sounds.
        max_tokens: Most tokens of an answer.
        use_cache: Whether to keep keys and values between steps.

    Raises:
        ValueError: If there is no prompt or nothing to generate.
    """
    if not prompts or max_tokens < 1:
        msg = f"expected prompts and at least one token, got {len(prompts)} and {max_tokens}"
        raise ValueError(msg)
    decoding = Decoding(model, prompts, max_tokens, use_cache=use_cache)
    closed_B = torch.zeros(len(prompts), dtype=torch.bool)
    steps: list[Tensor] = []
    while len(steps) < max_tokens and not closed_B.all():
        next_B = _likeliest_text(model, decoding.hidden(), vocabulary)
        next_B = torch.where(closed_B, EOS, next_B)
        closed_B = closed_B | (next_B == EOS) | (next_B == EOT)
        steps.append(next_B)
        ids_BQ = torch.full((len(prompts), vocabulary.streams), PAD)
        ids_BQ[:, 0] = next_B
        decoding.append(ids_BQ)
    answers = torch.stack(steps, dim=1).tolist()
    texts = [vocabulary.decode([i for i in answer if i >= SPECIALS]) for answer in answers]
    return [
        Said(text=text, closed=closed)
        for text, closed in zip(texts, closed_B.tolist(), strict=True)
    ]


def _likeliest_text(model: Decoder, hidden_BD: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Return the likeliest text id or closing token of each prompt."""
    logits_BV = model.logits(hidden_BD, 0).float().cpu()
    allowed = torch.zeros(vocabulary.size, dtype=torch.bool)
    allowed[SPECIALS : vocabulary.audio_start] = True
    allowed[[EOS, EOT]] = True
    return logits_BV.masked_fill(~allowed, float("-inf")).argmax(dim=1)
