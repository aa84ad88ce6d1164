"""The forms of exports: credits, Parquet with a card, tars, the release's manifests."""

import hashlib
import json
import tarfile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from typer.testing import CliRunner

from pipelines.exports.rights import deed_of, link_of
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.pipelines.exports.folders import credited, exported, lines_of, rows_of
from tests.pipelines.exports.lakes import SOUNDS, corpus, judge
from tests.pipelines.policy.lakes import caption, name_id
from ualm.cli import app

A, B, C, N, X = (name_id("clip", name) for name in "abcnx")


def test_every_clip_is_credited_with_licence_and_link(kept, tmp_path):
    exported(kept, tmp_path / "out", "attribution")
    row = credited(tmp_path / "out")[A]
    assert row["licence"] == "CC-BY-4.0"
    assert row["licence_url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert (row["attribution"], row["link"]) == ("by a", "https://freesound.org/s/12/")
    text = (tmp_path / "out" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "## [CC-BY-4.0](https://creativecommons.org/licenses/by/4.0/): 2 clips" in text
    assert f"- `{A}`: by a (test, https://freesound.org/s/12/)" in text
    assert f"- `{B}`: by b (test, b.wav)" in text


def test_texts_are_credited_by_who_gave_them_and_licence(kept, tmp_path):
    exported(kept, tmp_path / "out", "ualm")
    text = (tmp_path / "out" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    deed = "[CC-BY-4.0](https://creativecommons.org/licenses/by/4.0/)"
    told = f"- 3 captions by test: {deed}\n- 2 conversations by test: {deed}\n"
    assert text.endswith(f"## Texts\n\n{told}")


def test_what_a_source_says_of_itself_cannot_add_markup(tmp_path):
    name = "[x](http://evil)\n## `CC0`"
    lake = corpus(tmp_path / "lake")
    rows = lake.read("recordings").to_pylist()
    rows[0]["attribution"] = name
    table = pa.Table.from_pylist(rows, TABLES["recordings"].schema)
    lake.put("recordings", "ingest.a-00000", table, "test")
    judge(lake)
    exported(lake, tmp_path / "out", "attribution")
    text = (tmp_path / "out" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "\\[x\\](http://evil) ## \\`CC0\\`" in text
    assert text.count("\n## ") == 3


@pytest.mark.parametrize(
    ("original", "uri", "expected"),
    [
        ("youtube:dQw4w9WgXcQ", None, "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("jamendo:7", "x.mp3", "https://www.jamendo.com/track/7"),
        ("bbc:123", None, "bbc:123"),
        (None, "https://example.org/a.wav", "https://example.org/a.wav"),
        (None, "a.wav", "a.wav"),
        (None, None, None),
    ],
)
def test_a_link_leads_to_the_original_where_its_site_is_known(original, uri, expected):
    assert link_of(original, uri) == expected


@pytest.mark.parametrize(
    ("licence", "deed"),
    [
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-BY-NC-SA-3.0-US", "https://creativecommons.org/licenses/by-nc-sa/3.0/us/"),
        ("CC-BY", None),
        ("MIT", None),
        (None, None),
    ],
)
def test_a_deed_is_the_address_of_a_licence_with_a_version(licence, deed):
    assert deed_of(licence) == deed


def test_a_row_of_hugging_face_is_a_clip_with_its_captions_in_lists(kept, tmp_path):
    exported(kept, tmp_path / "out")
    rows = {row["clip_id"]: row for row in rows_of(tmp_path / "out")}
    assert set(rows) == {A, B}
    assert rows[A]["audio"] == {"bytes": SOUNDS["a"], "path": f"{A}.flac"}
    assert rows[B]["captions"] == ["sound b"]
    assert rows[B]["caption_kinds"] == ["human"]
    assert (rows[B]["license"], rows[B]["license_stated"]) == ("CC0-1.0", "CC0")
    (test,) = rows_of(tmp_path / "out", "test")
    assert test["clip_id"] == C
    info = json.loads(
        pq.read_schema(tmp_path / "out/data/test-00000.parquet").metadata[b"huggingface"]
    )
    assert info["info"]["features"]["audio"] == {"sampling_rate": 16000, "_type": "Audio"}


def test_files_are_begun_anew_by_size(kept, tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.exports.hugging_face._GROUP_BYTES", 1)
    exported(kept, tmp_path / "hf", shard_bytes=1)
    exported(kept, tmp_path / "wds", "webdataset", shard_bytes=1)
    names = ["test-00000", "train-00000", "train-00001"]
    assert sorted(p.stem for p in (tmp_path / "hf/data").iterdir()) == names
    assert sorted(p.stem for p in (tmp_path / "wds").glob("*.tar")) == names


def test_a_file_is_no_larger_than_asked_though_a_row_group_could_be(kept, tmp_path):
    exported(kept, tmp_path / "out", shard_bytes=1)
    names = sorted(path.stem for path in (tmp_path / "out/data").iterdir())
    assert names == ["test-00000", "train-00000", "train-00001"]


def test_the_card_tells_the_hub_what_is_there(kept, tmp_path):
    exported(kept, tmp_path / "out", language=("en",))
    card = DatasetCard.load(tmp_path / "out" / "README.md").data.to_dict()
    assert card["license"] == ["cc-by-4.0", "cc0-1.0"]
    assert card["language"] == ["en"]
    assert card["size_categories"] == ["n<1K"]
    splits = {one["name"]: one for one in card["dataset_info"]["splits"]}
    assert {name: one["num_examples"] for name, one in splits.items()} == {"test": 1, "train": 2}
    size = (tmp_path / "out/data/train-00000.parquet").stat().st_size
    assert splits["train"]["num_bytes"] == size
    columns = pq.read_schema(tmp_path / "out/data/train-00000.parquet").names
    assert [one["name"] for one in card["dataset_info"]["features"]] == columns
    text = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "| test | 3 |" in text
    assert "admitted by the policy `test`" in text


def test_languages_are_those_that_were_measured_and_else_undetermined(lake, tmp_path):
    exported(lake, tmp_path / "und")
    assert DatasetCard.load(tmp_path / "und/README.md").data.language == ["und"]
    rows = [
        {
            "caption_id": caption(name, f"sound {name}").caption_id,
            "name": "language",
            "version": "l@1",
            "text": code,
        }
        for name, code in (("a", "fr"), ("b", "en"), ("c", "en"))
    ]
    table = pa.Table.from_pylist(rows, TABLES["caption_measures"].schema)
    lake.put("caption_measures", "checks.a-00000", table, "checks")
    exported(lake, tmp_path / "known")
    assert DatasetCard.load(tmp_path / "known/README.md").data.language == ["en", "fr"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_croissant_is_valid_and_its_records_are_the_rows(kept, tmp_path):
    import mlcroissant as mlc

    exported(kept, tmp_path / "out", url="https://example.org/mine")
    told = mlc.Dataset(jsonld=tmp_path / "out" / "croissant.json")
    assert told.metadata.issues.errors == set()
    records = {record["train/clip_id"]: record for record in told.records("train")}
    assert set(records) == {A.encode(), B.encode()}
    one = records[B.encode()]
    assert one["train/audio"] == SOUNDS["b"]
    assert one["train/captions"] == [b"sound b"]
    assert one["train/license"] == b"CC0-1.0"
    assert one["train/duration_s"] == 2.0
    digests = {
        file.id: file.sha256 for file in told.metadata.distribution if hasattr(file, "sha256")
    }
    data = (tmp_path / "out/data/test-00000.parquet").read_bytes()
    assert digests["data/test-00000.parquet"] == hashlib.sha256(data).hexdigest()


def test_a_tar_is_plain_and_holds_each_sound_beside_its_texts(kept, tmp_path):
    exported(kept, tmp_path / "out", "webdataset")
    with tarfile.open(tmp_path / "out" / "train-00000.tar", "r:") as tar:
        members = tar.getmembers()
        assert [m.name for m in members] == [f"{i}.{s}" for i in (A, B) for s in ("flac", "json")]
        assert {(m.mtime, m.uid, m.gid, m.mode, m.uname) for m in members} == {(0, 0, 0, 0o644, "")}
        assert tar.extractfile(members[0]).read() == SOUNDS["a"]
        told = json.loads(tar.extractfile(members[1]).read())
    assert told["text"] == ["sound a"]
    assert told["license"] == "CC-BY-4.0"
    assert told["attribution"] == "by a"
    assert told["original_data"]["license_stated"] == "CC BY 4.0"


def test_the_releases_manifests_have_its_keys_and_name_the_sounds(kept, tmp_path):
    done = exported(kept, tmp_path / "out", "ualm")
    train = tmp_path / "out" / "train"
    rows = lines_of(train / "text-to-audio.jsonl")
    assert [list(row) for row in rows] == [
        ["location", "start_time", "end_time", "duration", "caption", "sample_rate"]
    ] * 2
    assert rows[0]["location"] == str(tmp_path / "out" / "sounds" / A[:2] / f"{A}.flac")
    assert (rows[0]["end_time"], rows[0]["sample_rate"]) == (2.0, 16_000)
    assert (tmp_path / "out" / "sounds" / A[:2] / f"{A}.flac").read_bytes() == SOUNDS["a"]
    (talk,) = json.loads((train / "understanding.json").read_text(encoding="utf-8"))
    assert talk["conversations"] == [
        {"from": "human", "value": "<sound>\nWhat is it?"},
        {"from": "gpt", "value": "A dog."},
    ]
    assert (talk["sound"], talk["duration"]) == (rows[0]["location"], 2.0)
    (path,) = (tmp_path / "out").glob("*/text.jsonl")
    texts = lines_of(path)
    assert texts == [{"input": [{"role": "user", "content": "What is it?"}], "output": "A dog."}]
    assert done.told["conversations"] == 2
    behind = done.told["left_behind"]
    assert behind["conversations about a clip that stays behind"] == 1
    assert behind["conversations refused by a verdict"] == 1


def test_the_folder_that_manifests_name_can_be_told(kept, tmp_path):
    exported(kept, tmp_path / "out", "ualm", location="/data/mine/")
    first, _ = lines_of(tmp_path / "out/train/text-to-audio.jsonl")
    assert first["location"] == f"/data/mine/sounds/{A[:2]}/{A}.flac"


def test_a_clip_whose_sound_is_gone_is_told(lake, tmp_path):
    audio = lake.read("audio")
    lake.put("audio", "ingest.a-00000", audio.slice(1), "test")
    done = exported(lake, tmp_path / "out", "attribution")
    assert done.told["left_behind"]["clips without sound"] == 1


def test_no_manifest_names_a_sound_that_is_gone(lake, tmp_path):
    audio = lake.read("audio")
    lake.put("audio", "ingest.a-00000", audio.filter(pc.not_equal(audio["clip_id"], A)), "test")
    done = exported(lake, tmp_path / "out", "ualm")
    assert not (tmp_path / "out/train/understanding.json").exists()
    assert done.told["left_behind"]["conversations about a clip that stays behind"] == 2


def test_the_command_exports_and_says_what_stayed_behind(lake, tmp_path):
    told = ["corpus", "export", "hf", str(tmp_path / "out"), "--lake", str(lake.root)]
    done = CliRunner().invoke(app, told)
    assert done.exit_code == 0
    assert "hf: 3 clips, 0.00 hours, 3 captions, 0 conversations" in done.output
    (behind,) = (line for line in done.output.splitlines() if "left behind" in line)
    assert behind.strip() == (
        "left behind: 1 captions of whole recordings, 1 captions refused by a verdict, 2 clips "
        "refused by a verdict, 1 conversations about a clip that stays behind, 1 conversations "
        "refused by a verdict, 2 conversations that hf has no place for"
    )
    again = CliRunner().invoke(app, told)
    assert again.exit_code == 2
    assert "expected a new or empty folder" in again.stderr
    wrong = CliRunner().invoke(app, ["corpus", "export", "csv", "x", "--lake", str(lake.root)])
    assert wrong.exit_code == 2
    assert "expected one of hf, webdataset, ualm, attribution; got 'csv'" in wrong.stderr
    assert Lake.open(lake.root).read("runs")["command"].to_pylist() == ["export"]
