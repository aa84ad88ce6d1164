"""Samples of what a model generated: preference pairs and reflections."""

import pytest

from pipelines.sampling.blend import BLENDS
from pipelines.sampling.samples import Samples
from tests.pipelines.corpus_lake import (
    context,
    corpus_lake,
    critique,
    generation,
    pair,
    put,
    read,
    rich_caption,
    run,
    verdict,
)
from tests.pipelines.sampling.sample_rows import PLAN, reasons, said, samples


@pytest.fixture
def lake(tmp_path):
    return corpus_lake(tmp_path / "lake")


def generated(lake):
    put(lake, "contexts", [context("x1"), context("x2", split="test")], "contexts")
    answers = [generation(name, "x1") for name in ("g1", "g2")]
    put(lake, "generations", answers, "generate.m")


def test_winner_and_loser_share_a_pair_and_a_context(lake):
    generated(lake)
    put(lake, "preference_pairs", [pair("x1", "g1", "g2")], "pairs")
    counts = run(Samples(stage="gen-dpo", blend=BLENDS["gen-dpo"]), lake)
    winner, loser = sorted(read(lake, "samples"), key=lambda row: not row["preferred"])
    assert (counts.rows_in, counts.produced) == (1, 1)
    assert winner["pair_id"] == loser["pair_id"]
    assert said(winner) == [("user", "A dog, please.", False), ("assistant", "g1", True)]
    assert said(loser)[-1] == ("assistant", "g2", True)


def test_pairs_without_context_or_generation_or_validation_are_refused(lake):
    generated(lake)
    put(
        lake,
        "preference_pairs",
        [
            pair("x9", "g1", "g2"),
            pair("x2", "g1", "g9"),
            pair("x1", "g1", "g2", validated=False),
        ],
        "pairs",
    )
    run(samples("gen-dpo", "preference", validated_only=True), lake)
    assert reasons(lake) == {
        ("x9:judge@0", "no_context"),
        ("x2:judge@0", "no_generation"),
        ("x1:judge@0", "unvalidated"),
    }


def test_a_takedown_of_the_reference_clip_reaches_the_pairs(lake):
    generated(lake)
    put(lake, "preference_pairs", [pair("x1", "g1", "g2")], "pairs")
    put(lake, "decisions", [verdict("recordings", "recording of c1")], "remove")
    assert run(samples("gen-dpo", "preference"), lake).dropped == {"decided_against": 1}


def reflecting(lake, flaw_kind="missing"):
    generated(lake)
    heard = rich_caption("h1", "bell", generation_id="g1", role="heard")
    put(lake, "rich_captions", [heard], "hear.generate")
    put(lake, "critiques", [critique("q1", "r1", "h1", flaw_kind)], "critiques")


def test_reflection_ends_in_the_real_sound_and_never_trains_the_flawed_one(lake):
    reflecting(lake)
    run(samples("sft2", "reflection"), lake)
    (row,) = read(lake, "samples")
    assert said(row) == [
        ("user", "A dog, please.", False),
        ("assistant", PLAN, True),
        ("assistant", "g1", False),
        ("assistant", "dog barks is planned but not heard. Add dog barks.", True),
        ("assistant", "c1", True),
    ]


def test_reflection_on_a_flawless_sound_ends_with_the_verdict(lake):
    reflecting(lake, "none")
    run(samples("sft2", "reflection"), lake)
    (row,) = read(lake, "samples")
    assert said(row)[-1][0] == "assistant"
    assert said(row)[-2] == ("assistant", "g1", False)


def test_a_critique_of_a_real_sound_or_of_lost_rows_is_no_reflection(lake):
    heard = [
        rich_caption("h1", "bell", clip_id="c1", role="heard"),
        rich_caption("h2", "bell", generation_id="g7", role="heard"),
    ]
    put(lake, "rich_captions", heard, "hear.ingest")
    put(lake, "generations", [generation("g7", "x7")], "generate.m")
    put(
        lake,
        "critiques",
        [critique("q1", "r1", "h1"), critique("q2", "r9", "h1"), critique("q3", "r1", "h2")],
        "critiques",
    )
    run(samples("sft2", "reflection"), lake)
    assert reasons(lake) == {
        ("q1", "no_generation"),
        ("q2", "no_rich_caption"),
        ("q3", "no_context"),
    }


def test_a_reflection_needs_a_clip_for_its_plan(lake):
    reflecting(lake)
    put(lake, "rich_captions", [rich_caption("r1", "dog barks", caption_id="k1")])
    run(samples("sft2", "reflection"), lake)
    assert reasons(lake) == {("q1", "recording_scope")}
