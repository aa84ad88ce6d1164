"""Samples of captions, prompts and conversations, and what holds for every stage."""

import pytest

from pipelines.sampling.blend import BLENDS
from pipelines.sampling.blend_weights import BlendWeights
from pipelines.sampling.samples import Samples
from schemas.lake import Lake
from tests.pipelines.corpus_lake import (
    caption,
    clip,
    conversation,
    corpus_lake,
    dialogue,
    prompt,
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
