import json
import shutil

import numpy as np
import pytest
import soundfile

from pipelines.sources.folder import folder_source
from pipelines.sources.named import SourceOptions, source_named
from pipelines.sources.source import REFUSALS, listing_digest
from schemas.audio.sound import DecodeError, Limits
from schemas.ids import file_digest
from tests.faults.hostile_cases import Scratch
from tests.faults.hostile_manifests import lay_traps
from tests.faults.hostile_manifests import paths as hostile_paths


def make(folder, *rows, name="clips.jsonl"):
    for audio in ("a.wav", "sub/b.wav"):
        (folder / audio).parent.mkdir(exist_ok=True, parents=True)
        soundfile.write(folder / audio, np.full(16_000, 0.1), 16_000)
    sidecar = folder / name
    sidecar.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder_source(sidecar)


def only(source):
    (item,) = source.items()
    return item


def test_an_item_carries_what_its_row_says(tmp_path):
    row = {
        "path": "./sub//b.wav",
        "text": "a hum",
        "text_kind": "class_label",
        "license": "CC0",
        "attribution": "me",
        "uploader": "you",
        "duration": 1.0,
        "anything": {"else": 1},
    }
    item = only(make(tmp_path, row))
    assert (item.source_id, item.uri) == ("sub/b.wav", "sub/b.wav")
    assert (item.licence, item.attribution, item.uploader) == ("CC0", "me", "you")
    assert item.duration_s == 1
    assert item.size == (tmp_path / "sub/b.wav").stat().st_size
    assert item.refusal is None
    (text,) = item.texts
    assert (text.text, text.kind, text.licence) == ("a hum", "label", "CC0")


def test_several_texts_are_kept_in_order_and_once(tmp_path):
    row = {"path": "a.wav", "text": "one", "texts": ["two", " ", "one", "three"]}
    item = only(make(tmp_path, row))
    assert [text.text for text in item.texts] == ["one", "two", "three"]
    assert {text.kind for text in item.texts} == {"human"}


def test_a_text_may_have_a_licence_of_its_own(tmp_path):
    item = only(make(tmp_path, {"path": "a.wav", "caption": "x", "text_licence": "MIT"}))
    assert (item.licence, item.texts[0].licence) == (None, "MIT")


def test_a_row_without_text_is_an_item_without_text(tmp_path):
    assert only(make(tmp_path, {"path": "a.wav", "text": ""})).texts == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "no path"}, "bad_row"),
        ({"path": 3}, "bad_row"),
        ({"path": "a\0.wav"}, "bad_row"),
        ({"path": "a.wav", "text": 3}, "bad_row"),
        ({"path": "a.wav", "texts": "one"}, "bad_row"),
        ({"path": "a.wav", "texts": [None, 3]}, "bad_row"),
        ({"path": "a.wav", "duration": "long"}, "bad_row"),
        ({"path": "a.wav", "duration": -1}, "bad_row"),
        ({"path": "a.wav", "duration": True}, "bad_row"),
        ({"path": "a.wav", "duration": [1]}, "bad_row"),
        ({"path": "a.wav", "text": "\ud800"}, "encoding"),
        ({"path": "a.wav", "text_kind": "guess"}, "unknown_text_kind"),
        ({"path": "c.wav"}, "missing_audio"),
        ({"path": "sub"}, "missing_audio"),
        ({"path": "a.wav/b.wav"}, "missing_audio"),
        ({"path": "x" * 5_000}, "missing_audio"),
        ({"path": "../a.wav"}, "path_escapes"),
        ({"path": "/etc/hostname"}, "path_escapes"),
        ({"path": "sub/../../a.wav"}, "path_escapes"),
    ],
)
def test_a_defect_is_a_refused_item(tmp_path, row, reason):
    item = only(make(tmp_path / "set", row))
    assert item.refusal.reason == reason
    assert reason in REFUSALS
    assert item.source_id


def test_a_link_that_leaves_the_folder_escapes(tmp_path):
    source = make(tmp_path / "set", {"path": "link.wav"})
    (tmp_path / "set/link.wav").symlink_to("/etc/hostname")
    assert only(source).refusal.reason == "path_escapes"


def linked(tmp_path, path="audio/b.wav"):
    """Write sounds on another disk, and a sidecar beside a link to them."""
    make(tmp_path / "disk")
    sidecar = tmp_path / "set/clips.jsonl"
    sidecar.parent.mkdir()
    (sidecar.parent / "audio").symlink_to(tmp_path / "disk/sub")
    sidecar.write_text(json.dumps({"path": path}) + "\n")
    return sidecar


def test_a_link_that_leaves_the_folder_is_told_with_its_target_and_the_way_out(tmp_path):
    sidecar, target = linked(tmp_path), tmp_path / "disk/sub"
    refusal = only(folder_source(sidecar)).refusal
    assert refusal.detail.startswith("a symbolic link leads out of the sidecar's folder: audio -> ")
    assert f"audio -> {target};" in refusal.detail
    assert refusal.detail.endswith(f"--audio {target}")


def test_a_link_to_one_file_is_told_with_the_folder_to_allow(tmp_path):
    sidecar = linked(tmp_path, "here/b.wav")
    (tmp_path / "set/here").mkdir()
    (tmp_path / "set/here/b.wav").symlink_to(tmp_path / "disk/a.wav")
    detail = only(folder_source(sidecar)).refusal.detail
    assert f"here/b.wav -> {tmp_path / 'disk/a.wav'};" in detail
    assert detail.endswith(f"--audio {tmp_path / 'disk'}")


@pytest.mark.parametrize("audio", ["disk/sub", "disk", "set/audio"])
def test_links_lead_into_the_folder_that_the_user_trusts(tmp_path, audio):
    options = SourceOptions(audio=str(tmp_path / audio))
    source = source_named("folder", str(linked(tmp_path)), options)
    item = only(source)
    assert (item.refusal, item.source_id) == (None, "audio/b.wav")
    assert source.receive(item, Limits()).sound.frames == 16_000


def test_a_sound_that_is_not_beside_the_sidecar_is_looked_for_in_the_trusted_folder(tmp_path):
    source = folder_source(linked(tmp_path, "sub/b.wav"), audio=tmp_path / "disk")
    item = only(source)
    assert (item.refusal, item.source_id) == (None, "sub/b.wav")
    assert source.receive(item, Limits()).sound.frames == 16_000


def test_a_trusted_folder_opens_no_other_to_hostile_paths(tmp_path):
    scratch = Scratch(root=tmp_path)
    for folder in (scratch.inputs, scratch.canary.parent, tmp_path / "trusted"):
        folder.mkdir()
    scratch.canary.write_bytes(b"sings")
    lay_traps(scratch)
    (tmp_path / "trusted/link.flac").symlink_to(scratch.canary)
    (tmp_path / "trusted/linked").symlink_to(scratch.canary.parent)
    paths = [path for _, path in hostile_paths(scratch)]
    (scratch.inputs / "in.jsonl").write_text("".join(f"{json.dumps({'path': p})}\n" for p in paths))
    bare = tmp_path / "bare"  # where the trusted folder is looked in, for nothing lies beside
    bare.mkdir()
    shutil.copy(scratch.inputs / "in.jsonl", bare)
    for folder in (scratch.inputs, bare):
        items = list(folder_source(folder / "in.jsonl", audio=tmp_path / "trusted").items())
        assert len(items) == len(paths)
        assert [item.source_id for item in items if item.refusal is None] == []
        escaped = {i.source_id for i in items if i.refusal.reason == "path_escapes"}
        assert {"link.flac", "linked/canary.flac", str(scratch.canary)} <= escaped


@pytest.mark.parametrize(
    ("audio", "found"),
    [("none", "nothing at"), ("set/clips.jsonl", "a file at"), ("s3://b/a", "found a URL")],
)
def test_what_is_no_local_folder_cannot_be_trusted(tmp_path, audio, found):
    given = audio if "://" in audio else str(tmp_path / audio)
    with pytest.raises(ValueError, match=f"expected a local folder .*{found}"):
        source_named("folder", str(linked(tmp_path)), SourceOptions(audio=given))


def test_a_csv_sidecar_says_the_same_as_jsonl(tmp_path):
    make(tmp_path, {"path": "a.wav", "text": "a hum", "duration": 1, "licence": "CC0"})
    (tmp_path / "clips.csv").write_text("path,text,duration,licence\na.wav,a hum,1,CC0\n")
    one, other = (only(folder_source(tmp_path / f"clips.{s}", "n")) for s in ("jsonl", "csv"))
    assert (one.source_id, one.texts, one.duration_s) == (
        other.source_id,
        other.texts,
        other.duration_s,
    )


def test_receiving_decodes_and_hashes_the_file(tmp_path):
    source = make(tmp_path, {"path": "sub/b.wav"})
    received = source.receive(only(source), Limits())
    assert received.sound.frames == 16_000
    assert received.raw_sha256 == file_digest(tmp_path / "sub/b.wav")


def test_a_duration_that_the_file_misses_is_truncated(tmp_path):
    source = make(tmp_path, {"path": "a.wav", "duration": 10})
    with pytest.raises(DecodeError, match=r"truncated: expected 10.000 s as the sidecar says"):
        source.receive(only(source), Limits())


def test_the_fingerprint_follows_row_and_file(tmp_path):
    source = make(tmp_path, {"path": "a.wav", "text": "x"})
    before = listing_digest(source.items())
    assert listing_digest(source.items()) == before
    make(tmp_path / "other", {"path": "a.wav", "text": "y"})
    soundfile.write(tmp_path / "a.wav", np.full(16_001, 0.1), 16_000)
    assert listing_digest(source.items()) != before


def test_a_missing_file_that_turns_up_changes_the_fingerprint(tmp_path):
    source = make(tmp_path, {"path": "late.wav"})
    before = listing_digest(source.items())
    soundfile.write(tmp_path / "late.wav", np.full(16_000, 0.1), 16_000)
    assert listing_digest(source.items()) != before


def test_the_name_is_that_of_folder_and_file_unless_given(tmp_path):
    make(tmp_path / "my set", {"path": "a.wav"})
    sidecar = tmp_path / "my set/clips.jsonl"
    assert folder_source(sidecar).name == "my-set-clips"
    named = folder_source(sidecar, "Birds of 2024")
    assert (named.name, named.root) == ("Birds of 2024", "folder-Birds-of-2024")


@pytest.mark.parametrize(("path", "found"), [("missing.jsonl", "nothing"), (".", "a folder")])
def test_a_sidecar_that_is_no_file_is_an_error(tmp_path, path, found):
    with pytest.raises(ValueError, match=rf"expected a sidecar file .* found {found}"):
        folder_source(tmp_path / path)


def test_an_unknown_default_text_kind_is_an_error(tmp_path):
    make(tmp_path)
    with pytest.raises(ValueError, match=r"expected a text kind of human, .*; got 'guess'"):
        folder_source(tmp_path / "clips.jsonl", text_kind="guess")


def test_a_url_is_no_path_and_its_password_is_not_kept(tmp_path):
    (tmp_path / "clips.jsonl").write_text('{"path": "https://me:hunter2@x.example/a.wav"}\n')
    (item,) = folder_source(tmp_path / "clips.jsonl").items()
    assert item.refusal.reason == "bad_row"
    assert "hunter2" not in repr(item)


def test_texts_alone_are_read_where_no_sound_lies(tmp_path):
    sidecar = tmp_path / "set.jsonl"
    sidecar.write_text('{"path": "absent.wav", "text": "a hum"}\n')
    item = only(source_named("folder", str(sidecar), SourceOptions(texts_only=True)))
    assert (item.refusal, item.has_sound, item.texts[0].text) == (None, False, "a hum")
    assert only(folder_source(sidecar)).refusal.reason == "missing_audio"
