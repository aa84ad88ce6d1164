import io
import json
import tarfile

import pytest

from pipelines.sources.named import SourceOptions, source_named
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import listed, reasons, sound, tar_of

LAION = {
    "text": ["The sounds of Harp and Music"],
    "tag": ["Music", "Harp"],
    "original_data": {
        "title": "Oriental Harp 3",
        "license": "http://creativecommons.org/licenses/by/3.0/",
        "uploader": "Soughtaftersounds",
        "url": "https://freesound.org/people/Soughtaftersounds/sounds/145450/",
    },
}


def source(folder, given=None, **options):
    return source_named("webdataset", str(given or folder), SourceOptions(**options))


def shard(folder, name, *members, cut=None):
    data = tar_of(members)
    (folder / name).write_bytes(data if cut is None else data[:cut])


def pair(key, seed=0, **values):
    said = json.dumps(values or {"text": ["a dog"]}).encode()
    return ((f"{key}.flac", sound(seed)), (f"{key}.json", said))


def test_a_sample_as_laion_writes_it_is_an_item_with_its_texts_and_credits(tmp_path):
    shard(tmp_path, "name0.tar", *pair("train/1", **LAION))
    (item,) = listed(source(tmp_path))
    assert (item.source_id, item.uri, item.member) == (
        "name0.tar/train/1",
        "name0.tar",
        "train/1.flac",
    )
    assert [(t.text, t.kind) for t in item.texts] == [
        ("The sounds of Harp and Music", "human"),
        ("Music, Harp", "label"),
    ]
    assert item.licence == "http://creativecommons.org/licenses/by/3.0/"
    assert (item.uploader, item.original) == ("Soughtaftersounds", "freesound:145450")
    assert source(tmp_path).receive(item, Limits()).sound.frames == 19_200


def test_a_sample_whose_rights_alone_changed_is_another_item(tmp_path):
    found = []
    for licence in ("CC-BY 3.0", "CC-BY 4.0"):
        shard(tmp_path, "a.tar", *pair("1", text=["a dog"], original_data={"license": licence}))
        found += listed(source(tmp_path))
    assert [item.licence for item in found] == ["CC-BY 3.0", "CC-BY 4.0"]
    assert found[0].fingerprint[1:] == found[1].fingerprint[1:]
    assert found[0].fingerprint != found[1].fingerprint


def test_plain_texts_and_classes_and_other_sounds_are_read_too(tmp_path):
    members = [("1.wav", sound()), ("1.txt", b" a dog\n"), ("2.cls", b"7"), ("2.mp3", sound())]
    shard(tmp_path, "a.tar", *members)
    first, second = listed(source(tmp_path))
    assert [(t.text, t.kind) for t in first.texts] == [("a dog", "human")]
    assert [(t.text, t.kind) for t in second.texts] == [("7", "label")]


def test_tars_come_in_order_and_keys_may_come_again_in_another(tmp_path):
    for name in ("b.tar", "a.tar"):
        shard(tmp_path, name, *pair("1"), *pair("2"))
    assert [item.source_id for item in listed(source(tmp_path))] == [
        "a.tar/1",
        "a.tar/2",
        "b.tar/1",
        "b.tar/2",
    ]
    assert [i.uri for i in listed(source(tmp_path, tmp_path / "b.tar"))] == ["b.tar"] * 2


def test_every_defect_of_a_sample_is_told(tmp_path):
    members = [
        ("nosound.json", b"{}"),
        ("silent.flac", sound(1)),
        ("broken.flac", sound(2)),
        ("broken.json", b"{"),
        *pair("apart")[:1],
        *pair("between"),
        *pair("apart")[1:],
        *pair("twice"),
        ("twice.flac", sound(3)),
        ("both.wav", sound(4)),
        *pair("both"),
        ("odd.png", b""),
        *pair("odd"),
    ]
    shard(tmp_path, "a.tar", *members)
    items = listed(source(tmp_path))
    assert [(i.source_id, i.refusal.reason) for i in items if i.refusal] == [
        ("a.tar/nosound", "missing_audio"),
        ("a.tar/apart", "missing_audio"),
        ("a.tar/twice", "bad_member"),
    ]
    defects = {i.source_id: [d.reason for d in i.defects] for i in items if not i.refusal}
    assert defects == {
        "a.tar/silent": ["no_text"],
        "a.tar/broken": ["bad_row", "no_text"],
        "a.tar/apart": ["no_text"],
        "a.tar/between": [],
        "a.tar/both": ["several_sounds"],
        "a.tar/odd": ["unknown_member"],
    }


@pytest.mark.parametrize("cut", [100, 600, 10_000, 60_000])
def test_a_cut_tar_says_so_and_the_next_one_is_read(tmp_path, cut):
    shard(tmp_path, "a.tar", *pair("1", 1), *pair("2", 2), cut=cut)
    shard(tmp_path, "b.tar", *pair("3", 3))
    items = listed(source(tmp_path))
    assert reasons(items) == {"a.tar:archive": "truncated"}
    assert items[-1].source_id == "b.tar/3"


def test_a_tar_without_members_is_told(tmp_path):
    shard(tmp_path, "a.tar")
    assert reasons(listed(source(tmp_path))) == {"a.tar:archive": "empty"}


def test_what_is_no_file_or_lies_elsewhere_is_refused_and_nothing_is_written(tmp_path):
    file = io.BytesIO(tar_of([("../up.flac", b"x"), ("/abs.flac", b"x")]))
    with tarfile.open(fileobj=file, mode="a") as tar:
        entry = tarfile.TarInfo("link.flac")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(entry)
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.tar").write_bytes(file.getvalue())
    before = sorted(tmp_path.rglob("*"))
    assert reasons(listed(source(folder))) == {
        "a.tar:../up.flac": "path_escapes",
        "a.tar:/abs.flac": "path_escapes",
        "a.tar:link.flac": "bad_member",
    }
    assert sorted(tmp_path.rglob("*")) == before


def test_captions_alone_need_no_sound(tmp_path):
    shard(tmp_path, "a.tar", ("1.json", json.dumps(LAION).encode()))
    (item,) = listed(source(tmp_path, texts_only=True))
    assert (item.has_sound, item.refusal, len(item.texts)) == (False, None, 2)


def test_a_sound_that_is_gone_when_it_is_received_is_missing(tmp_path):
    shard(tmp_path, "a.tar", *pair("1"))
    made = source(tmp_path)
    (item,) = listed(made)
    (tmp_path / "a.tar").unlink()
    with pytest.raises(DecodeError, match="missing_audio"):
        made.receive(item, Limits())


@pytest.mark.parametrize("given", ["a.tar.gz", "a.tgz"])
def test_a_compressed_tar_is_one_clear_error(tmp_path, given):
    with pytest.raises(ValueError, match="expected an uncompressed tar"):
        source(tmp_path, tmp_path / given)


def test_a_folder_without_tars_and_a_tar_that_is_not_there_are_errors(tmp_path):
    with pytest.raises(ValueError, match="found none at"):
        source(tmp_path)
    with pytest.raises(ValueError, match="found nothing at"):
        source(tmp_path, tmp_path / "a.tar")
