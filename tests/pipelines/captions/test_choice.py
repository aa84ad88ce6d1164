import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.captioners.captioner import Said, Sampling
from pipelines.captions.choice import chosen, cleaned, usable
from pipelines.captions.recipe import AUDIOSETCAPS, ETTA, CaptionRecipe, recipe_of


def choices(texts, scores, recipe=ETTA, threshold=0.45):
    said = [Said(sample=i, text=text) for i, text in enumerate(texts)]
    given_scores = dict(zip(map(cleaned, texts), scores, strict=True))
    return chosen(usable(said, recipe), given_scores, recipe, threshold)


def reasons(found):
    return [one.reason for one in found]


NAMES = [f"a caption of sound number {name}" for name in ("one", "two", "three", "four", "five")]


def test_the_best_three_above_the_threshold_are_kept():
    found = choices(NAMES, [0.5, 0.9, 0.44, 0.7, 0.6])
    assert reasons(found) == ["outranked", None, "clap", None, None]
    assert (found[0].value, found[0].threshold) == (0.5, 0.6)
    assert (found[2].value, found[2].threshold) == (0.44, 0.45)


def test_a_score_at_the_threshold_is_kept():
    assert reasons(choices(NAMES[:1], [0.45])) == [None]


def test_of_equal_scores_the_first_sample_wins():
    assert reasons(choices(NAMES, [0.5] * 5)) == [None, None, None, "outranked", "outranked"]


def test_etta_ranks_before_it_looks_at_the_words_and_the_other_order_can_be_chosen():
    texts = ["a faint bell rings", *NAMES[:3]]
    scores = [0.9, 0.8, 0.7, 0.6]
    assert reasons(choices(texts, scores)) == ["blocklist", None, None, "outranked"]
    first = CaptionRecipe(blocklist_first=True)
    assert reasons(choices(texts, scores, first)) == ["blocklist", None, None, None]


def test_texts_are_refused_by_length_and_repetition_before_they_are_scored():
    said = [
        Said(sample=0, text=" "),
        Said(sample=1, text="Rain."),
        Said(sample=2, text="x" * 501),
        Said(sample=3, text='"A bell rings."'),
        Said(sample=4, text="a bell  rings."),
        Said(sample=5, reason="unreachable", detail="500"),
    ]
    found = usable(said, ETTA)
    assert reasons(found) == ["empty", "short", "long", None, "repeated", "unreachable"]
    assert (found[1].value, found[1].threshold) == (5, 8)
    assert found[4].value == 3  # the sample that it repeats


def test_audiosetcaps_keeps_the_best_try_that_reaches_the_label():
    texts = [f"{name} {'that goes on and on ' * 6}" for name in NAMES]
    found = choices(texts, [0.2, 0.5, 0.4, 0.1, 0.3], AUDIOSETCAPS, threshold=0.35)
    assert reasons(found) == ["label", None, "outranked", "label", "label"]


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=8),
    st.integers(1, 4),
    st.booleans(),
)
def test_every_sample_ends_once_and_no_kept_one_is_worse_than_a_refused_one(scores, keep, first):
    texts = [f"caption of sound {i}{i}" for i in range(len(scores))]
    recipe = CaptionRecipe(keep=keep, blocklist_first=first)
    found = choices(texts, scores, recipe, threshold=0.0)
    kept = [one.score for one in found if one.kept]
    assert len(found) == len(scores)
    assert len(kept) == min(keep, sum(score >= 0 for score in scores))
    assert min(kept, default=1) >= max((f.score for f in found if not f.kept), default=-1)


def test_a_recipe_is_read_from_toml_with_ettas_defaults(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text('keep = 1\nblocklist = ["hum"]\n[sampling]\nsamples = 5\n', encoding="utf-8")
    recipe = recipe_of(str(path))
    assert (recipe.keep, recipe.blocklist, recipe.sampling.samples) == (1, ("hum",), 5)
    assert recipe.sampling.top_p == 0.95


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep = 0", "keep: Input should be greater"),
        ("best = 3", "best: no such key; expected one of sampling, rule, keep"),
        ("keep =", "expected TOML"),
        ("min_characters = 9\nmax_characters = 8", "min_characters <= max_characters"),
        ('rule = "label"\nthreshold = 0.1', "expected no threshold"),
        ("[sampling]\ngreedy = true", "expected samples = 1"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path, text, said):
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        recipe_of(str(path))


def test_a_recipe_of_no_name_and_no_file_is_told():
    with pytest.raises(ValueError, match="expected a recipe of etta, audiosetcaps or a TOML file"):
        recipe_of("eta")


def test_the_prompt_digest_is_that_of_the_question_and_not_of_the_number_of_samples():
    assert Sampling(samples=1).digest == Sampling().digest
    assert Sampling(prompt="What?").digest != Sampling().digest
