"""Published scorers hear a lake: every sound once, killed or not, with the figures of folders."""

import json
import shutil
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from evaluation.audio.audio_panel import published_listeners
from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.folders import evaluated_folders
from evaluation.audio.pairing import paired, read_captions
from evaluation.audio.subject import Subject
from evaluation.lakes.answered import answered_contexts
from evaluation.lakes.stored_systems import StoredHearing
from evaluation.lakes.systems import evaluated
from evaluation.protocols import protocol_named
from evaluation.weights.adding import add
from pipelines.measuring.scorer_features import feature_steps
from pipelines.running.run import run_step
from pipelines.running.task_runs import TaskRuns
from schemas.lake import Lake
from schemas.verify import verify
from tests.evaluation.scenes import RATE, fill_generations, fill_scenes, flac
from tests.evaluation.tiny_clap import save_tiny_clap
from tests.golden.openl3.official import save
from tests.golden.tagger_checkpoints import package_cnn14, write_cnn14

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

PRESET = "stable-audio-metrics"
SECONDS = 0.55


@pytest.fixture(scope="module", autouse=True)
def weights(tmp_path_factory):
    """OpenL3 with random weights, and a tiny CLAP, in a store of their own."""
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UALM_WEIGHTS", str(folder / "store"))
        given = save(folder / "openl3.h5", seed=1)
        add("openl3-mel256-env-512", given, lambda *_: None, link=True, accept=True)
        clap = save_tiny_clap(folder / "clap")
        add("clap-htsat-fused", clap, lambda *_: None, accept=True)
        yield


def steps(**options):
    return list(feature_steps(PRESET, "env", metrics=["fd"], **options))


@pytest.fixture(scope="module")
def unheard(tmp_path_factory):
    """Six scenes; one model answers the train split with the real sound, another with noise."""
    lake = Lake.create(tmp_path_factory.mktemp("features") / "unheard")
    rows = fill_scenes(lake, 6, seconds=SECONDS)
    clips = [clip.clip_id for clip in rows["clips"] if clip.split == "train"]
    sounds = {audio.clip_id: audio.audio.bytes for audio in rows["audio"]}
    noise = np.random.default_rng(0).normal(size=(2, int(RATE * SECONDS))) * 0.1
    hissed = [flac(noise[0]), flac(noise[1]), b"broken", flac(np.zeros(RATE))]
    fill_generations(lake, rows, {clip: [sounds[clip]] for clip in clips}, model="parrot@1")
    hissing = {clip: [sound] for clip, sound in zip(clips, hissed, strict=True)}
    fill_generations(lake, rows, hissing, model="hiss@1")
    return lake


@pytest.fixture(scope="module")
def heard(unheard):
    """The same lake, heard, with the summary of each step."""
    lake = Lake.open(shutil.copytree(unheard.root, unheard.root.with_name("heard")))
    return lake, [run_step(step, lake) for step in steps()]


@pytest.fixture
def lake(unheard, tmp_path):
    return Lake.open(shutil.copytree(unheard.root, tmp_path / "lake"))


def hearing(lake, metrics=("fd",), **options):
    listeners = published_listeners(protocol_named(PRESET), metrics)
    return StoredHearing(lake=lake, listeners=listeners, **options)


def figures(measured):
    return {(r.name, r.system, r.row_kind, r.dataset): r for r in measured.rows}


def test_every_sound_is_heard_or_refused_with_its_reason(heard):
    lake, (generated, real, noise) = heard

    assert generated.counts.rows_in == 8
    assert generated.counts.dropped == Counter(undecodable=1, silent=1)
    assert (real.counts.produced, noise.counts.produced) == (4, 4)
    rows = lake.read("features", ["subject_id", "scorer", "name", "vector"]).to_pylist()
    assert {(row["name"], len(row["vector"])) for row in rows} == {("embedding", 1024)}
    assert len({(row["subject_id"], row["scorer"]) for row in rows}) == 6 + 4 + 4
    refused = lake.read("ledger").to_pylist()
    assert sorted((r["table"], r["reason"], r["step"]) for r in refused) == [
        ("generations", "silent", "features"),
        ("generations", "undecodable", "features"),
    ]
    assert not verify(lake)


def test_one_hearing_of_a_network_serves_the_metrics_of_all_its_layers(lake, tmp_path):
    write_cnn14(tmp_path / "cnn14.pth", package_cnn14(16_000))
    add("cnn14-16k", tmp_path / "cnn14.pth", lambda *_: None, link=True, accept=True)

    asked = {
        metrics: list(feature_steps("audioldm-eval", "env", metrics=metrics))
        for metrics in ((), ("is",))
    }
    for step in asked["is",]:
        run_step(step, lake)

    # FD rests on another layer than IS, yet nothing has to be heard again for it.
    assert [step.scorer for step in asked[()]] == [step.scorer for step in asked["is",]]
    listeners = published_listeners(protocol_named("audioldm-eval"), ["fd", "kl_ref_gen", "is"])
    found = evaluated(StoredHearing(lake=lake, listeners=listeners), answered_contexts(lake))
    assert {row.name for row in found.rows} == {"fd", "kl_ref_gen", "is"}


def test_real_sound_that_no_answer_asks_for_is_not_heard(heard):
    lake, _ = heard
    answered = set(answered_contexts(lake).reference_clips())
    clips = set(lake.read("clips", ["clip_id"])["clip_id"].to_pylist())

    heard_clips = clips & set(lake.read("features", ["subject_id"])["subject_id"].to_pylist())

    assert heard_clips == answered
    assert len(clips - answered) == 2


def test_a_second_run_hears_nothing(heard):
    lake, _ = heard
    versions = lake.versions()

    again = [run_step(step, lake) for step in steps()]

    assert [(summary.planned, summary.done_before) for summary in again] == [(2, 2), (1, 1), (1, 1)]
    assert lake.versions() == versions


def test_two_lakes_get_the_same_bytes(heard, lake):
    first = steps()[0]
    run_step(first, lake)

    def content(one):
        mark = first.scorer
        return {s.identity for s in one.shards("features") if f"{mark}-generations" in s.slot}

    assert content(lake) == content(heard[0])
    assert len(content(lake)) == 2


def test_what_a_killed_run_left_is_not_heard_again(heard, lake):
    step = steps()[0]
    first, _ = step.plan(lake)
    runs = TaskRuns(step, lake.root)
    left = runs.finished(first, runs.made(first, lambda _: None), time.monotonic())
    assert not lake.shards("features")

    summary = run_step(step, lake)

    assert not summary.errors
    (reused,) = [outcome for outcome in summary.outcomes if outcome.reused]
    assert reused.slot == left.slot
    expected = {s.identity for s in heard[0].shards("features")}
    assert {shard.identity for shard in lake.shards("features")} <= expected


def test_the_figures_are_those_of_the_same_sounds_in_plain_folders(heard, tmp_path):
    lake = Lake.open(shutil.copytree(heard[0].root, tmp_path / "lake"))
    for step in feature_steps(PRESET, "env", metrics=["cl"]):
        run_step(step, lake)
    real = {r["clip_id"]: r["audio"]["bytes"] for r in lake.read("audio").to_pylist()}
    contexts = {r["context_id"]: r for r in lake.read("contexts").to_pylist()}
    train = [c for c in contexts.values() if c["split"] == "train"]
    wanted = {c["context_id"] for c in train}
    captions = []
    for row in lake.read("generations").to_pylist():
        if row["context_id"] in wanted and row["model"] == "hiss@1":
            clip = contexts[row["context_id"]]["reference_clip_id"]
            write(tmp_path / "made" / f"{clip}.flac", row["audio"]["bytes"])
            write(tmp_path / "real" / f"{clip}.flac", real[clip])
            text = contexts[row["context_id"]]["judge_text"]
            captions.append(json.dumps({"id": clip, "text": text}))
    (tmp_path / "texts.jsonl").write_text("\n".join(captions))
    pairing = paired(tmp_path / "made", tmp_path / "real", read_captions(tmp_path / "texts.jsonl"))
    listeners = published_listeners(protocol_named(PRESET), ["fd", "cl"])
    subject = Subject(pairing=pairing, system="hiss@1", dataset="contexts/train")
    cache = FeatureCache(folder=tmp_path / "cache")

    folders = figures(evaluated_folders(listeners, subject, cache).measured)
    stored = figures(evaluated(hearing(lake, ["fd", "cl"]), answered_contexts(lake, "train")))

    for key in (
        ("fd", "hiss@1", "system", "contexts/train"),
        ("fd", "noise", "noise", "contexts/train"),
        ("cl", "hiss@1", "system", "contexts/train"),
        ("cl", "noise", "noise", "contexts/train"),
    ):
        tolerance = 1e-9 if key[0] == "fd" else 1e-6  # the cache keeps texts in float32
        assert stored[key].value == pytest.approx(folders[key].value, rel=tolerance)
        for name in ("n", "frames", "reference_frames", "scorer", "protocol_digest", "preset"):
            assert getattr(stored[key], name) == getattr(folders[key], name), name


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def test_windows_that_do_not_fit_in_memory_give_the_same_distance(heard):
    lake, _ = heard
    answered = answered_contexts(lake)
    hissing = ("train", "hiss@1")
    answered = replace(answered, generations={hissing: answered.generations[hissing]})

    held = figures(evaluated(hearing(lake), answered))
    streamed = figures(evaluated(hearing(lake, most_windows=0), answered))

    for system, kind in (("hiss@1", "system"), ("noise", "noise")):
        key = ("fd", system, kind, "contexts/train")
        assert streamed[key].value == pytest.approx(held[key].value, rel=1e-9)
        for name in ("n", "n_missing", "frames", "reference_frames"):
            assert getattr(streamed[key], name) == getattr(held[key], name), name


def test_a_row_says_which_sound_was_heard_and_what_that_is_worth(heard):
    lake, _ = heard
    for row in evaluated(hearing(lake), answered_contexts(lake, "train")).rows:
        assert "generations of 16000 Hz against real sound of 16000 Hz mono (`audio`)" in row.note
        assert not row.comparable


def test_a_sound_that_nobody_has_heard_yet_is_told_with_the_command(lake):
    with pytest.raises(ValueError, match=r"has not heard 4 of 4 sounds of `audio`; run `ualm eval"):
        evaluated(hearing(lake), answered_contexts(lake))


def test_the_command_that_is_told_lets_the_openl3_of_music_listen(lake, tmp_path):
    given = save(tmp_path / "music.h5", seed=2)
    add("openl3-mel256-music-512", given, lambda *_: None, link=True, accept=True)
    listeners = published_listeners(protocol_named(PRESET, "music"), ["fd"])

    with pytest.raises(ValueError, match=rf"--preset {PRESET} --content music --table audio`"):
        evaluated(StoredHearing(lake=lake, listeners=listeners), answered_contexts(lake))


def test_noise_of_another_seed_is_told_with_the_command(heard):
    lake, _ = heard
    with pytest.raises(ValueError, match=r"noise of the seed 3 has not been heard; .*--seed 3`"):
        evaluated(hearing(lake, seed=3), answered_contexts(lake))


def test_real_sound_is_never_that_of_a_model(heard):
    with pytest.raises(ValueError, match="real sound of the table audio or hifi, got 'generation"):
        hearing(heard[0], real_table="generations")


def test_a_refused_sound_is_missing_and_no_reason_to_hear_again(heard):
    lake, _ = heard
    row = figures(evaluated(hearing(lake), answered_contexts(lake)))[
        ("fd", "hiss@1", "system", "contexts/train")
    ]
    assert (row.n, row.n_missing, row.frames) == (2, 2, 4)


def test_weights_that_change_after_the_plan_are_an_error_of_the_shard(lake):
    step = replace(steps()[0], scorer="openl3-mel256-env-512@000000000000+00000000")

    summary = run_step(step, lake)

    assert len(summary.errors) == 2
    assert all("its weights have changed" in error for _, error in summary.errors)


def test_a_lake_without_the_wanted_sound_is_told(lake):
    (_, hifi, _) = steps(tables=["generations", "hifi"])

    with pytest.raises(ValueError, match="expected sounds in the table hifi"):
        run_step(hifi, lake)


@pytest.fixture
def ualm():
    """Run a command of the suite: its exit code, and what it printed."""
    from ualm.cli import app

    def run(*arguments):
        result = CliRunner().invoke(app, [str(one) for one in arguments])
        return result.exit_code, result.output

    return run


def test_the_commands_hear_and_measure(heard, tmp_path, ualm):
    lake = Lake.open(shutil.copytree(heard[0].root, tmp_path / "lake"))
    chosen = ("--lake", lake.root, "--preset", PRESET, "--metrics", "fd")

    code, output = ualm("evaluate", "features", *chosen)
    assert code == 0, output
    assert "hears noise in place of `audio`" in output
    assert "2 shards, 2 done before" in output

    code, output = ualm("evaluate", "metrics", *chosen)
    assert code == 0, output
    rows = lake.read("metrics").to_pylist()
    assert {row["system"] for row in rows} == {"parrot@1", "hiss@1", "ground_truth", "noise"}
    assert {row["preset"].partition(":")[0] for row in rows} == {PRESET}
    assert not verify(lake)

    assert ualm("evaluate", "metrics", *chosen)[0] == 0
    assert lake.read("metrics").num_rows == len(rows)


def test_a_lake_for_the_rows_of_plain_folders_is_made_where_there_is_none(tmp_path, ualm):
    rng = np.random.default_rng(0)
    for side in ("made", "real"):
        (tmp_path / side).mkdir()
        for name in "ab":
            sound = flac(0.1 * rng.normal(size=int(RATE * SECONDS)))
            (tmp_path / side / f"{name}.flac").write_bytes(sound)

    (tmp_path / "made" / "hush.flac").write_bytes(flac(np.zeros(RATE)))

    folders = ("--generated", tmp_path / "made", "--reference", tmp_path / "real")
    keeping = ("--lake", tmp_path / "rows", "--cache", tmp_path / "cache")
    code, output = ualm("evaluate", "audio", *folders, "--metrics", "fd", *keeping)

    assert code == 0, output
    kinds = Lake.open(tmp_path / "rows").read("metrics", ["row_kind"])["row_kind"].to_pylist()
    assert sorted(kinds) == ["noise", "system"]
    assert "generated/hush (silent for openl3-mel256-env-512)" in output


def test_all_missing_weights_are_told_in_one_line_before_anything_is_heard(lake, ualm, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(lake.root.parent / "none"))

    code, output = ualm("evaluate", "features", "--lake", lake.root)

    assert code == 2
    assert "run `ualm weights pull openl3-mel256-env-512 passt-s-ap476 clap-htsat-fused" in output


def test_a_lake_without_generations_is_told_before_a_network_is_loaded(tmp_path, ualm):
    empty = Lake.create(tmp_path / "empty")

    code, output = ualm("evaluate", "features", "--lake", empty.root, "--preset", PRESET)

    assert code == 2
    assert "found none; run `ualm generate` first" in output
