import shutil

import numpy as np
import pytest

from evaluation.embedded.embedded_judge import embedded_judge
from evaluation.embedded.judge_training import JudgeConfig
from pipelines.captioners.captioner import Sampling
from pipelines.captions.recipe import AUDIOSETCAPS, ETTA, Aesthetics, CaptionRecipe
from pipelines.captions.step import Captions
from pipelines.corpus.entries.entry import Running
from pipelines.corpus.steps import STEPS
from pipelines.running.run import run_step
from pipelines.synthesis.captioning import RichCaptions
from schemas.corpus import Measure
from schemas.lake import Lake
from schemas.verify import verify
from tests.evaluation.scenes import fill_scenes, flac
from tests.faults.faulty_server import FaultyServer
from tests.pipelines.corpus_lake import caption, put, read
from tests.pipelines.encoding.encode_lake import add_sounds, clip_id

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

FEW = ETTA.model_copy(update={"sampling": Sampling(samples=4), "threshold": -1.0})
ROOT = "b-00000"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Twenty-four scenes and a judge."""
    lake = Lake.create(tmp_path_factory.mktemp("captions") / "lake")
    fill_scenes(lake, 24, seconds=1.0)
    embedded_judge(lake, JudgeConfig(steps=40, batch=16, frames=96))
    return lake


@pytest.fixture
def lake(judged, tmp_path):
    shutil.copytree(judged.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def at(server, **options):
    given = {"backoff_s": 0, "attempts": 2, "concurrency": 4} | options
    text = "&".join(f"{name}={value}" for name, value in given.items())
    return f"openai:tiny-audio@{server.url}#{text}"


def done(step, lake):
    summary = run_step(step, lake)
    assert summary.errors == []
    return summary


def by_reason(lake, table):
    found = {}
    for row in read(lake, "ledger"):
        if row["table"] == table:
            found[row["reason"]] = found.get(row["reason"], 0) + 1
    return found


def pseudo(lake):
    return [row for row in read(lake, "captions") if row["text_kind"] == "pseudo"]


def test_every_sample_is_a_caption_or_a_row_of_the_ledger(lake):
    summary = done(Captions(recipe=FEW), lake)
    kept, refused = pseudo(lake), by_reason(lake, "captions")
    assert len(kept) + sum(refused.values()) == 24 * 4
    assert summary.counts.rows_in == 24
    assert summary.counts.produced == len({row["clip_id"] for row in kept})
    assert sum(by_reason(lake, "audio").values()) == 24 - summary.counts.produced
    assert not verify(lake)


def test_a_caption_names_its_writer_its_licence_and_its_score(lake):
    done(Captions(recipe=FEW, licence="CC-BY-4.0"), lake)
    rows, measures = pseudo(lake), read(lake, "caption_measures")
    assert {row["licence"] for row in rows} == {"CC-BY-4.0"}
    assert {row["origin"]["model"].partition("@")[0] for row in rows} == {
        "embedded:scene-captioner"
    }
    scored = {row["caption_id"]: row for row in measures}
    assert set(scored) == {row["caption_id"] for row in rows}
    (scorer,) = {row["version"] for row in measures}
    assert scorer == embedded_judge(lake).scorer
    assert {row["name"] for row in measures} == {"text_match"}  # CLAP is what a CLAP says


def test_the_same_seed_gives_the_same_captions(lake, tmp_path):
    shutil.copytree(lake.root, tmp_path / "other")
    other = Lake.open(tmp_path / "other")
    for one in (lake, other):
        done(Captions(recipe=FEW, seed=3), one)
    assert pseudo(lake) == pseudo(other)
    done(Captions(recipe=FEW, seed=4), other)
    assert pseudo(lake) != pseudo(other)


def test_a_server_captions_each_clip_with_the_sound_in_the_request(lake):
    with FaultyServer() as server:
        done(Captions(captioner=at(server), recipe=FEW), lake)
        assert len(server.requests) == 24 * 4
        assert set(server.sent().values()) == {1}
        body = server.requests[0][2]
    audio, question = body["messages"][0]["content"]
    assert audio["input_audio"]["format"] == "wav"
    assert question["text"] == "Can you briefly describe what you hear in this audio?"
    assert (body["top_k"], body["top_p"], body["model"]) == (50, 0.95, "tiny-audio")
    row = pseudo(lake)[0]
    assert (row["origin"]["model"], row["licence"]) == ("openai:tiny-audio", None)


def test_a_server_that_knows_no_top_k_is_sent_none(lake):
    plain = FEW.model_copy(update={"sampling": Sampling(samples=1, top_k=0)})
    with FaultyServer() as server:
        done(Captions(captioner=at(server), recipe=plain), lake)
        assert all("top_k" not in body for _, _, body in server.requests)


def test_a_second_run_asks_nothing(lake):
    with FaultyServer() as server:
        step = Captions(captioner=at(server), recipe=FEW)
        done(step, lake)
        assert done(step, lake).counts.rows_in == 0
        more = FEW.model_copy(update={"keep": 1})
        done(Captions(captioner=at(server), recipe=more), lake)  # computed again, from the cache
        assert len(server.requests) == 24 * 4


def test_more_samples_ask_only_for_the_new_ones(lake):
    with FaultyServer() as server:
        done(Captions(captioner=at(server), recipe=FEW), lake)
        six = FEW.model_copy(update={"sampling": Sampling(samples=6)})
        done(Captions(captioner=at(server), recipe=six), lake)
        assert len(server.requests) == 24 * 6


def test_what_a_server_fails_to_answer_is_in_the_ledger_and_asked_again_in_a_new_round(lake):
    faults = ["500", "500", "cut", "cut", "400", "length"]
    with FaultyServer(faults) as server:
        one_at_a_time = {"concurrency": 1}
        done(Captions(captioner=at(server, **one_at_a_time), recipe=FEW), lake)
        refused = by_reason(lake, "captions")
        found = {r: refused[r] for r in ("unreachable", "bad_answer", "refused")}
        assert found == {"unreachable": 1, "bad_answer": 1, "refused": 1}
        assert refused["cut_off"] == 1
        before = len(server.requests)
        done(Captions(captioner=at(server, round=1, **one_at_a_time), recipe=FEW), lake)
        assert len(server.requests) == before + 5  # four that failed, one not asked for
        assert "unreachable" not in by_reason(lake, "captions")


def test_a_server_that_is_gone_fails_the_shard_and_keeps_what_it_answered(lake):
    alive = 40
    with FaultyServer(lambda n: "ok" if n < alive else "500") as server:
        step = Captions(captioner=at(server, give_up_after=3), recipe=FEW)
        summary = run_step(step, lake)
        ((_, error),) = summary.errors
        assert "run again when the server is back" in error
        assert pseudo(lake) == []
        before = len(server.requests)
        server._script = lambda _: "ok"
        done(step, lake)
        assert len(server.requests) == before + 24 * 4 - alive
    assert len(pseudo(lake)) > 0


def test_a_wrong_key_fails_the_shard_at_once(lake):
    with FaultyServer(lambda _: "401") as server:
        summary = run_step(Captions(captioner=at(server, concurrency=1), recipe=FEW), lake)
        assert "check the address, the model's name" in summary.errors[0][1]
        assert len(server.requests) == 1


def test_a_sound_that_cannot_be_read_is_a_row_of_the_ledger(lake):
    add_sounds(lake, ROOT, {"broken": b"no sound", "short": flac(np.zeros(9))})
    summary = done(Captions(recipe=FEW), lake)
    assert summary.counts.dropped["undecodable"] == 1
    rows = {row["row_id"]: row["reason"] for row in read(lake, "ledger")}
    assert rows[clip_id("broken")] == "undecodable"
    assert rows[clip_id("short")] in {"short", "nothing_heard"}


def test_captions_of_two_captioners_lie_beside_each_other_and_both_become_rich(lake):
    done(Captions(recipe=FEW), lake)
    with FaultyServer() as server:
        done(Captions(captioner=at(server), recipe=FEW), lake)
    assert len({row["origin"]["model"] for row in pseudo(lake)}) == 2
    add_sounds(lake, ROOT, {})
    done(RichCaptions(), lake)
    assert not verify(lake)


def test_the_label_rule_takes_what_scores_at_least_as_the_label(lake):
    scenes = [row["clip_id"] for row in read(lake, "clips")]
    put(lake, "captions", [caption(scenes[0], "siren", "label")], "ingest", ROOT)
    slot_root = lake.shards("audio")[0].root
    labels = [caption(clip, "zzz", "label") for clip in scenes[:12]]
    put(lake, "captions", labels, "ingest", slot_root)
    rule = AUDIOSETCAPS.model_copy(
        update={"min_characters": 5, "sampling": Sampling(samples=4), "keep": 2}
    )
    summary = done(Captions(recipe=rule), lake)
    assert summary.counts.dropped["no_label"] == 12
    judge = embedded_judge(lake)
    refused = [row for row in read(lake, "ledger") if row["reason"] == "label"]
    assert all(row["value"] < row["threshold"] for row in refused)
    measures = {row["caption_id"]: row["value"] for row in read(lake, "caption_measures")}
    assert summary.counts.produced + len(by_reason(lake, "audio")) > 0
    for row in pseudo(lake):
        assert measures[row["caption_id"]] <= 1.0
        assert judge.embed_texts(["zzz"]).shape == (1, 64)


def test_clips_of_low_aesthetics_are_dropped_and_unmeasured_lakes_refused(lake):
    rule = FEW.model_copy(update={"aesthetics": Aesthetics()})
    summary = run_step(Captions(recipe=rule), lake)
    assert "there are none" in summary.errors[0][1]
    scenes = [row["clip_id"] for row in read(lake, "clips")]
    values = {scenes[0]: (3.0, 2.0), scenes[1]: (3.0, 5.0), scenes[2]: (3.38, 2.89)}
    rows = [
        Measure(clip_id=clip, name=name, version="v", value=value)
        for clip, pair in values.items()
        for name, value in zip(("ce", "pc"), pair, strict=True)
    ]
    put(lake, "measures", rows, "aes", lake.shards("audio")[0].root)
    summary = done(Captions(recipe=rule), lake)
    assert summary.counts.dropped["aesthetics"] == 2
    assert summary.counts.dropped["not_measured"] == 21


def test_an_empty_lake_has_nothing_to_caption(tmp_path):
    with pytest.raises(ValueError, match="run `ualm corpus ingest` first"):
        Captions().plan(Lake.create(tmp_path / "lake"))


def test_the_recipe_the_captioner_and_the_scorer_are_part_of_the_plan(lake):
    steps = [
        Captions(),
        Captions(seed=1),
        Captions(licence="x"),
        Captions(recipe=CaptionRecipe(keep=1)),
        Captions(captioner="openai:m@http://h/v1"),
        Captions(captioner="openai:m@http://h/v1#round=1"),
    ]
    assert len({step.plan(lake)[0].input_digest for step in steps}) == len(steps)
    moved = Captions(captioner="openai:m@http://elsewhere/v1#concurrency=2")
    assert moved.plan(lake) == steps[4].plan(lake)


def test_a_corpus_file_can_caption_and_check(lake):
    options = {"recipe": {"keep": 1, "threshold": -1.0, "sampling": {"samples": 2}}}
    entry = STEPS["captions"].model_validate({"step": "captions", **options})
    (dry,) = entry.run(lake, Running(dry_run=True))
    assert dry.pending_rows == 24
    (summary,) = entry.run(lake, Running())
    assert len(pseudo(lake)) == summary.counts.produced > 0
    (checked,) = STEPS["caption-checks"](step="caption-checks").run(lake, Running())
    assert checked.counts.rows_in == 24 + len(pseudo(lake))
    with FaultyServer() as server:
        served = STEPS["captions"](step="captions", captioner=at(server))
        (dry,) = served.run(lake, Running(dry_run=True))
        assert (dry.expected_s, server.requests) == (None, [])
