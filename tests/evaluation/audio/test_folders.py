import json

import numpy as np
import pytest
import soundfile

from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.folders import evaluated_folders
from evaluation.audio.listeners import judge_listeners
from evaluation.audio.pairing import paired, read_captions
from evaluation.audio.results import as_json, ledger_rows, write_files, write_lake
from evaluation.audio.subject import Subject, sounds_to_hear
from evaluation.rows.baseline_rows import NOISE_CLIPS
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.scenes import EVENTS, RATE, sound_of


def write(folder, stem, samples, suffix="wav"):
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / f"{stem}.{suffix}", samples, RATE)


@pytest.fixture
def folders(tmp_path):
    """Six events: generated are other takes of the same event; two stems lack a partner."""
    rng = np.random.default_rng(1)
    texts = []
    for i, event in enumerate(EVENTS):
        write(tmp_path / "real", f"clip{i}", sound_of([event], rng, 1.0))
        write(tmp_path / "made", f"clip{i}", sound_of([event], rng, 1.0))
        texts.append({"id": f"clip{i}", "text": f"A recording of {event}."})
    write(tmp_path / "real", "unmade", np.zeros(RATE))
    write(tmp_path / "made", "extra", sound_of(["rain"], rng, 1.0))
    (tmp_path / "made" / "broken.wav").write_bytes(b"no sound")
    captions = tmp_path / "texts.jsonl"
    captions.write_text("".join(json.dumps(row) + "\n" for row in texts))
    return tmp_path


@pytest.fixture
def evaluated(folders, judge):
    """Evaluate the folders, with an own seed, cache or subject."""

    def run(advance=lambda _: None, cache="cache", **own):
        pairing = paired(folders / "made", folders / "real", read_captions(folders / "texts.jsonl"))
        named = {"pairing": pairing, "system": "made", "dataset": "folder:real"} | own
        store = FeatureCache(folder=folders / cache)
        return evaluated_folders(judge_listeners(judge), Subject(**named), store, advance=advance)

    return run


def row_of(result, name, kind="system"):
    return next(r for r in result.measured.rows if (r.name, r.row_kind) == (name, kind))


def test_every_sound_is_counted_and_what_cannot_be_heard_is_named(evaluated):
    done = []
    result = evaluated(advance=done.append)
    assert sum(done) == 8 + 7 + 7  # generated, real, noise in the place of each real one
    assert result.matching.unusable == {"generated/broken": "undecodable"}
    assert [r.sound_id for r in result.refusals] == ["generated/broken"]


def test_noise_in_place_of_a_broken_file_is_not_counted_beside_it(evaluated, folders):
    (folders / "real" / "clip0.wav").write_bytes(b"broken")
    result = evaluated()
    assert set(result.matching.unusable) == {"generated/broken", "reference/clip0"}
    assert {r.sound_id for r in result.refusals} == set(result.matching.unusable)


def test_rows_count_what_was_left_out(evaluated):
    result = evaluated()
    cl = row_of(result, "cl")
    assert (cl.system, cl.dataset, cl.n, cl.n_missing) == ("made", "folder:real", 6, 2)
    assert cl.value > row_of(result, "cl", "noise").value
    assert row_of(result, "fd").n == 7
    assert json.loads(json.dumps(as_json(result), allow_nan=False))["metrics"]


def test_a_caption_without_an_answer_is_a_missing_answer(evaluated, folders):
    (folders / "made" / "clip0.wav").unlink()
    cl = row_of(evaluated(), "cl")
    assert (cl.n, cl.n_missing) == (5, 3)


def test_a_second_run_hears_nothing_and_gives_the_same_digits(evaluated, folders):
    first = evaluated()
    before = {path: path.stat().st_mtime_ns for path in (folders / "cache").rglob("*.features")}
    assert as_json(evaluated()) == as_json(first)
    after = {path: path.stat().st_mtime_ns for path in (folders / "cache").rglob("*.features")}
    assert after == before
    assert as_json(evaluated(cache="another")) == as_json(first)


def test_noise_stands_for_a_seeded_choice_of_many_real_sounds(folders):
    pairing = paired(folders / "made", folders / "real")
    many = {f"r{i}": pairing.real["clip0"] for i in range(NOISE_CLIPS + 50)}
    more = type(pairing)(generated=pairing.generated, real=many, captions={})
    chosen = [
        [s.sound_id for s in sounds_to_hear(subject) if s.noise_seed is not None]
        for seed in (0, 0, 1)
        for subject in [Subject(pairing=more, system="made", dataset="d", seed=seed)]
    ]
    assert len(chosen[0]) == NOISE_CLIPS
    assert chosen[0] == chosen[1] != chosen[2]


def test_noise_is_listed_behind_its_sound_so_that_it_is_decoded_once(folders):
    pairing = paired(folders / "made", folders / "real")
    sounds = sounds_to_hear(Subject(pairing=pairing, system="made", dataset="d"))
    paths = [sound.path for sound in sounds if sound.path.parent.name == "real"]
    assert paths[::2] == paths[1::2]


def test_two_systems_of_one_set_have_one_digest_and_another_caption_has_another(folders):
    def digest(generated, texts):
        (folders / "t.csv").write_text("id,text\n" + texts)
        pairing = paired(folders / generated, folders / "real", read_captions(folders / "t.csv"))
        return Subject(pairing=pairing, system=generated, dataset="d").digest

    assert digest("made", "clip0,A bell\n") == digest("real", "clip0,A bell\n")
    assert digest("made", "clip0,A bell\n") != digest("made", "clip0,A dog\n")


def test_six_clips_cannot_establish_trust(evaluated):
    assert all("plumbing" in r.note for r in evaluated().measured.rows if r.name == "cl")


def test_without_real_sound_only_what_needs_none_is_measured(folders, judge):
    pairing = paired(folders / "made", None, read_captions(folders / "texts.jsonl"))
    result = evaluated_folders(
        judge_listeners(judge),
        Subject(pairing=pairing, system="made", dataset="texts"),
        FeatureCache(folder=folders / "cache"),
    )
    assert {r.name for r in result.measured.rows} == {"is", "cl", "quality"}
    assert {r.row_kind for r in result.measured.rows} == {"system", "shuffled", "noise"}
    assert "no real sounds were given: no rows of ground truth" in result.notes
    assert {"fd", "kl_gen_ref"} <= {why.metric for why in result.measured.left_out}


def test_several_captions_share_a_real_sound_that_fd_takes_once(folders, judge):
    rows = [f"clip{i},Text {i},clip{i % 2}" for i in range(6)]
    (folders / "shared.csv").write_text("\n".join(["id,text,reference", *rows]))
    pairing = paired(folders / "made", folders / "real", read_captions(folders / "shared.csv"))
    result = evaluated_folders(
        judge_listeners(judge),
        Subject(pairing=pairing, system="made", dataset="d"),
        FeatureCache(folder=folders / "cache"),
    )
    kl = row_of(result, "kl_gen_ref")
    assert "sounds for 2 real clips" in kl.note
    assert kl.n == 6
    assert row_of(result, "cl", "ground_truth").n == 6
    assert row_of(result, "quality", "ground_truth").n == 11  # 3 + 3 texts, and 5 without


def test_a_folder_without_a_readable_sound_is_an_error(folders, judge):
    (folders / "bad").mkdir()
    (folders / "bad" / "a.wav").write_bytes(b"")
    subject = Subject(pairing=paired(folders / "bad", folders / "real"), system="bad", dataset="d")
    with pytest.raises(ValueError, match=r"expected generated sounds .* got none \(empty\)"):
        evaluated_folders(judge_listeners(judge), subject, FeatureCache(folder=folders / "cache"))


def test_plain_files_hold_what_the_result_holds(evaluated, folders):
    import polars as pl

    result = evaluated()
    sides = {"generated": folders / "made", "reference": folders / "real"}
    paths = write_files(result, sides, folders / "out")
    assert [p.name for p in paths] == [
        "metrics.parquet",
        "clip_scores.parquet",
        "ledger.parquet",
        "evaluation.json",
    ]
    assert pl.read_parquet(paths[0]).height == len(result.measured.rows)
    assert pl.read_parquet(paths[2]).select("row_id", "reason").rows() == [
        ("broken", "undecodable")
    ]
    assert json.loads(paths[3].read_text()) == json.loads(json.dumps(as_json(result)))


def test_a_lake_holds_each_figure_once_however_often_it_is_measured(evaluated, folders, tmp_path):
    lake = Lake.create(tmp_path / "lake")
    sides = {"generated": folders / "made", "reference": folders / "real"}
    for _ in range(2):
        write_lake(evaluated(), sides, lake)
    result = evaluated(system="other")
    write_lake(result, sides, lake)
    metrics = lake.read("metrics").to_pylist()
    assert len({row["metric_id"] for row in metrics}) == len(metrics)
    assert {row["system"] for row in metrics} == {
        "made",
        "other",
        "ground_truth",
        "shuffled",
        "noise",
    }
    scores = lake.read("clip_scores").to_pylist()
    keys = [tuple(row[name] for name in TABLES["clip_scores"].key) for row in scores]
    assert len(set(keys)) == len(keys) > 20
    assert [row["row_id"] for row in lake.read("ledger").to_pylist()] == ["broken"]


def test_a_file_that_was_mended_leaves_the_ledger(evaluated, folders, tmp_path):
    lake = Lake.create(tmp_path / "lake")
    sides = {"generated": folders / "made", "reference": folders / "real"}
    write_lake(evaluated(), sides, lake)
    write(folders / "made", "broken", sound_of(["rain"], np.random.default_rng(5), 1.0))
    write_lake(evaluated(), sides, lake)
    assert lake.read("ledger").num_rows == 0
    assert ledger_rows(evaluated(), sides) == []
