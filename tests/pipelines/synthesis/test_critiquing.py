import pytest

from pipelines.synthesis.critiquing import Critiques
from schemas.lake import Lake
from tests.pipelines.corpus_lake import context, generation, put, read, rich_caption, run


@pytest.fixture
def lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    exact = rich_caption("plan 1", "dog barks", "bell rings", clip_id="c1", exact=True)
    other = rich_caption("plan 0", "rain", clip_id="c1")
    put(lake, "rich_captions", [other, exact])
    return lake


def hear(lake, *rows, writer="hear.ingest"):
    put(lake, "rich_captions", list(rows), writer)


def test_a_heard_clip_is_compared_with_its_exact_plan_first(lake):
    hear(lake, rich_caption("h1", "dog", clip_id="c1", role="heard"))
    counts = run(Critiques(), lake)
    (row,) = read(lake, "critiques")
    assert counts.produced == 1
    assert (row["planned_id"], row["heard_id"]) == ("plan 1", "h1")
    assert (row["flaw_kind"], row["event"]) == ("missing", "bell rings")


def test_a_generation_is_compared_with_the_plan_that_it_was_judged_by(lake):
    put(lake, "contexts", [context("x1", judge_text="rain")], "contexts.ingest")
    put(lake, "generations", [generation("g1", "x1")], "generate.m")
    hear(lake, rich_caption("h1", "rain", generation_id="g1", role="heard"), writer="hear.generate")
    run(Critiques(), lake)
    (row,) = read(lake, "critiques")
    assert (row["planned_id"], row["flaw_kind"]) == ("plan 0", "none")


def test_a_heard_sound_without_a_plan_is_in_the_ledger(lake):
    hear(
        lake,
        rich_caption("h1", "dog", clip_id="c9", role="heard"),
        rich_caption("h2", "dog", generation_id="g9", role="heard"),
    )
    assert run(Critiques(), lake).dropped == {"no_plan": 2}
    assert {row["row_id"] for row in read(lake, "ledger")} == {"h1", "h2"}


def test_a_changed_plan_makes_critiques_anew(lake):
    hear(lake, rich_caption("h1", "dog", clip_id="c1", role="heard"))
    (before,) = Critiques().plan(lake)
    put(lake, "rich_captions", [rich_caption("plan 2", "dog", clip_id="c1")], "rich-captions")
    assert Critiques().plan(lake) != [before]
