"""The decoder: RMSNorm, rotary positions, grouped queries, SwiGLU; many token streams in and out.

Shape suffixes: B = bins or prompts, S = positions, Q = streams, D = hidden features, V = ids,
H = heads, F = features of a head, N = any number of positions.
"""

import math

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from training.attention import KeyValueCache, attend, rotary_tables, rotate
from training.vocabulary import PAD, Vocabulary


class DecoderShape(BaseModel):
    """The body of a decoder, without its vocabulary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: int = Field(ge=1)
    hidden: int = Field(ge=1)
    heads: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head_features: int = Field(ge=2, multiple_of=2)
    intermediate: int = Field(ge=1)
    rope_theta: float = 10_000.0
    norm_epsilon: float = 1e-6
    qkv_bias: bool = False
    """Qwen2 has biases on queries, keys and values; Llama has none."""
    tied: bool = False
    """Whether the head is the embedding; the public code always unties them."""

    @model_validator(mode="after")
    def _groups(self) -> "DecoderShape":
        if self.heads % self.kv_heads:
            msg = f"expected heads in groups of kv_heads, got {self.heads} and {self.kv_heads}"
            raise ValueError(msg)
        return self


class RMSNorm(nn.Module):
    """Scale features to unit mean square, in float32."""

    def __init__(self, features: int, epsilon: float) -> None:
        """Start at weight one."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Return the scaled features, in the input's type."""
        wide = x.float()
        unit = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return self.weight * unit.to(x.dtype)


class Layer(nn.Module):
    """Attention and a gated feed-forward network, each after a norm, each added back."""

    def __init__(self, shape: DecoderShape) -> None:
        """Make the projections."""
        super().__init__()
        d, f, bias = shape.hidden, shape.head_features, shape.qkv_bias
        self.heads = (shape.heads, shape.kv_heads, shape.kv_heads)
        self.attention_norm = RMSNorm(d, shape.norm_epsilon)
        self.query = nn.Linear(d, shape.heads * f, bias=bias)
        self.key = nn.Linear(d, shape.kv_heads * f, bias=bias)
        self.value = nn.Linear(d, shape.kv_heads * f, bias=bias)
        self.output = nn.Linear(shape.heads * f, d, bias=False)
        self.feed_norm = RMSNorm(d, shape.norm_epsilon)
        self.gate = nn.Linear(d, shape.intermediate, bias=False)
        self.up = nn.Linear(d, shape.intermediate, bias=False)
        self.down = nn.Linear(shape.intermediate, d, bias=False)

    def forward(
        self,
        x_BSD: Tensor,
        rotary: tuple[Tensor, Tensor],
        mask: Tensor,
        index: int,
        cache: KeyValueCache | None,
    ) -> Tensor:
        """Return the layer's output, same shape."""
        x_BSD = x_BSD + self._attention(self.attention_norm(x_BSD), rotary, mask, index, cache)
        h_BSD = self.feed_norm(x_BSD)
        gated: Tensor = self.down(functional.silu(self.gate(h_BSD)) * self.up(h_BSD))
        return x_BSD + gated

    def _attention(
        self,
        h_BSD: Tensor,
        rotary: tuple[Tensor, Tensor],
        mask: Tensor,
        index: int,
        cache: KeyValueCache | None,
    ) -> Tensor:
        q, k, v = (
            linear(h_BSD).unflatten(-1, (heads, -1)).transpose(1, 2)
            for linear, heads in zip((self.query, self.key, self.value), self.heads, strict=True)
        )
        q, k = rotate(q, rotary), rotate(k, rotary)
        if cache is not None:
            k, v = cache.extend(index, k, v)
        mixed_BHSF = attend(q, k, v, mask)
        out: Tensor = self.output(mixed_BHSF.transpose(1, 2).flatten(2))
        return out


class Rows(nn.Module):
    """One vector an id: text rows (specials first) and audio rows, apart so as to train alone."""

    def __init__(self, text: int, audio: int, hidden: int) -> None:
        """Make the rows."""
        super().__init__()
        self.text = nn.Parameter(torch.empty(text, hidden))
        self.audio = nn.Parameter(torch.empty(audio, hidden))


class Decoder(nn.Module):
    """A causal language model over the streams of a vocabulary.

    The input of a position is the sum of its streams' embeddings, pad counting as zero. All
    streams share one head; each after the first adds its learned embedding to the hidden state.

    Source:
        UALM, section 2; NVIDIA/audio-intelligence@78024ec:UALM/models/ualm/lm/parallel.py.
    """

    def __init__(self, shape: DecoderShape, vocabulary: Vocabulary, seed: int = 0) -> None:
        """Make a decoder with random weights.

        Args:
            shape: Its body.
            vocabulary: Gives rows and streams.
            seed: Seed of the weights.
        """
        super().__init__()
        self.shape = shape
        self.audio_start, self.streams = vocabulary.audio_start, vocabulary.streams
        sizes = (vocabulary.audio_start, vocabulary.audio_size, shape.hidden)
        self.embedding = Rows(*sizes)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.hidden, shape.norm_epsilon)
        self.untied_head = None if shape.tied else Rows(*sizes)
        self.stream_embedding = nn.Parameter(torch.empty(vocabulary.streams - 1, shape.hidden))
        self._initialise(torch.Generator().manual_seed(seed))

    @property
    def head(self) -> Rows:
        """Rows of the output: the embedding itself if tied."""
        return self.untied_head or self.embedding

    def embed(self, ids_BSQ: Tensor) -> Tensor:
        """Return the summed embedding of each position, shape (B, S, D)."""
        first_BS = ids_BSQ[..., 0]
        is_text = (first_BS < self.audio_start) & (first_BS != PAD)
        text = functional.embedding(first_BS.where(is_text, 0), self.embedding.text)
        is_audio = ids_BSQ >= self.audio_start
        rows = (ids_BSQ - self.audio_start).where(is_audio, 0)
        audio = functional.embedding(rows, self.embedding.audio) * is_audio[..., None]
        return text * is_text[..., None] + audio.sum(dim=2)

    def forward(
        self,
        ids_BSQ: Tensor,
        positions_BS: Tensor,
        mask: Tensor,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """Return the hidden state after the last norm, shape (B, S, D).

        Args:
            ids_BSQ: Ids, int64.
            positions_BS: Position inside the document, integer.
            mask: What each position sees, bool, (B, 1, S, positions of cache and input).
            cache: Keys and values of earlier positions; these are appended.
        """
        x_BSD = self.embed(ids_BSQ)
        rotary = rotary_tables(positions_BS, self.shape.head_features, self.shape.rope_theta)
        for index, layer in enumerate(self.layers):
            x_BSD = layer(x_BSD, rotary, mask, index, cache)
        if cache is not None:
            cache.advance(ids_BSQ.shape[1])
        hidden: Tensor = self.norm(x_BSD)
        return hidden

    def logits(self, hidden_ND: Tensor, stream: int) -> Tensor:
        """Return the logits of a stream over its support.

        Args:
            hidden_ND: Hidden states, shape (..., D).
            stream: Stream, 0-based.

        Returns:
            Shape (..., V): over the whole vocabulary for stream 0, over all audio ids, the first
            of which is `audio_start`, for the others.
        """
        audio_rows = self.head.audio
        if stream == 0:
            text = hidden_ND @ self.head.text.T
            return torch.cat((text, hidden_ND @ audio_rows.T), dim=-1)
        return (hidden_ND + self.stream_embedding[stream - 1]) @ audio_rows.T

    def _initialise(self, generator: torch.Generator) -> None:
        """Draw weights from N(0, 0.02), thinner where layers add to the residual stream."""
        for name, parameter in self.named_parameters():
            if name.endswith("norm.weight"):
                continue
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
                continue
            residual = name.endswith(("output.weight", "down.weight"))
            scale = 0.02 / math.sqrt(2 * self.shape.layers) if residual else 0.02
            nn.init.normal_(parameter, std=scale, generator=generator)
