import numpy as np
import pytest
import torch

from schemas.generation import Segment
from schemas.lake import Lake
from schemas.tables import TABLES
from schemas.training import BlendWeight, Sample
from training.decoder import Decoder, DecoderShape
from training.sequence import materialise, tokenise
from training.vocabulary import Vocabulary

SHAPE = DecoderShape(
    layers=2, hidden=16, heads=4, kv_heads=2, head_features=4, intermediate=24, qkv_bias=True
)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def vocabulary():
    return Vocabulary.build("embedded:test@0", codebooks=3, codebook_size=16)


@pytest.fixture
def decoder(vocabulary):
    """A small decoder whose weights are large enough that ids differ in probability."""
    model = Decoder(SHAPE, vocabulary, seed=3)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" not in name:
                parameter.mul_(10)
    return model.eval()


def ask(text):
    return Segment(role="user", modality="text", text=text)


def say(text):
    return Segment(role="assistant", modality="text", text=text, loss=True)


def play(clip_id="c"):
    return Segment(role="assistant", modality="audio", clip_id=clip_id, loss=True)


def some_codes(seed, frames=6, codebooks=3, size=16):
    shape = (codebooks, frames)
    return np.random.default_rng(seed).integers(0, size, shape).astype(np.int16)


def row_of(vocabulary, name, segments=None, codes=None, *, stage="gen-pretrain", **kwargs):
    if segments is None:
        segments = [ask(f"make {name}"), play()]
        codes = {1: some_codes(len(name) + sum(map(ord, name)))}
    sample = Sample(
        sample_id=name,
        stage=stage,
        task=kwargs.pop("task", "text-to-audio"),
        segments=segments,
        split=kwargs.pop("split", "train"),
        **kwargs,
    )
    return tokenise(segments, codes or {}, vocabulary).row(sample, vocabulary)


WEIGHTS = {("gen-pretrain", "twice"): 2.0, ("gen-pretrain", "never"): 0.0}


def weigh(lake, weights):
    """Write the table `blends` from weights by (stage, task)."""
    rows = [
        BlendWeight(stage=stage, task=task, weight=weight, share=None, samples=0)
        for (stage, task), weight in sorted(weights.items())
    ]
    lake.put("blends", "blend-weights.all", TABLES["blends"].from_rows(rows), step="test")


@pytest.fixture(scope="session")
def make():
    """The builders above, for tests that take them by name."""

    class Make:
        shape = SHAPE
        ask, say, play = staticmethod(ask), staticmethod(say), staticmethod(play)
        codes, row, weigh = staticmethod(some_codes), staticmethod(row_of), staticmethod(weigh)

        @staticmethod
        def example(vocabulary, name, *args, **kwargs):
            return materialise(row_of(vocabulary, name, *args, **kwargs), vocabulary)

        @staticmethod
        def pair(vocabulary, name, stage="gen-dpo", **kwargs):
            request = ask(f"make {name}")
            return [
                row_of(
                    vocabulary,
                    f"{name}-{'winner' if preferred else 'loser'}",
                    [request, play()],
                    {1: some_codes(ord(name[-1]) + preferred)},
                    stage=stage,
                    pair_id=name,
                    preferred=preferred,
                    **kwargs,
                )
                for preferred in (False, True)
            ]

        @staticmethod
        def lake(root, *shards):
            lake = Lake.create(root)
            for number, rows in enumerate(shards):
                table = TABLES["sequences"].from_rows(list(rows))
                lake.put("sequences", f"samples.part-{number:05d}", table, step="samples")
            every = {(row.stage, row.task) for rows in shards for row in rows}
            weigh(lake, dict.fromkeys(every, 1.0) | WEIGHTS)
            return lake

    return Make
