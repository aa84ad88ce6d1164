"""Exports: what may leave, what never does, and that a folder is whole or not there."""

import hashlib
import json
from pathlib import Path

import pytest

from pipelines.exports.export import FORMS, export
from pipelines.exports.folder import new_folder
from pipelines.exports.form import Options
from pipelines.exports.rights import rights
from pipelines.exports.rows import Choice
from schemas.removal import Takedown, remove
from schemas.shards import LakeWriteError
from schemas.tables import TABLES
from tests.pipelines.exports.folders import bytes_of, credited, exported
from tests.pipelines.exports.lakes import SOUNDS, choice, judge
from tests.pipelines.policy.lakes import caption, clip, lake_of, name_id, put, verdict

A, B, C, N, X = (name_id("clip", name) for name in "abcnx")


def test_nothing_leaves_a_lake_that_no_policy_has_judged(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"))
    with pytest.raises(
        ValueError, match=r"run `ualm corpus policy` first, or say --without-policy"
    ):
        rights(lake, without_policy=False)
    assert rights(lake, without_policy=True).policy is None


def test_nothing_leaves_while_rows_are_newer_than_their_verdicts(lake):
    put(lake, "captions", [caption("a", "late")], "later")
    with pytest.raises(ValueError, match=r"verdicts of policy 'test' are older.*a-00000"):
        choice(lake)
    judge(lake)
    assert choice(lake).rights.policy.name == "test"


@pytest.mark.parametrize("kind", FORMS)
def test_what_a_verdict_stands_against_never_leaves_in_any_form(kept, tmp_path, kind):
    done = exported(kept, tmp_path / "out", kind)
    assert set(credited(tmp_path / "out")) == {A, B, C}
    assert done.told["clips"] == 3
    assert done.told["captions"] == 3
    assert done.told["left_behind"]["clips refused by a verdict"] == 2
    assert done.told["left_behind"]["captions refused by a verdict"] == 1
    assert done.told["left_behind"]["captions of whole recordings"] == 1
    everything = b"".join(bytes_of(tmp_path / "out").values())
    for name in "nx":
        assert SOUNDS[name] not in everything
    for text in (b"sound n", b"sound x", b"not ours", b"the whole"):
        assert text not in everything


@pytest.mark.parametrize("kind", [kind for kind in FORMS if kind != "ualm"])
def test_conversations_that_a_form_has_no_place_for_are_counted(kept, tmp_path, kind):
    behind = exported(kept, tmp_path / "out", kind).told["left_behind"]
    assert {name: n for name, n in behind.items() if "conversations" in name} == {
        f"conversations that {kind} has no place for": 2,
        "conversations about a clip that stays behind": 1,
        "conversations refused by a verdict": 1,
    }


def test_without_a_policy_the_verdicts_that_stand_are_honoured_all_the_same(kept, tmp_path):
    chosen = Choice(rights=rights(kept, without_policy=True))
    done = exported(kept, tmp_path / "out", "attribution", chosen)
    assert set(credited(tmp_path / "out")) == {A, B, C}
    assert done.told["policy"] is None


def test_a_recording_that_was_refused_takes_its_clips_along(lake, tmp_path):
    put(lake, "decisions", [verdict("recordings", name_id("recording", "a"))], "decontaminate")
    exported(lake, tmp_path / "out", "attribution")
    assert set(credited(tmp_path / "out")) == {B, C}


def test_a_takedown_that_stopped_half_way_is_honoured(lake, tmp_path):
    gone = verdict("recordings", name_id("recording", "a"), step="remove")
    lake.put(
        "decisions",
        "remove.0123456789abcdef",
        TABLES["decisions"].from_rows([gone]),
        "remove",
    )
    assert A in lake.read("clips")["clip_id"].to_pylist()
    exported(lake, tmp_path / "out", "attribution")
    assert set(credited(tmp_path / "out")) == {B, C}


def test_a_takedown_names_the_exports_that_hold_the_rows(lake, tmp_path):
    done = exported(lake, tmp_path / "my out", "webdataset")
    assert done.run_id.startswith("export-webdataset-my-out-")
    removal = remove(lake, Takedown(ids=(A,)))
    assert removal.witnesses.runs == [done.run_id]
    judge(lake)
    later = exported(lake, tmp_path / "later", "attribution")
    assert set(credited(tmp_path / "later")) == {B, C}
    assert later.run_id not in removal.witnesses.runs


def test_a_takedown_during_an_export_stops_it_because_it_could_not_name_it(lake, tmp_path):
    told = Options(name="mine")
    rest = iter([A])

    def take_down(_):
        for clip_id in rest:
            remove(lake, Takedown(ids=(clip_id,)))

    with pytest.raises(ValueError, match="taken down during this export; run it again"):
        export(lake, tmp_path / "out", "attribution", choice(lake), told, take_down)
    assert not (tmp_path / "out").exists()


def test_a_split_and_captions_may_be_asked_for(lake, tmp_path):
    exported(lake, tmp_path / "test", "attribution", choice(lake, split="test"))
    assert set(credited(tmp_path / "test")) == {C}
    put(lake, "decisions", [verdict("captions", caption("b", "sound b").caption_id)], "checks")
    done = exported(lake, tmp_path / "said", "attribution", choice(lake, captioned=True))
    assert set(credited(tmp_path / "said")) == {A, C}
    assert done.told["left_behind"]["clips without caption"] == 1
    with pytest.raises(ValueError, match=r"found none \(.*3 clips of other splits"):
        exported(lake, tmp_path / "none", "hf", choice(lake, split="validation"))
    assert not (tmp_path / "none").exists()


def test_a_folder_with_something_in_it_is_refused_and_left_alone(kept, tmp_path):
    (tmp_path / "note").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="expected a new or empty folder"):
        exported(kept, tmp_path)
    assert bytes_of(tmp_path) == {"note": b"mine"}


def test_an_empty_folder_is_filled(kept, tmp_path):
    (tmp_path / "out").mkdir()
    exported(kept, tmp_path / "out", "attribution")
    assert set(bytes_of(tmp_path / "out")) == {"ATTRIBUTION.csv", "ATTRIBUTION.md", "export.json"}


def test_a_link_to_an_empty_folder_is_followed(kept, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    exported(kept, tmp_path / "link", "attribution")
    assert (tmp_path / "link").is_symlink()
    assert set(credited(tmp_path / "there")) == {A, B, C}


def test_the_current_folder_is_refused_before_anything_is_written(kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"but \. is the current one"):
        exported(kept, Path(), "attribution")
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_nothing_behind(tmp_path):
    def fill():
        with new_folder(tmp_path / "out") as folder:
            (folder / "half").write_text("x", encoding="utf-8")
            raise OSError(28, "No space left on device")

    with pytest.raises(LakeWriteError, match="No space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FORMS)
def test_equal_lakes_give_equal_bytes(kept, tmp_path, kind):
    folders = []
    for name in ("one", "two"):
        exported(kept, tmp_path / name, kind, location="/data")
        folders.append(bytes_of(tmp_path / name))
    assert folders[0] == folders[1]


@pytest.mark.parametrize("kind", FORMS)
def test_the_manifest_lists_every_file_with_its_digest_and_the_tables_read(kept, tmp_path, kind):
    exported(kept, tmp_path / "out", kind)
    told = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    files = bytes_of(tmp_path / "out")
    del files["export.json"]
    assert {f["path"]: (f["bytes"], f["sha256"]) for f in told["files"]} == {
        path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()
    }
    assert told["table_versions"]["clips"] == kept.version("clips")
    assert told["policy"]["name"] == "test"
