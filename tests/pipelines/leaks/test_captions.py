import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.leaks.captions import Captions, jaccard, tokens_of


def index(texts, near=0.8, name="eval"):
    rows = [
        {"evaluation_set": name, "item_id": str(n), "captions": [text]}
        for n, text in enumerate(texts)
    ]
    return Captions.of(rows, near)


def told(hits):
    return [(hit.how, hit.matched, hit.items, round(hit.value, 2)) for hit in hits]


def test_an_equal_caption_names_all_items_that_have_it():
    found = index(["a dog barks", "rain falls", "a dog barks"]).hits("a dog barks")
    assert told(found) == [("caption", "a dog barks", ("0", "2"), 1.0)]


def test_a_cat_is_no_dog():
    assert index(["a dog barks"]).hits("a cat barks") == []


def test_one_word_more_in_a_long_caption_is_near_and_its_likeness_is_told():
    known = index(["a helicopter engine runs idle as wind blows"])
    found = known.hits("a helicopter engine runs idle as wind blows heavily")
    assert told(found) == [
        ("near_caption", "a helicopter engine runs idle as wind blows", ("0",), 0.89)
    ]
    assert found[0].threshold == 0.8


def test_the_most_similar_caption_is_told():
    near = "birds sing and water flows over stones in a wood"
    other = "birds sing and water flows over rocks in a wood"
    assert told(index([other, near]).hits(near + " today"))[0][1] == near


def test_a_word_said_twice_counts_twice():
    assert jaccard(tokens_of("beep beep beep"), tokens_of("beep")) == pytest.approx(1 / 3)


@pytest.mark.parametrize("near", [0.5, 1.1])
def test_a_likeness_that_means_nothing_is_refused(near):
    with pytest.raises(ValueError, match="expected a similarity above"):
        index(["rain"], near)


WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, st.sampled_from([0.6, 0.75, 0.8, 1.0]))
def test_near_captions_are_those_that_comparing_all_pairs_would_find(texts, asked, near):
    hits = index(texts, near).hits(asked)
    best = max(jaccard(tokens_of(asked), tokens_of(text)) for text in texts)
    if asked in texts:
        assert [hit.how for hit in hits] == ["caption"]
    elif best >= near and near < 1:
        assert [(hit.how, hit.value) for hit in hits] == [("near_caption", best)]
    else:
        assert hits == []
