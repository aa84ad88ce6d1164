import pytest

from pipelines.blend_weights import BlendWeights
from pipelines.samples import Samples
from pipelines.sampling.blend import BLENDS, Blend, TaskBlend
from schemas.lake import Lake
from tests.pipelines.corpus_lake import (
    caption,
    clip,
    context,
    conversation,
    corpus_lake,
    critique,
    dialogue,
    generation,
    pair,
    prompt,
    put,
    read,
    rich_caption,
    run,
    verdict,
)


@pytest.fixture
def lake(tmp_path):
    return corpus_lake(tmp_path / "lake")


def samples(stage, *tasks, **options):
    return Samples(stage=stage, blend=Blend(tasks={t: TaskBlend() for t in tasks}, **options))


def said(row):
    """What a sample holds, in short."""
    return [
        (s["role"], s["text"] or s["clip_id"] or s["generation_id"], s["loss"])
        for s in row["segments"]
    ]


def reasons(lake):
    return {(row["row_id"], row["reason"]) for row in read(lake, "ledger")}


PLAN = "Keywords: dog barks\nLayout: dog barks (0.0-1.0 s)\nDescription: dog barks: clear"


def test_a_caption_becomes_a_request_for_its_clip(lake):
    counts = run(Samples(stage="gen-pretrain", blend=BLENDS["gen-pretrain"]), lake)
    first, second = sorted(read(lake, "samples"), key=lambda row: row["split"], reverse=True)
    assert counts.produced == 2
    assert said(first) == [("user", "A dog barks", False), ("assistant", "c1", True)]
    assert (first["split"], second["split"]) == ("train", "test")


def test_a_clip_and_a_question_end_in_the_caption(lake):
    run(samples("alignment", "audio-to-text"), lake)
    row = next(row for row in read(lake, "samples") if row["split"] == "train")
    (audio, question, answer) = row["segments"]
    assert (audio["role"], audio["modality"], audio["clip_id"]) == ("user", "audio", "c1")
    assert question["text"].strip()
    assert (answer["text"], answer["loss"]) == ("A dog barks", True)
    assert not audio["loss"]


def test_reasoning_puts_the_plan_between_request_and_sound(lake):
    run(samples("sft1", "reasoning"), lake)
    rows = {row["segments"][0]["text"]: said(row) for row in read(lake, "samples")}
    assert rows["A dog, please."] == [
        ("user", "A dog, please.", False),
        ("assistant", PLAN, True),
        ("assistant", "c1", True),
    ]
    assert rows["A dog?"] == [
        ("user", "A dog?", False),
        ("assistant", "One dog. Here it is.", True),
        ("assistant", PLAN, True),
        ("assistant", "c1", True),
    ]


def test_prompts_can_stand_for_captions_in_generation(lake):
    run(samples("gen-pretrain", "text-to-audio", generation_texts=("prompts",)), lake)
    assert {row["segments"][0]["text"] for row in read(lake, "samples")} == {
        "A dog, please.",
        "A home",
    }


def test_styles_and_kinds_that_the_blend_leaves_out_are_in_the_ledger(lake):
    put(lake, "captions", [caption("c1", "has never been", "transcript", name="k3")], "more")
    run(samples("sft1", "reasoning", prompt_styles=("plain",)), lake)
    run(samples("gen-pretrain", "text-to-audio"), lake)
    assert {("p2", "prompt_style"), ("k3", "text_kind")} <= reasons(lake)


def test_a_caption_of_a_whole_recording_never_enters_a_sample_of_a_cut(lake):
    put(lake, "captions", [caption(None, "A long story", name="k3")], "more")
    put(lake, "rich_captions", [rich_caption("r2", "story", caption_id="k3")], "rich-captions")
    put(lake, "prompts", [prompt("p3", "r2")], "more")
    put(lake, "dialogues", [dialogue("d2", "r2")], "more")
    run(samples("sft1", "text-to-audio", "audio-to-text", "reasoning"), lake)
    assert {r for r in reasons(lake) if r[1] == "recording_scope"} == {
        ("k3", "recording_scope"),
        ("p3", "recording_scope"),
        ("d2", "recording_scope"),
    }
    texts = [s["text"] or "" for row in read(lake, "samples") for s in row["segments"]]
    assert not any("story" in text for text in texts)


@pytest.mark.parametrize(
    ("table", "row_id"), [("captions", "k1"), ("clips", "c1"), ("recordings", "recording of c1")]
)
def test_a_verdict_against_any_parent_keeps_a_sample_out(lake, table, row_id):
    put(lake, "decisions", [verdict(table, row_id), verdict("captions", "k2", keep=True)], "dedup")
    counts = run(samples("gen-pretrain", "text-to-audio"), lake)
    assert counts.dropped == {"decided_against": 1}
    (row,) = read(lake, "samples")
    assert row["segments"][0]["text"] == "Rain"
    (refused,) = read(lake, "ledger")
    assert "dedup says duplicate" in refused["detail"]


def test_a_verdict_against_the_caption_reaches_the_prompts_made_from_it(lake):
    put(lake, "decisions", [verdict("captions", "k1")], "dedup")
    assert run(samples("sft1", "reasoning"), lake).dropped == {"decided_against": 3}


def test_titles_answer_no_question_and_a_transcript_is_no_request(lake):
    texts = [caption("c1", "metal strike", "title", name="k3")]
    put(lake, "captions", [*texts, caption("c1", "in being", "transcript", name="k4")], "more")
    run(samples("alignment", "text-to-audio", "audio-to-text"), lake)
    refused = [(row["row_id"], row["detail"]) for row in read(lake, "ledger")]
    assert sorted(refused) == [
        ("k3", "alignment, audio-to-text: title texts are left out"),
        ("k4", "alignment, text-to-audio: transcript texts are left out"),
    ]


def test_a_prompt_for_generation_needs_its_rich_caption(lake):
    put(lake, "prompts", [prompt("p9", "r9")], "more")
    run(samples("gen-pretrain", "text-to-audio", generation_texts=("prompts",)), lake)
    assert reasons(lake) == {("p9", "no_rich_caption")}


def test_rows_whose_parents_are_gone_are_in_the_ledger(lake):
    put(lake, "captions", [caption("c9", "Gone", name="k9")], "more")
    put(lake, "prompts", [prompt("p9", "r9")], "more")
    put(lake, "dialogues", [dialogue("d9", "r9")], "more")
    run(samples("sft1", "text-to-audio", "audio-to-text", "reasoning"), lake)
    assert {
        ("k9", "no_clip"),
        ("p9", "no_rich_caption"),
        ("d9", "no_rich_caption"),
    } <= reasons(lake)


def test_a_caption_refused_by_two_tasks_has_two_ledger_rows(lake):
    put(lake, "captions", [caption("c9", "Gone", name="k9")], "more")
    run(samples("sft1", "text-to-audio", "audio-to-text"), lake)
    rows = [row for row in read(lake, "ledger") if row["row_id"] == "k9"]
    assert len({row["ledger_id"] for row in rows}) == 2


def test_conversations_are_text_or_understanding_by_what_they_hold(lake):
    put(lake, "conversations", [conversation("v1"), conversation("v2", "c2")])
    counts = run(samples("pretrain", "text"), lake)
    assert counts.rows_in == 1
    (row,) = read(lake, "samples")
    assert said(row)[-1] == ("assistant", "A dog.", True)
    run(samples("alignment", "audio-to-text"), lake)
    about = [row for row in read(lake, "samples") if row["segments"][-1]["text"] == "A dog."]
    assert {(row["stage"], row["split"]) for row in about if row["stage"] == "alignment"} == {
        ("alignment", "test")
    }


def test_conversations_across_splits_or_about_lost_clips_are_refused(lake):
    put(
        lake,
        "conversations",
        [conversation("v1", "c1", "c2"), conversation("v2", "c9")],
    )
    run(samples("alignment", "audio-to-text"), lake)
    assert {("v1", "mixed_splits"), ("v2", "no_clip")} <= reasons(lake)


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


def test_a_share_is_met_exactly_by_the_showings_of_the_training_split(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    for root in ("a-00000", "b-00000"):
        clips = [clip(f"{root}{i}", "test" if i == 6 else "train") for i in range(7)]
        put(lake, "clips", clips, root=root)
        put(lake, "captions", [caption(one.clip_id, "Rain") for one in clips], root=root)
        plans = [rich_caption(f"r{one.clip_id}", "rain", clip_id=one.clip_id) for one in clips]
        put(lake, "rich_captions", plans, root=root)
        put(
            lake,
            "prompts",
            [prompt(f"p{p.rich_caption_id}", p.rich_caption_id) for p in plans],
            root=root,
        )
    run(Samples(stage="sft1", blend=BLENDS["sft1"]), lake)
    rows = [row for row in read(lake, "samples") if row["split"] == "train"]
    run(BlendWeights(stage="sft1", blend=BLENDS["sft1"]), lake)
    weights = {row["task"]: row["weight"] for row in read(lake, "blends")}
    total = sum(weights[row["task"]] for row in rows)
    heard = sum(weights[row["task"]] for row in rows if row["task"] == "audio-to-text")
    assert heard / total == pytest.approx(0.2)


def test_growth_leaves_the_shards_of_an_up_sampled_stage_alone(lake):
    step = Samples(stage="gen-pretrain", blend=BLENDS["gen-pretrain"])
    before = {task.slot: task.input_digest for task in step.plan(lake)}
    put(lake, "clips", [clip("c7")], root="b-00000")
    put(lake, "captions", [caption("c7", "Wind")], root="b-00000")
    after = {task.slot: task.input_digest for task in step.plan(lake)}
    assert before.items() < after.items()


def test_a_new_verdict_makes_samples_anew(lake):
    step = samples("gen-pretrain", "text-to-audio")
    before = step.plan(lake)
    put(lake, "decisions", [verdict("captions", "k1")], "dedup")
    assert step.plan(lake) != before


def test_a_limit_takes_the_first_candidates(lake):
    counts = run(samples("sft1", "reasoning"), lake, limit=2)
    assert counts.rows_in == 2


def test_the_ids_of_samples_are_unique_and_differ_by_stage(lake):
    tasks = ("text-to-audio", "audio-to-text", "reasoning")
    run(samples("sft1", *tasks), lake)
    run(samples("sft2", *tasks), lake)
    ids = [row["sample_id"] for row in read(lake, "samples")]
    assert len(set(ids)) == len(ids) == 14
