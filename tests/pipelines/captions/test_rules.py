import csv
import json
from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.captions.blocklist import ETTA_KEYWORDS, blocked_by
from pipelines.captions.checks import DEFAULTS, findings
from pipelines.captions.events import named_events, unheard
from pipelines.captions.language import Guess, foreign, guesses, read_whole
from pipelines.captions.rules import leaked_prompt, markup, probability, repetition
from tests.places import DATA

CAPTIONS = DATA / "captions"
real = [
    pytest.mark.realdata,
    pytest.mark.skipif(not CAPTIONS.is_dir(), reason="needs ../shared/data"),
]


def column(path, *names):
    with (CAPTIONS / path).open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file) for name in names]


def audiocaps():
    return column("audiocaps/train.csv", "caption")


def clotho():
    names = [f"caption_{i}" for i in range(1, 6)]
    return [text for one in ("val", "test") for text in column(f"clotho/{one}.csv", *names)]


@pytest.mark.parametrize(
    "text",
    [
        "As an AI language model, I cannot hear the audio.",
        "Can you briefly describe what you hear in this audio? A dog barks.",
        "Sure, here is a short description of the audio: rain.",
        "Here's a caption for the sound: a bell rings.",
        "The caption is: a bell rings",
        "I'm sorry, but I can't listen to audio.",
        "Please provide the audio clip.",
        "A dog barks.\nAssistant: a cat meows.",
        "<|im_start|>assistant\nA dog barks",
        "Caption: a dog barks",
        "A dog barks. Let me know if you need more.",
    ],
)
def test_a_talk_with_a_model_is_no_caption(text):
    assert leaked_prompt(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "A man says sure, here we go",
        "A user types on a keyboard",
        "The assistant speaks over a loudspeaker",
        "Someone says I can't believe it",
        "The sound of a system: a fan hums",
    ],
)
def test_a_caption_about_talk_is_a_caption(text):
    assert leaked_prompt(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "**Rain** falls",
        "# Audio\nRain falls",
        "- rain falls\n- wind blows",
        "1. rain falls\n2. wind blows",
        "```\nrain\n```",
        '{"caption": "rain falls"}',
        '["rain", "wind"]',
        "Rain <b>falls</b>",
        "See [rain](http://example.org/rain)",
        "Rain falls\\n",
    ],
)
def test_markup_is_found(text):
    assert markup(text) is not None


@pytest.mark.parametrize("text", ["A 4 * 4 engine idles", "Rain - then wind", "3. Rain falls."])
def test_a_sign_is_no_markup(text):
    assert markup(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Speech (0.93), music (0.05)",
        "Speech: 0.93",
        "a dog barks with 0.87 probability",
        "a dog barks, 95% confidence",
        "The confidence level is 0.9 for rain",
        "rain [p=.75]",
        "rain (87 %)",
    ],
)
def test_raw_probabilities_are_found(text):
    assert probability(text) is not None


@pytest.mark.parametrize(
    "text",
    ["A clock strikes 12", "An engine at 3.5 litres", "A song at 120.5 bpm", "100% rain fills it"],
)
def test_a_number_is_no_probability(text):
    assert probability(text) is None


@given(
    st.lists(st.sampled_from(["rain", "wind", "bell"]), min_size=1, max_size=4),
    st.integers(3, 6),
)
def test_a_phrase_that_comes_n_times_in_a_row_is_found(phrase, times):
    text = " ".join(phrase * times)
    found = repetition(text, words=3, phrases=3)
    assert found is not None
    assert found.value >= 3
    assert " ".join([found.evidence] * int(found.value)) in text


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_a_run_is_as_long_as_a_plain_count_says(letters):
    found = repetition(" ".join(letters), words=3, phrases=99)
    longest = max((len(list(run)) for _, run in groupby(letters)), default=0)
    assert (found.value if found else min(longest, 2)) == longest


def test_events_are_named_in_any_form():
    classes = ["bell rings", "dog barks", "engine hums", "rain"]
    assert named_events("Bells ringing as an engine is humming", classes) == [
        "bell rings",
        "engine hums",
    ]
    assert named_events("A training session", classes) == []


def test_only_events_that_the_judge_knows_can_be_unheard():
    heard = {"dog barks": 0.02, "rain": 0.9}
    assert unheard("A cat meows in the rain", heard, threshold=0.1) is None
    found = unheard("A dog barks in the rain", heard, threshold=0.1)
    assert (found.evidence, found.value, found.threshold) == ("dog barks", 0.02, 0.1)


def test_another_language_is_found_and_a_short_text_is_left():
    texts = [
        "Ein Hund bellt laut im Hof, während es regnet.",
        "Un chien aboie dans la cour pendant qu'il pleut.",
        "狗在院子里叫。",
        "A metal door clangs",
        "Someone is trimming the bushes with electric clippers",
    ]
    found = [foreign(g, wanted=["en"], margin=0.4) for g in guesses(texts, ["en"])]
    assert [one.evidence if one else None for one in found] == ["de", "fr", "zh", None, None]


def test_a_margin_is_that_over_the_wanted_language():
    (guess,) = read_whole(["Ein Hund bellt laut im Hof."], ["de"])
    (other,) = read_whole(["Ein Hund bellt laut im Hof."], ["en"])
    assert guess.code == other.code == "de"
    assert 0 < guess.margin <= other.margin <= 1
    assert foreign(Guess(code="de", margin=1.0), wanted=["de"], margin=0.1) is None
    with pytest.raises(ValueError, match="expected languages of ar, de"):
        guesses(["x"], ["tlh"])


def test_a_blocked_word_stands_alone():
    assert blocked_by("Steady background  noise") == "background noise"
    assert blocked_by("A LOW-QUALITY recording") == "low-quality"
    assert blocked_by("Poorly tuned, echoes, noises") is None
    assert blocked_by("a non-static sound", ["static"]) is None
    assert blocked_by("anything", []) is None


class TestOnRealCaptions:
    pytestmark = real

    def test_etta_keywords_drop_12_percent_as_substrings_and_9_as_words(self):
        texts = audiocaps()
        inside = sum(any(k in text.lower() for k in ETTA_KEYWORDS) for text in texts)
        alone = sum(blocked_by(text) is not None for text in texts)
        assert (len(texts), inside, alone) == (49_838, 5_916, 4_652)

    @pytest.mark.slow
    def test_no_human_caption_of_audiocaps_or_clotho_is_taken_for_a_models_fault(self):
        texts = audiocaps()[::4] + clotho()[::2]
        assert Counter(f.check for t in texts for f in findings(t, DEFAULTS) if f) == Counter()

    @pytest.mark.slow
    def test_few_captions_of_other_sets_are(self):
        music = column("musiccaps/musiccaps-public.csv", "caption")
        songs = column("songdescriber/song_describer.csv", "caption")
        bible = json.loads((CAPTIONS / "wavcaps/sb_final.json").read_text(encoding="utf-8"))["data"]
        texts = [*music, *songs, *(row["caption"] for row in bible)]
        found = Counter(f.check for t in texts for f in findings(t, DEFAULTS) if f)
        assert found == Counter(repetition=1)  # "Industrial Rock" four times: it is one

    @pytest.mark.slow
    def test_every_fortieth_caption_of_audiocaps_is_english(self):
        found = guesses(audiocaps()[::40], ["en"])
        assert not [g for g in found if foreign(g, wanted=["en"], margin=0.4)]
