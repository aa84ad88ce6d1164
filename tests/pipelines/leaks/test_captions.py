import csv
import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.caption_similarity import similarity
from pipelines.leaks.captions import Captions, content_words, tokens_of
from pipelines.leaks.wording import normalised
from tests.places import DATA

CAPTIONS = DATA / "captions"


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


def test_a_single_word_is_near_its_plural_alone():
    known = index(["rain", "dog", "dog dog", "dog barks"])
    assert told(known.hits("the dogs")) == [("near_caption", "dog", ("1",), 1.0)]
    assert known.hits("cat") == []


def test_words_that_no_set_has_may_be_up_to_a_share_of_a_near_caption():
    known = index(["birds sing water flows"])
    assert told(known.hits("birds sing water flows xylophonically"))[0][3] == 0.8
    assert known.hits("birds sing water flows xylophonically zealously") == []


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


LONG = st.lists(st.sampled_from("bcdefghijklmnop"), min_size=8, max_size=20)


@given(st.lists(LONG, min_size=1, max_size=6), st.data(), st.sampled_from([0.6, 0.7, 0.8, 0.9]))
def test_no_long_caption_that_is_near_is_missed(texts, data, near):
    asked = list(data.draw(st.sampled_from(texts)))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(asked) - 1))
        asked[at : at + data.draw(st.integers(0, 1))] = [data.draw(st.sampled_from("bcxyz"))]
    known = [" ".join(text) for text in texts]
    assert said(index(known, near).hits(" ".join(asked))) == brute(known, " ".join(asked), near)


def said(hits):
    return [(hit.how, hit.matched, hit.value) for hit in hits]


@cache
def words_and_tokens(text):
    words = content_words(text)
    return words, tokens_of(words)


def brute(texts, asked, near):
    """Compare with every caption: the first of the most similar ones, where words suffice."""
    if asked in texts:
        return [("caption", asked, 1.0)]
    mine, ours = words_and_tokens(asked)
    best = (0.0, "")
    for text in texts:
        theirs, others = words_and_tokens(text)
        if len(ours & others) >= near * len(ours | others) - 1e-12 and mine:
            share = similarity(mine, theirs)
            best = (share, text) if share >= near and share > best[0] else best
    return [("near_caption", best[1], best[0])] if best[0] else []


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not CAPTIONS.is_dir(), reason="needs ../shared/data")
@pytest.mark.parametrize("near", [0.6, 0.8])
def test_hits_on_real_sets_are_those_of_comparing_with_every_caption(near):
    known = list(dict.fromkeys(column("clotho/test.csv", "caption_1")))
    known += column("musiccaps/musiccaps-public.csv", "caption")[:300]
    asked = [*known[::40], *column("audiocaps/train.csv", "caption")[::1000]]
    draw = random.Random(0)  # noqa: S311 (the same words in every run, no secret)
    for text in known[1::10]:
        words = text.split()
        words[draw.randrange(len(words))] = draw.choice(asked).split()[-1]
        asked.append(" ".join(words))
    captions = index(known, near)
    hits = [said(captions.hits(text)) for text in asked]
    assert hits == [brute(known, text, near) for text in asked]
    assert sum(bool(hit) and hit[0][0] == "near_caption" for hit in hits) > 50


def column(path, *names):
    with (CAPTIONS / path).open(encoding="utf-8", newline="") as file:
        return [normalised(row[name]) for row in csv.DictReader(file) for name in names]
