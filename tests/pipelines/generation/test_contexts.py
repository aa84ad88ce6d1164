import pytest

from pipelines.generation.contexts import Contexts, judge_text, prompt_context
from pipelines.running.run import run_step
from schemas.corpus import Origin
from schemas.ids import content_id, digest_of
from schemas.synthesis import Prompt, RichCaption
from schemas.tables import TABLES
from tests.pipelines.encoding.encode_lake import add_sounds, clip_id, flac, lake_with_sounds, sound

RULES = Origin(model="embedded:test")


def rich_caption(name, keywords):
    return RichCaption(
        rich_caption_id=content_id("rich_caption", name),
        clip_id=None if name is None else clip_id(name),
        keywords=keywords,
        layout=[],
        description=[],
        role="planned",
        exact=True,
        origin=RULES,
    )


def prompt(name, style="plain", text=None):
    return Prompt(
        prompt_id=content_id("prompt", name, style),
        rich_caption_id=content_id("rich_caption", name),
        style=style,
        text=text or f"{style}: the sound {name}",
        origin=RULES,
    )


def add_prompts(lake, root, captions, prompts, writer="embedded"):
    rich = TABLES["rich_captions"].from_rows(captions)
    lake.put("rich_captions", f"rich_captions.{writer}.{root}", rich, "rich_captions")
    asked = TABLES["prompts"].from_rows(prompts)
    lake.put("prompts", f"prompts.{writer}.{root}", asked, "prompts")


@pytest.fixture
def lake(tmp_path):
    lake = lake_with_sounds(tmp_path / "lake", clips=3)
    captions = [rich_caption(f"a{i}", ["bell", f"drum {i}"]) for i in range(3)]
    prompts = [prompt(f"a{i}", style) for i in range(3) for style in ("plain", "abstract")]
    add_prompts(lake, "a-00000", captions, prompts)
    return lake


def contexts(lake):
    return {row["context_id"]: row for row in lake.read("contexts").to_pylist()}


def test_every_prompt_becomes_a_context(lake):
    counts = run_step(Contexts(), lake).counts
    assert (counts.rows_in, counts.produced, len(contexts(lake))) == (6, 6, 6)
    row = contexts(lake)[content_id("context", "prompt", content_id("prompt", "a1", "plain"))]
    assert row["kind"] == "prompt"
    assert row["judge_text"] == "bell, drum 1"
    assert row["reference_clip_id"] == clip_id("a1")
    assert row["split"] == "train"
    (segment,) = row["segments"]
    assert (segment["role"], segment["modality"]) == ("user", "text")
    assert segment["text"] == "plain: the sound a1"
    assert not segment["loss"]


def test_the_same_prompts_give_the_same_contexts_as_ever(lake):
    run_step(Contexts(), lake)
    rows = digest_of(lake.read("contexts").to_pylist())[:16]
    assert (Contexts.version, rows) == (1, "93bccde19b7661d5")  # other rows need another version


def test_equal_words_for_two_clips_are_two_contexts(tmp_path):
    lake = lake_with_sounds(tmp_path / "lake", clips=2)
    captions = [rich_caption(f"a{i}", ["bell"]) for i in range(2)]
    add_prompts(lake, "a-00000", captions, [prompt(f"a{i}", text="A bell") for i in range(2)])
    run_step(Contexts(), lake)
    assert {row["reference_clip_id"] for row in contexts(lake).values()} == {
        clip_id("a0"),
        clip_id("a1"),
    }


def test_a_prompt_with_no_clip_behind_it_is_in_the_ledger(tmp_path):
    lake = lake_with_sounds(tmp_path / "lake", clips=1)
    captions = [rich_caption("a0", ["bell"]), rich_caption("gone", ["bell"])]
    prompts = [prompt("a0"), prompt("gone"), prompt("unplanned")]
    add_prompts(lake, "a-00000", captions, prompts)
    counts = run_step(Contexts(), lake).counts
    assert counts.produced == 1
    assert dict(counts.dropped) == {"no_clip": 1, "no_rich_caption": 1}
    reasons = {row["row_id"]: row["reason"] for row in lake.read("ledger").to_pylist()}
    assert reasons == {
        content_id("prompt", "gone", "plain"): "no_clip",
        content_id("prompt", "unplanned", "plain"): "no_rich_caption",
    }


def test_a_rich_caption_of_a_generation_has_no_clip():
    caption = {"clip_id": None, "keywords": ["bell"]}
    assert prompt_context({"prompt_id": "p", "text": "A bell"}, caption, {}) == "no_clip"


def test_two_writers_contexts_live_beside_each_other(lake):
    captions = [rich_caption("a0", ["bell"])]
    add_prompts(lake, "a-00000", captions, [prompt("a0", "detailed")], writer="other")
    run_step(Contexts(), lake)
    assert len(lake.shards("contexts")) == 2
    assert len(contexts(lake)) == 7


def test_growth_makes_only_the_new_contexts(lake):
    run_step(Contexts(), lake)
    add_sounds(lake, "b-00000", {"b0": flac(sound(7))}, split="test")
    add_prompts(lake, "b-00000", [rich_caption("b0", ["rain"])], [prompt("b0")])
    summary = run_step(Contexts(), lake)
    assert (summary.done_before, summary.counts.rows_in) == (1, 1)
    assert {row["split"] for row in contexts(lake).values()} == {"train", "test"}


def test_a_changed_split_reaches_the_contexts(lake):
    run_step(Contexts(), lake)
    add_sounds(lake, "a-00000", {f"a{i}": flac(sound(i)) for i in range(3)}, split="test")
    run_step(Contexts(), lake)
    assert {row["split"] for row in contexts(lake).values()} == {"test"}


def test_the_judge_hears_the_keywords_in_their_order():
    assert judge_text(["siren", "dog bark"]) == "siren, dog bark"
