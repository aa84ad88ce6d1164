"""The policy step: verdicts, what recomputes them, and that they reconcile."""

import pytest

from pipelines.policy.step import (
    APPLIED,
    applied_policy,
    keep_applied,
    policy_step,
    stale_roots,
)
from pipelines.policy.unknown import unknown_spellings
from pipelines.running.run import run_step
from schemas.ids import digest_of
from schemas.lake import Lake
from tests.pipelines.corpus_lake import run
from tests.pipelines.policy.judged import about, judged, policy
from tests.pipelines.policy.lakes import (
    add,
    caption,
    clip,
    conversation,
    decided,
    lake_of,
    name_id,
    put,
    recording,
)


def test_a_licence_that_is_not_allowed_is_refused_with_what_it_means(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"), clip("b", licence="cc by-nc 4.0"))
    verdicts, counts = judged(lake, policy())
    told = ("licence", None, None, "'cc by-nc 4.0' is CC-BY-NC-4.0 (non-commercial)")
    assert verdicts == {
        ("recordings", name_id("recording", "b")): told,
        ("clips", name_id("clip", "b")): told,
    }
    assert (counts.rows_in, counts.produced, dict(counts.dropped)) == (4, 2, {"licence": 2})


def test_a_missing_licence_is_refused_unless_the_source_is_named(tmp_path):
    rows = [
        clip("a", licence=None),
        clip("b", licence="  "),
        clip("c", licence=None, source="mine"),
    ]
    lake = lake_of(tmp_path / "lake", *rows)
    verdicts, _ = judged(lake, policy({"missing_allowed_for": ["mine"]}))
    assert about(verdicts, "clips", "a")[0] == "licence_missing"
    assert about(verdicts, "clips", "a")[3] == "source test"
    assert about(verdicts, "clips", "b")[0] == "licence_missing"
    assert about(verdicts, "clips", "c") is None


def test_an_unknown_spelling_is_refused_listed_and_can_be_told(tmp_path):
    rows = [clip("a", licence="free-ish"), clip("b", licence="free-ish", duration_s=1.0)]
    lake = lake_of(tmp_path / "lake", *rows)
    verdicts, _ = judged(lake, policy(quality={"min_duration_s": 2}))
    assert about(verdicts, "clips", "a") == ("unknown_licence", None, None, "free-ish")
    assert about(verdicts, "clips", "b")[3] == "free-ish; also: min_duration_s"
    assert unknown_spellings(lake) == [("free-ish", 4)]
    verdicts, _ = judged(lake, policy({"spellings": {"free-ish": "CC-BY-4.0"}}))
    assert verdicts == {}
    assert unknown_spellings(lake) == []


def test_a_pair_needs_both_licences_so_the_text_is_judged_by_itself(tmp_path):
    free, bound = caption("a", "free"), caption("a", "bound", licence="CC BY-NC 4.0")
    bare = caption("a", "bare", licence=None)
    lake = lake_of(tmp_path / "lake", clip("a"), captions=[free, bound, bare])
    verdicts, _ = judged(lake, policy())
    assert {key: value[0] for key, value in verdicts.items()} == {
        ("captions", bound.caption_id): "licence",
        ("captions", bare.caption_id): "licence_missing",
    }
    verdicts, _ = judged(lake, policy({"text_missing_allowed_for": ["test"]}))
    assert ("captions", bare.caption_id) not in verdicts


def test_a_conversation_is_judged_by_its_own_licence(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"))
    good, bad = conversation("good"), conversation("bad", licence="academic use only")
    put(lake, "conversations", [good, bad])
    verdicts, _ = judged(lake, policy())
    assert list(verdicts) == [("conversations", bad.conversation_id)]


@pytest.mark.parametrize(
    ("rule", "threshold", "kept", "refused", "column"),
    [
        ("min_duration_s", 2.0, 2.0, 1.999, "duration_s"),
        ("max_duration_s", 12.0, 12.0, 12.5, "duration_s"),
        ("max_silence_ratio", 0.9, 0.9, 0.91, "silence_ratio"),
        ("max_clipping_ratio", 0.05, 0.05, 0.051, "clipping_ratio"),
        ("min_bandwidth_hz", 500.0, 500.0, 499.0, "bandwidth_hz"),
        ("min_peak_dbfs", -50.0, -50.0, -50.5, "peak_dbfs"),
        ("min_rms_dbfs", -33.3, -33.3, -33.4, "rms_dbfs"),
        ("max_rms_dbfs", -3.3, -3.3, -3.0, "rms_dbfs"),
    ],
)
def test_a_clip_at_the_threshold_stays_and_one_beyond_goes(
    tmp_path, rule, threshold, kept, refused, column
):
    rows = [clip("at", **{column: kept}), clip("beyond", **{column: refused})]
    lake = lake_of(tmp_path / "lake", *rows)
    verdicts, _ = judged(lake, policy(quality={rule: threshold}))
    assert about(verdicts, "clips", "at") is None
    reason, value, told, _ = about(verdicts, "clips", "beyond")
    assert (reason, told) == (rule, threshold)
    assert value == pytest.approx(refused, rel=1e-6)
    assert len(verdicts) == 1


def test_digital_silence_misses_every_level(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a", peak_dbfs=None, rms_dbfs=None))
    verdicts, _ = judged(lake, policy(quality={"min_peak_dbfs": -200, "max_rms_dbfs": -1}))
    assert about(verdicts, "clips", "a") == ("min_peak_dbfs", None, -200.0, None)


def test_the_first_rule_is_the_reason_and_the_others_stand_beside_it(tmp_path):
    row = clip("a", licence="CC BY-NC 4.0", silence_ratio=1.0, duration_s=0.5)
    lake = lake_of(tmp_path / "lake", row)
    verdicts, _ = judged(lake, policy(quality={"max_silence_ratio": 0.5, "min_duration_s": 1}))
    reason, value, threshold, evidence = about(verdicts, "clips", "a")
    assert (reason, value, threshold) == ("licence", None, None)
    assert evidence.endswith("; also: min_duration_s, max_silence_ratio")


def test_sources_are_excluded_or_included_by_name(tmp_path):
    rows = [clip("a", source="good"), clip("b", source="bad"), clip("c", source="new")]
    lake = lake_of(tmp_path / "lake", *rows)
    excluded, _ = judged(lake, policy(sources={"exclude": ["bad"]}))
    assert about(excluded, "clips", "b") == ("source", None, None, "bad")
    assert about(excluded, "clips", "c") is None
    included, _ = judged(lake, policy(sources={"include": ["good"]}))
    assert {key[0] for key in included} == {"clips", "recordings"}
    assert about(included, "clips", "c")[0] == about(included, "clips", "b")[0] == "source"


def test_captions_are_judged_by_kind_and_words(tmp_path):
    texts = [
        caption("a", "one"),
        caption("a", "one  two\tthree"),
        caption("a", "one two three four"),
        caption("a", "two words", text_kind="title"),
    ]
    lake = lake_of(tmp_path / "lake", clip("a"), captions=texts)
    rules = policy(captions={"kinds": ["human"], "min_words": 2, "max_words": 3})
    verdicts, _ = judged(lake, rules)
    assert {key[1]: value[:3] for key, value in verdicts.items()} == {
        texts[0].caption_id: ("min_words", 1.0, 2.0),
        texts[2].caption_id: ("max_words", 4.0, 3.0),
        texts[3].caption_id: ("text_kind", None, None),
    }


def test_verdicts_stand_in_a_shard_of_their_root(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a", licence=None))
    add(lake, clip("b", licence=None), root="b-00000")
    judged(lake, policy())
    slots = [shard.slot for shard in lake.shards("decisions")]
    assert slots == ["policy.a-00000", "policy.b-00000"]
    assert all(shard.rows == 2 for shard in lake.shards("decisions"))


def test_a_limit_judges_the_first_rows_only(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a", licence=None), clip("b", licence=None))
    counts = run(policy_step(policy(), lake), lake, limit=3)
    assert (counts.rows_in, counts.dropped.total()) == (3, 3)
    assert [key[0] for key in decided(lake)] == ["recordings", "recordings", "clips"]


def summary_of(lake, rules):
    return run_step(policy_step(rules, lake), lake)


@pytest.mark.slow
def test_a_changed_policy_recomputes_verdicts_and_nothing_changed_recomputes_nothing(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a", licence="CC BY-NC 4.0"))
    add(lake, clip("b"), root="b-00000")
    versions = {name: v for name, v in lake.versions().items() if name != "decisions"}
    assert summary_of(lake, policy()).done_before == 0
    assert summary_of(lake, policy()).done_before == 2
    renamed = policy().model_copy(update={"name": "other"})
    assert summary_of(lake, renamed).done_before == 2
    wider = policy({"allow": ["attribution", "non-commercial"]})
    assert summary_of(lake, wider).done_before == 0
    assert decided(lake) == {}
    assert {n: v for n, v in lake.versions().items() if n != "decisions"} == versions
    add(lake, clip("c"), root="c-00000")
    assert summary_of(lake, wider).done_before == 2


def test_a_lake_remembers_its_policy_and_sees_rows_that_are_newer(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"))
    assert applied_policy(lake) is None
    step = policy_step(policy(), lake)
    keep_applied(step, lake)
    assert applied_policy(Lake.open(lake.root)) == step.policy
    assert stale_roots(step, lake) == ["a-00000"]
    run(step, lake)
    assert stale_roots(step, lake) == []
    put(lake, "captions", [caption("a")], "later")
    assert stale_roots(step, lake) == ["a-00000"]


def test_a_policy_that_is_kept_is_not_written_again_so_that_a_lake_may_be_read_only(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"))
    keep_applied(policy_step(policy(), lake), lake)
    kept = (lake.root / APPLIED).stat()
    keep_applied(policy_step(policy(), lake), lake)
    assert (lake.root / APPLIED).stat().st_ino == kept.st_ino  # a new file is renamed into place
    keep_applied(policy_step(policy({"allow": ["attribution"]}), lake), lake)
    assert (lake.root / APPLIED).stat().st_ino != kept.st_ino


def test_recordings_without_clips_are_judged_too(tmp_path):
    lake = lake_of(tmp_path / "lake", recordings=[recording("a", licence="CC BY-NC 4.0")])
    verdicts, counts = judged(lake, policy())
    assert list(verdicts) == [("recordings", name_id("recording", "a"))]
    assert counts.rows_in == 1


def test_the_verdicts_of_version_2_are_these(tmp_path):
    """Raise the step's version when this digest changes: lakes then judge again."""
    rows = [
        clip("a", licence="CC BY-NC 4.0", silence_ratio=0.75),
        clip("b", licence=None),
        clip("c", bandwidth_hz=250.0, peak_dbfs=None),
        clip("d", licence="ask"),
        clip("e", licence="CC BY 4.0 \u975e\u5546\u7528"),  # not for commerce, in Chinese
    ]
    texts = [caption("a", "one"), caption("b", "two words"), caption("c", licence="MIT")]
    lake = lake_of(tmp_path / "lake", *rows, captions=texts)
    rules = policy(
        quality={"max_silence_ratio": 0.5, "min_bandwidth_hz": 500, "min_peak_dbfs": -60},
        captions={"min_words": 2},
    )
    step = policy_step(rules, lake)
    run(step, lake)
    found = digest_of(lake.read("decisions").to_pylist())
    assert (step.version, found[:16]) == (2, "ed0d39aed08e1d68")
