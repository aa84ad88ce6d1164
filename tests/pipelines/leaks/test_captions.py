import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.caption_similarity import similarity
from pipelines.leaks.captions import Captions


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
    [found] = known.hits("a helicopter engine runs idle as wind blows heavily")
    assert told([found]) == [
        ("near_caption", "a helicopter engine runs idle as wind blows", ("0",), 0.86)
    ]
    assert found.threshold == 0.8


def test_articles_and_endings_make_no_difference():
    assert told(index(["the dogs are barking"]).hits("a dog barks"))[0][0] == "near_caption"


def test_the_most_similar_caption_is_told():
    near = "birds sing and water flows over stones near seven tall trees"
    other = "birds sing and water flows over rocks near seven tall trees"
    assert told(index([other, near]).hits(f"{near} today"))[0][1] == near


def test_captions_of_function_words_alone_are_near_nothing():
    assert index(["it is there"]).hits("there it was") == []


@pytest.mark.parametrize("near", [0.59, 1.1])
def test_a_likeness_that_means_nothing_is_refused(near):
    with pytest.raises(ValueError, match="expected a share of common words"):
        index(["rain"], near)


WORDS = st.lists(st.sampled_from("bcdefghi"), min_size=1, max_size=8).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, st.sampled_from([0.6, 0.75, 0.8, 1.0]))
def test_near_captions_are_those_that_comparing_all_pairs_would_find(texts, asked, near):
    hits = index(texts, near).hits(asked)
    best = max(similarity(asked.split(), text.split()) for text in texts)
    if asked in texts:
        assert [hit.how for hit in hits] == ["caption"]
    elif best >= near and near < 1:
        assert [(hit.how, hit.value) for hit in hits] == [("near_caption", best)]
    else:
        assert hits == []
