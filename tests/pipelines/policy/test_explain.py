"""Explain: what is found, what is told, and what is read for it."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from pipelines.policy.final import endings, sentence
from pipelines.policy.finding import Cost, Finding, find
from pipelines.policy.rules import Policy
from pipelines.policy.step import policy_step
from pipelines.policy.story import story
from pipelines.policy.story_text import story_json, story_lines
from schemas.compaction import compact
from schemas.corpus import LedgerRow
from schemas.generation import Segment
from schemas.lake import Lake
from schemas.removal import Takedown, remove
from schemas.training import Sample
from tests.pipelines.corpus_lake import run
from tests.pipelines.policy.lakes import (
    add,
    caption,
    caption_measure,
    clip,
    conversation,
    lake_of,
    measure,
    name_id,
    put,
    recording,
    verdict,
)
from ualm.cli import app

COMMERCIAL = Policy.model_validate(
    {"name": "c", "licence": {"allow": ["attribution"]}, "quality": {"max_silence_ratio": 0.5}}
)
A, B = name_id("clip", "a"), name_id("clip", "b")


def sample(name, clip_id, stage="sft1"):
    return Sample(
        sample_id=name_id("sample", name),
        stage=stage,
        task="text-to-audio",
        segments=[Segment(role="assistant", modality="audio", clip_id=clip_id, loss=True)],
        split="train",
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Clip a in a sample; b silent; each with a caption; another root beside."""
    recordings = [recording("a", original="freesound:123456"), recording("b")]
    lake = lake_of(
        tmp_path_factory.mktemp("explain") / "lake",
        clip("a"),
        clip("b", silence_ratio=1.0),
        captions=[caption("a"), caption("b")],
        recordings=recordings,
    )
    add(lake, clip("z"), captions=[caption("z")], root="b-00000")
    put(lake, "measures", [measure("a", "ce", 4.0), measure("b", "ce", 1.0)], "measure")
    put(lake, "caption_measures", [caption_measure(caption("a"), 0.5)], "measure")
    put(lake, "samples", [sample("s", A)], "samples.sft1")
    return lake.root


@pytest.fixture
def lake(made, tmp_path):
    shutil.copytree(made, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def told(lake, given):
    return story(lake, find(lake, given))


def ends(lake, given):
    return [sentence(ending) for ending in endings(told(lake, given))]


@pytest.mark.parametrize(
    ("given", "table", "kind", "name"),
    [
        (A, "clips", "clip", "a"),
        (A[:6], "clips", "clip", "a"),
        (A[:10].upper(), "clips", "clip", "a"),
        (A.upper(), "clips", "clip", "a"),
        (name_id("recording", "b"), "recordings", "recording", "b"),
        ("b", "recordings", "recording", "b"),
        ("test:b", "recordings", "recording", "b"),
        ("freesound:123456", "recordings", "recording", "a"),
    ],
)
def test_a_row_is_found_by_id_prefix_source_and_original(lake, given, table, kind, name):
    found = find(lake, given)
    assert (found.table, found.row_id, found.root) == (table, name_id(kind, name), "a-00000")


def test_a_caption_is_found_in_its_own_root(lake):
    found = find(lake, caption("z").caption_id)
    assert (found.table, found.root) == ("captions", "b-00000")


def test_an_unknown_id_names_what_is_near(lake):
    wrong = A[:8] + "0" * 24
    with pytest.raises(ValueError, match=f"found nothing for '{wrong}'; near: {A}"):
        find(lake, wrong)
    with pytest.raises(ValueError, match=r"at least its first 6 digits.*'abc'"):
        find(lake, "abc")


def test_an_id_of_another_table_is_told_to_be_one(lake):
    given = name_id("sample", "s")
    with pytest.raises(ValueError, match=rf"{given} is a row of samples; .* by sample_id"):
        find(lake, given)


def test_a_prefix_of_several_rows_lists_them(tmp_path):
    rows = [clip("a", clip_id="abcdef" + "0" * 26), clip("b", clip_id="abcdef" + "1" * 26)]
    lake = lake_of(tmp_path / "lake", *rows)
    with pytest.raises(ValueError, match=r"means several: abcdef0+ \(clips\), abcdef1+ \(clips\)$"):
        find(lake, "abcdef")
    assert find(lake, "abcdef0").row_id == rows[0].clip_id


def test_the_search_tells_what_it_read(lake):
    cost = find(lake, A).cost
    assert cost.columns == ["clips.clip_id", "clips.clip_id"]
    assert (cost.files, cost.rows) == (2, 3)
    assert "searched clips.clip_id: 2 files of 3 rows" in cost.told()


def test_only_the_rows_own_root_is_read_for_its_story(lake):
    for table in ("clips", "captions", "recordings"):
        (other,) = lake.listing(table).by_root["b-00000"]
        other.path.write_bytes(b"damaged")
    found = Finding(table="clips", row_id=A, root="a-00000", cost=Cost())
    assert {row["clip_id"] for row in story(lake, found).clips} == {A}


def test_a_clip_in_a_sample_says_which(lake):
    assert ends(lake, A) == ["in samples: 1 of sft1 text-to-audio (train)"]


def test_a_refused_clip_says_why(lake):
    run(policy_step(COMMERCIAL, lake), lake)
    (end,) = ends(lake, B)
    assert end == (
        "in no samples, because the clip was refused by policy: max_silence_ratio 1, threshold 0.5"
    )


def test_a_verdict_on_the_recording_or_on_every_caption_speaks_against_the_clip(lake):
    about = [
        verdict("recordings", name_id("recording", "b"), evidence="AudioCaps test"),
        verdict("captions", caption("z").caption_id),
    ]
    put(lake, "decisions", about, "dedup")
    put(lake, "decisions", about[1:], "dedup", root="b-00000")
    assert ends(lake, B) == [
        "in no samples, because its recording was refused by dedup: duplicate (AudioCaps test)"
    ]
    (end,) = ends(lake, name_id("clip", "z"))
    assert "its caption" in end
    assert "refused by dedup" in end


def test_samples_that_are_older_than_a_verdict_are_told(lake):
    put(lake, "decisions", [verdict("clips", A)], "dedup")
    (end,) = ends(lake, A)
    assert end.startswith("in samples: 1 of sft1")
    assert "older than what speaks against it: the clip was refused by dedup" in end


def test_a_clip_that_samples_refused_says_why(lake):
    row = LedgerRow(
        ledger_id="l",
        table="captions",
        row_id=caption("b").caption_id,
        step="samples",
        decision="drop",
        reason="text_kind",
        detail="sft1, text-to-audio: label",
    )
    put(lake, "ledger", [row], "samples.sft1")
    (end,) = ends(lake, B)
    assert "samples refused captions" in end
    assert "text_kind (sft1, text-to-audio: label)" in end


def test_a_root_without_samples_says_that_none_were_made(lake):
    (end,) = ends(lake, name_id("clip", "z"))
    assert end == (
        "in no samples, because no samples were made of its root yet; run `ualm corpus samples`"
    )


def test_a_recording_tells_of_all_its_clips(tmp_path):
    rows = [clip("a"), clip("a", clip_id=name_id("clip", "a2"), start_s=10.0)]
    lake = lake_of(tmp_path / "lake", *rows, recordings=[recording("a")])
    found = told(lake, name_id("recording", "a"))
    assert [row["start_s"] for row in found.clips] == [0.0, 10.0]
    assert len(endings(found)) == 2


def test_a_caption_tells_of_its_clip_and_a_conversation_of_its_clips(lake):
    put(lake, "conversations", [conversation("t", "a")], "talks")
    by_caption = told(lake, caption("a").caption_id)
    by_talk = told(lake, conversation("t").conversation_id)
    assert [row["clip_id"] for row in by_caption.clips] == [A]
    assert [row["clip_id"] for row in by_talk.clips] == [A]
    assert by_talk.recording["source_id"] == "a"


def test_a_refused_caption_does_not_speak_against_a_clip_that_has_another(lake):
    other = caption("a", "A dog barks twice")
    put(lake, "captions", [other], "later")
    put(lake, "decisions", [verdict("captions", other.caption_id)], "dedup.captions")
    assert ends(lake, other.caption_id) == [
        "kept out of samples, because the caption was refused by dedup: duplicate",
        "in samples: 1 of sft1 text-to-audio (train)",
    ]
    assert ends(lake, caption("a").caption_id) == ["in samples: 1 of sft1 text-to-audio (train)"]
    assert f"  caption {other.caption_id}: kept out of samples" in "\n".join(
        story_lines(told(lake, other.caption_id))
    )


def test_a_duplicate_cluster_is_told_with_members_of_other_roots(lake):
    put(lake, "decisions", [verdict("clips", A, cluster="k")], "dedup.near")
    keeper = verdict("clips", name_id("clip", "z"), keep=True, cluster="k")
    put(lake, "decisions", [keeper], "dedup.near", root="b-00000")
    members = told(lake, A).clusters["k"]
    assert [(row["row_id"], row["keep"]) for row in members] == [
        (name_id("clip", "z"), True),
        (A, False),
    ]


def test_what_was_taken_down_is_still_explained(lake):
    remove(lake, Takedown(ids=(name_id("recording", "a"),)))
    for given in (A, A[:8].upper(), name_id("recording", "a"), name_id("recording", "a")[:6]):
        assert ends(lake, given) == [
            "in no samples, because the row was taken down (removed by id)"
        ]


def test_a_prefix_of_several_rows_that_were_taken_down_lists_them(tmp_path):
    rows = [clip("a", clip_id="abcdef" + "0" * 26), clip("b", clip_id="abcdef" + "1" * 26)]
    lake = lake_of(tmp_path / "lake", *rows)
    remove(lake, Takedown(ids=tuple(row.clip_id for row in rows)))
    with pytest.raises(ValueError, match=r"means several: abcdef0+ \(decisions\), abcdef1+"):
        find(lake, "abcdef")


def test_a_refusal_before_there_was_a_clip_is_explained(lake):
    gone = name_id("clip", "tail")
    row = LedgerRow(
        ledger_id="l",
        table="clips",
        row_id=gone,
        step="ingest",
        decision="drop",
        reason="short_tail",
        detail="the last 0.4 s",
    )
    put(lake, "ledger", [row], "late")
    for given in (gone, gone[:6]):
        assert ends(lake, given) == [
            f"in no samples, because ingest refused clips {gone[:8]}: short_tail (the last 0.4 s)"
        ]


def test_the_text_tells_origin_rights_measures_and_writers(lake):
    run(policy_step(COMMERCIAL, lake), lake)
    text = "\n".join(story_lines(told(lake, B)))
    for part in (
        "source test, source_id b",
        "rights: licence CC BY 4.0, attribution by b",
        "measured ce = 1 by aes@0123456789ab",
        "(human, kept): 'A dog barks'",
        "policy refuses clips",
        "clips: ingest.a-00000 by ingest of a version that was not kept, table version 1",
    ):
        assert part in text


def test_a_compacted_lake_is_explained_alike(lake):
    before = story_json(told(lake, A))
    compact(lake, "clips")
    after = story_json(told(lake, A))
    assert after["clips"] == before["clips"]
    assert after["root"] == before["root"] == "a-00000"
    (shard,) = (one for one in after["shards"] if one["table"] == "clips")
    assert shard["by"] == "compact"


def test_the_command_prints_json_and_refuses_in_one_line(lake):
    done = CliRunner().invoke(app, ["corpus", "explain", A, "--lake", str(lake.root), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["endings"][0]["sentence"].startswith("in samples")
    done = CliRunner().invoke(app, ["corpus", "explain", "nobody", "--lake", str(lake.root)])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: expected the id of a clip")
