import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.generation.preference_pairs import (
    CLAP_AND_AESTHETICS,
    REASONS,
    Candidate,
    PreferenceRule,
    best_pair,
    refusal,
)

RULE = CLAP_AND_AESTHETICS


def candidate(name, clap, aesthetic=0.0, context="c", **scores):
    axes = dict.fromkeys(("ce", "cu", "pc", "pq"), aesthetic)
    return Candidate(
        generation_id=name, context_id=context, scores={"clap": clap, **axes, **scores}
    )


def test_the_papers_threshold_and_axes():
    assert (RULE.text_axis, RULE.threshold) == ("clap", 0.15)
    assert RULE.axes == ("ce", "cu", "pc", "pq")


def test_the_widest_gap_wins():
    pair = best_pair([candidate("a", 0.1, 1), candidate("b", 0.3, 2), candidate("c", 0.6, 3)], RULE)
    assert (pair.winner_id, pair.loser_id) == ("c", "a")
    assert pair.gaps == {"clap": 0.5, "ce": 2, "cu": 2, "pc": 2, "pq": 2}


def test_a_gap_at_the_threshold_passes():
    rule = PreferenceRule(text_axis="clap", axes=RULE.axes, threshold=0.25)
    assert best_pair([candidate("a", 0.25, 1), candidate("b", 0.5, 2)], rule) is not None


@pytest.mark.parametrize("axis", ["ce", "cu", "pc", "pq"])
@pytest.mark.parametrize("value", [0.5, 1.0])
def test_one_worse_or_equal_axis_rejects_the_pair(axis, value):
    pair = [candidate("a", 0.1, 1), candidate("b", 0.6, 2, **{axis: value})]
    assert best_pair(pair, RULE) is None
    assert refusal(pair, RULE) == "no_clear_winner"


def test_a_clear_pair_is_found_beside_an_unclear_wider_one():
    candidates = [candidate("a", 0.0, 9), candidate("b", 0.2, 1), candidate("c", 0.9, 2)]
    pair = best_pair(candidates, RULE)
    assert (pair.winner_id, pair.loser_id) == ("c", "b")


def test_another_scorer_has_its_own_names_and_threshold():
    rule = PreferenceRule(text_axis="text_match", axes=("clarity_db",), threshold=0.4)

    def scored(name, match, clarity):
        scores = {"text_match": match, "clarity_db": clarity}
        return Candidate(generation_id=name, context_id="c", scores=scores)

    assert best_pair([scored("a", 0.0, 1), scored("b", 0.3, 2)], rule) is None
    assert best_pair([scored("a", 0.0, 1), scored("b", 0.5, 2)], rule).winner_id == "b"


def test_different_contexts_are_an_error():
    with pytest.raises(ValueError, match=r"one context, got \['p', 'q'\]"):
        best_pair([candidate("a", 0, context="p"), candidate("b", 1, context="q")], RULE)


def test_every_refusal_has_its_reason():
    unscored = Candidate(generation_id="x", context_id="c", scores={"clap": 0.1})
    broken = candidate("y", float("nan"))
    cases = {
        "no_generation": [],
        "single_generation": [candidate("a", 0.1)],
        "missing_scores": [candidate("a", 0.1), unscored, broken],
        "no_text_gap": [candidate("a", 0.1, 1), candidate("b", 0.2, 2)],
        "no_clear_winner": [candidate("a", 0.1, 2), candidate("b", 0.9, 1)],
    }
    assert {reason: refusal(found, RULE) for reason, found in cases.items()} == {
        reason: reason for reason in REASONS
    }
    assert all(best_pair(found, RULE) is None for found in cases.values())


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=6), st.randoms())
def test_the_choice_does_not_depend_on_the_order_and_keeps_the_rule(values, random):
    candidates = [candidate(str(i), clap / 8, axis) for i, (clap, axis) in enumerate(values)]
    pair = best_pair(candidates, RULE)
    shuffled = random.sample(candidates, len(candidates))
    assert best_pair(shuffled, RULE) == pair
    if pair is None:
        assert refusal(candidates, RULE) in REASONS
    else:
        assert pair.gaps["clap"] >= RULE.threshold
        assert min(pair.gaps[axis] for axis in RULE.axes) > 0
