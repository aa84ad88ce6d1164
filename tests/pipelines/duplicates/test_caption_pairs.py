"""Which captions are near duplicates, on texts that are made here and on those of AudioCaps."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from pipelines.duplicates.caption_clusters import Likeness, stars
from pipelines.duplicates.caption_keys import Reach
from pipelines.duplicates.caption_similarity import Lexicon, similarity
from pipelines.duplicates.captions import THRESHOLD, TextReader, caption_edges
from pipelines.duplicates.clusters import clusters
from pipelines.duplicates.grouping import Grouping
from tests.pipelines.duplicates import edits

needs_audiocaps = pytest.mark.skipif(
    not edits.AUDIOCAPS.is_dir(), reason="needs ../shared/data/captions/audiocaps"
)


def read(texts):
    reader = TextReader()
    for start in range(0, len(texts), 10_000):
        reader.add(texts[start : start + 10_000])
    return reader.texts()


def edges(texts, folder, threshold=THRESHOLD, **grouping):
    return caption_edges(read(texts), threshold, Grouping(**grouping), folder)


def linked(texts, folder):
    """Pairs of given captions in one component."""
    found = edges(texts, folder)
    label = {}
    for number, rows in enumerate(clusters(int(found.text_of.max()) + 1, found.near)):
        label |= dict.fromkeys(rows.tolist(), number)
    names = [label.get(text, f"alone {text}") for text in found.text_of.tolist()]
    return {(one, other) for one, other in combinations(range(len(texts)), 2)
            if names[one] == names[other]}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A dog barks", "a dog is barking!"),
        ("A dog barks", "dogs barking"),
        ("A car engine revs", "a car enginee revs"),
        ("Rain", "rain."),
        ("A low-pitched hum", "a low pitched hum"),
        ("Rain falls.A dog barks", "Rain falls. A dog barks"),
        ("A cow moos", "cows mooing"),
        ("A man speaks as a dog barks", "a man speaks loudly as a dog barks"),
        (
            "a man talks while a dog barks, birds chirp, a car passes and wind blows hard",
            "a man talks while a dog barks, birds chirp, a train passes and wind blows hard",
        ),
    ],
)
def test_these_are_duplicates(one, other, tmp_path):
    assert linked([one, other], tmp_path) == {(0, 1)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A dog barks", "A cat barks"),
        ("A dog barks", "A dog growls"),
        ("A clock ticks", "A clock clicks"),
        ("Rain", "Train"),
        ("A dog barks", "A dog barks loudly"),
        ("a man speaks followed by a dog barking", "a dog barking followed by a man speaks"),
        ("two dogs bark as a man speaks", "three dogs bark as a man speaks"),
        ("a man speaks and a dog barks", "a man speaks and no dog barks"),
        ("A dog barks loudly in the yard", "A dog isn't barking loudly in the yard"),
        ("A dog barks loudly in the yard", "A dog doesn\u2019t bark loudly in the yard"),
        ("\u0926\u0940", "\u0926\u093e"),  # two words of Hindi: one letter, two vowel signs
        ("犬が吠える", "猫が吠える"),
    ],
)
def test_these_are_none(one, other, tmp_path):
    assert linked([one, other], tmp_path) == set()


def test_a_threshold_forgives_what_its_arithmetic_says():
    reach = Reach(threshold=0.8)
    assert (reach.inserted_from, reach.changed_from) == (4, 9)  # 4/5 and 8/10
    words = [f"word{letter * 3}" for letter in "abcdefghijk"]
    assert similarity(words[:4], words[:5]) == pytest.approx(0.8)
    assert similarity(words[:9], [*words[:8], words[9]]) == pytest.approx(0.8)
    assert similarity(words[:8], [*words[:7], words[9]]) == pytest.approx(7 / 9)


def test_no_caption_gives_no_pair(tmp_path):
    assert edges([], tmp_path).near.shape == (0, 2)
    assert edges(["", "of the", "!"], tmp_path).near.shape == (0, 2)


def test_a_chain_of_small_changes_does_not_join_its_ends():
    alike = {(0, 1), (1, 2), (2, 3)}

    def near(one, other):
        return tuple(sorted((one, other))) in alike

    neighbours = {0: [1], 1: [0, 2], 2: [1, 3], 3: [2]}
    assert stars([0, 1, 2, 3], neighbours, near) == {0: [0, 1], 2: [2, 3]}


def test_a_text_beside_a_neighbour_of_a_centre_is_compared_with_the_centre():
    def near(one, other):
        return {one, other} != {1, 2}

    neighbours = {0: [1, 2, 3], 1: [0], 2: [0], 3: [0]}
    assert stars([3, 1, 2, 0], neighbours, near) == {3: [3, 1, 2, 0]}


def sample(count):
    texts = edits.audiocaps("test")[:count]
    return texts + [edited for _, edited in edits.planted(edits.typo, texts, count // 4)]


@pytest.mark.realdata
@needs_audiocaps
@pytest.mark.slow
def test_keys_find_what_comparing_all_pairs_finds(tmp_path):
    texts = read(sample(360))
    found = caption_edges(texts, THRESHOLD, Grouping(), tmp_path)
    contents = texts.contents
    lexicon = Lexicon.of(contents.vocabulary.words)
    likeness = Likeness(contents=contents, lexicon=lexicon, threshold=THRESHOLD)
    told = [text for text in range(len(contents)) if contents.of(text)]
    alike = [pair for pair in combinations(told, 2) if likeness.alike(*pair)]
    component = {}
    for number, rows in enumerate(clusters(len(contents), found.near)):
        component |= dict.fromkeys(rows.tolist(), number)
    joined = [component.get(one, -1) == component.get(other, -2) for one, other in alike]
    assert len(alike) > 50
    assert np.mean(joined) >= 0.99
    assert {tuple(pair) for pair in found.near.tolist()} <= set(alike)


@pytest.mark.realdata
@needs_audiocaps
def test_beam_finds_the_pairs_that_this_process_finds(tmp_path):
    texts = sample(160)
    local, beam = (edges(texts, tmp_path, engine=engine) for engine in ("local", "beam"))
    assert local.near.tolist() == beam.near.tolist()
    assert (local.compared, local.lost) == (beam.compared, beam.lost)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.realdata
@needs_audiocaps
def test_audiocaps_train_has_the_known_duplicates():
    captions = edits.audiocaps("train")
    texts = read(captions)
    counts = np.bincount(texts.first)
    assert (int((counts > 1).sum()), int(counts[counts > 1].sum())) == (1624, 5789)
    first = texts.distinct[int(counts.argmax())]
    assert (captions[first].lower(), int(counts.max())) == ("a man speaking", 80)
    assert Counter(counts.tolist())[1] == len(captions) - 5789


@pytest.mark.realdata
@needs_audiocaps
@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "needs_words"),
    [
        (edits.typo, False),
        (edits.ending, False),
        (edits.function_word, False),
        (edits.inserted, False),
        (edits.long_changed, True),
    ],
    ids=["typo", "ending", "function word", "inserted", "changed in long"],
)
def test_planted_edits_of_one_word_are_found(make, needs_words):
    texts = edits.audiocaps("test")
    more = {"vocabulary": edits.vocabulary_of(texts)} if needs_words else {}
    pairs = edits.planted(make, texts, 300, **more)
    found = [
        similarity(edits.content(one), edits.content(other)) >= THRESHOLD for one, other in pairs
    ]
    assert np.mean(found) >= 0.99


@pytest.mark.realdata
@needs_audiocaps
@pytest.mark.parametrize(
    ("make", "needs_words"),
    [
        (edits.short_changed, True),
        (edits.turned, False),
        (edits.extended, False),
        (edits.denied, False),
    ],
    ids=["changed", "turned", "extended", "denied"],
)
def test_other_sounds_are_not_taken_for_duplicates(make, needs_words):
    texts = edits.audiocaps("test")
    more = {"vocabulary": edits.vocabulary_of(texts)} if needs_words else {}
    pairs = edits.planted(make, texts, 300, **more)
    alike = [pair for pair in pairs if similarity(*map(edits.content, pair)) >= THRESHOLD]
    assert alike == []
