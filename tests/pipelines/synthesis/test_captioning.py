import pytest

from pipelines.synthesis.captioning import RichCaptions, form_of
from pipelines.synthesis.row_outcomes import RefusedRowError
from schemas.ids import content_id
from schemas.lake import Lake
from tests.pipelines.corpus_lake import caption, put, read, rich_caption, run


def lake_with(folder, captions, rich=()):
    lake = Lake.create(folder)
    put(lake, "captions", captions)
    put(lake, "rich_captions", list(rich))
    return lake


def test_each_caption_becomes_a_planned_rich_caption_that_names_its_writer(tmp_path):
    lake = lake_with(tmp_path / "lake", [caption("c1", "A dog barks then rain falls", name="k1")])
    counts = run(RichCaptions(), lake)
    (row,) = read(lake, "rich_captions")
    assert counts.produced == 1
    assert row["keywords"] == ["dog barks", "rain falls"]
    assert (row["clip_id"], row["caption_id"], row["role"]) == ("c1", "k1", "planned")
    assert not row["exact"]
    assert row["origin"]["model"] == "embedded:rules@2"


def test_a_clip_whose_events_are_exact_is_not_captioned_again(tmp_path):
    exact = rich_caption("r1", "bell", clip_id="c1", exact=True)
    lake = lake_with(tmp_path / "lake", [caption("c1", "A bell rings", name="k1")], [exact])
    counts = run(RichCaptions(), lake)
    assert counts.dropped == {"has_exact": 1}
    (refused,) = read(lake, "ledger")
    assert (refused["table"], refused["row_id"], refused["reason"]) == (
        "captions",
        "k1",
        "has_exact",
    )
    assert "r1" in refused["detail"]


def test_a_text_without_events_is_dropped_and_an_unsound_one_is_for_a_person(tmp_path):
    crowded = "; ".join(f"thing {chr(97 + i)}x" for i in range(20))
    texts = [caption("c1", "...", name="k1"), caption("c2", crowded, "label", name="k2")]
    lake = lake_with(tmp_path / "lake", texts)
    counts = run(RichCaptions(), lake)
    assert counts.dropped == {"empty": 1}
    assert counts.quarantined == {"schema": 1}
    rows = {row["row_id"]: row for row in read(lake, "ledger")}
    assert rows["k1"]["ledger_id"] == content_id(
        "ledger", "captions", "k1", "rich-captions", "empty"
    )
    assert rows["k2"]["decision"] == "quarantine"


def test_a_new_exact_rich_caption_is_noticed_and_an_own_one_is_not(tmp_path):
    lake = lake_with(tmp_path / "lake", [caption("c1", "A bell rings", name="k1")])
    (before,) = RichCaptions().plan(lake)
    run(RichCaptions(), lake)
    assert RichCaptions().plan(lake) == [before]
    put(lake, "rich_captions", [rich_caption("r1", "bell", clip_id="c1", exact=True)])
    assert RichCaptions().plan(lake) != [before]


def test_the_seed_and_the_model_are_part_of_the_plan(tmp_path):
    lake = lake_with(tmp_path / "lake", [caption("c1", "A bell rings")])
    digests = {RichCaptions(seed=seed).plan(lake)[0].input_digest for seed in (0, 1)}
    assert len(digests) == 2
    with pytest.raises(ValueError, match="expected a text model of embedded:rules"):
        RichCaptions(model="gpt").plan(lake)


def test_a_rich_caption_that_breaks_the_form_is_refused():
    row = {"keywords": ["a"], "layout": [], "description": []}
    with pytest.raises(RefusedRowError, match="schema"):
        form_of(row)
