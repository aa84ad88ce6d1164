import csv
import random
import re

import pytest
from pydantic import BaseModel

from pipelines.text.embedded import EmbeddedRules
from pipelines.text.outputs import CritiqueForm, DialogueForm, PromptSetForm, RichCaptionForm
from pipelines.text.readings import rich_caption_of
from pipelines.text.requests import TASKS, request_of
from pipelines.text.text_model import Message, TextModelError, TextRequest
from tests.places import DATA

CAPTIONS = DATA / "captions/audiocaps/val.csv"
RULES = EmbeddedRules()


def rich(text="a dog barks twice before rain falls while a clock ticks"):
    return rich_caption_of(text, "human").model_dump()


def test_every_task_has_rules():
    material = {
        "rich_caption": ({"text": "rain", "text_kind": "label"}, RichCaptionForm),
        "prompts": ({"rich_caption": rich()}, PromptSetForm),
        "dialogue": ({"rich_caption": rich()}, DialogueForm),
        "critique": ({"planned": rich(), "heard": rich("rain falls")}, CritiqueForm),
    }
    assert set(material) == set(TASKS)
    for task, (facts, form) in material.items():
        assert isinstance(RULES.answer(request_of(task, facts), form), form)


def test_the_same_seed_gives_the_same_words_and_another_seed_other_words():
    def prompts(seed):
        return RULES.answer(
            request_of("prompts", {"rich_caption": rich()}, seed=seed), PromptSetForm
        )

    assert prompts(1) == prompts(1)
    assert len({prompts(seed).plain for seed in range(20)}) > 1


def test_a_dialogue_of_one_event_takes_two_turns_and_of_more_three_or_four():
    def turns(text, seed):
        request = request_of("dialogue", {"rich_caption": rich(text)}, seed=seed)
        return len(RULES.answer(request, DialogueForm).turns)

    assert {turns("a dog barks", seed) for seed in range(5)} == {2}
    assert {turns("a dog barks then rain falls", seed) for seed in range(20)} == {3, 4}


def test_prompts_are_english_sentences_with_articles_and_details_in_their_place():
    facts = {"rich_caption": rich("a dog barks twice before rain falls while a clock ticks")}
    prompts = {
        RULES.answer(request_of("prompts", facts, seed=seed), PromptSetForm) for seed in range(20)
    }
    plain = "Make a clip where one can hear a dog barking, rain falling and a clock ticking."
    assert plain in {prompt.plain for prompt in prompts}
    scene = "a dog barking (twice), then rain falling, along with a clock ticking."
    assert all(prompt.detailed.endswith(scene) for prompt in prompts)


def test_an_abstract_prompt_is_a_scenario_and_names_no_event():
    request = request_of("prompts", {"rich_caption": rich("a rooster crows and a hen clucks")})
    abstract = RULES.answer(request, PromptSetForm).abstract
    assert not {"rooster", "crows", "hen", "clucks"} & set(abstract.split())


def test_no_scenario_means_no_abstract_prompt():
    request = request_of("prompts", {"rich_caption": rich("something vibrates")})
    assert RULES.answer(request, PromptSetForm).abstract is None


def test_prompts_that_grow_too_long_are_refused_and_not_cut():
    spoken = rich_caption_of("word " * 396, "transcript").model_dump()
    with pytest.raises(TextModelError) as caught:
        RULES.answer(request_of("prompts", {"rich_caption": spoken}), PromptSetForm)
    assert caught.value.reason == "schema"


class Unrelated(BaseModel):
    number: int


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (TextRequest(messages=()), "unsupported"),
        (TextRequest(messages=(Message(role="user", content="hello"),)), "unsupported"),
        (TextRequest(messages=(Message(role="user", content="[1]"),)), "unsupported"),
        (TextRequest(messages=(Message(role="user", content='{"task": "poem"}'),)), "unsupported"),
        (request_of("prompts", {"rich_caption": {"keywords": []}}), "unsupported"),
        (request_of("rich_caption", {"text": "rain"}), "unsupported"),
        (request_of("rich_caption", {"text": "", "text_kind": "human"}), "empty"),
        (request_of("rich_caption", {"text": "a " * 1500, "text_kind": "transcript"}), "schema"),
        (request_of("rich_caption", {"text": "rain", "text_kind": "human"}), "schema"),
    ],
)
def test_what_the_rules_cannot_answer_is_an_error_with_a_reason(request_, reason):
    with pytest.raises(TextModelError) as caught:
        RULES.answer(request_, Unrelated)
    assert caught.value.reason == reason


def _real_captions(count):
    if not CAPTIONS.is_file():
        pytest.skip("needs the AudioCaps captions of ../shared/data")
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        rows = [row["caption"] for row in csv.DictReader(file)]
    return random.Random(0).sample(rows, count)  # noqa: S311 (which rows, no secret)


def _words(text):
    return set(re.findall(r"[\w'-]*\w", text.casefold().replace("\u2019", "'")))


@pytest.mark.realdata
def test_real_captions_give_rich_captions_of_their_own_words_and_prompts_about_them():
    for caption in _real_captions(200):
        facts = {"text": caption, "text_kind": "human"}
        found = RULES.answer(request_of("rich_caption", facts), RichCaptionForm)
        for keyword in found.keywords:
            assert set(keyword.split()) - {"and"} <= _words(caption), caption
        for sound in found.description:
            assert _words(sound.text) <= _words(caption), caption
        material = {"rich_caption": found.model_dump()}
        assert RULES.answer(request_of("prompts", material), PromptSetForm).plain
        assert RULES.answer(request_of("dialogue", material), DialogueForm).turns


@pytest.mark.realdata
def test_real_captions_with_before_and_after_are_put_in_the_order_of_time():
    """Of `X before Y`, X's words stand first in the layout; of `X after Y`, Y's."""
    checked = 0
    for caption in _real_captions(2400):
        text = caption.casefold()
        parts = re.split(r"\b(before|after)\b", text)
        if len(parts) != 3 or re.search(r"after(?: which|$)|^after|^before|then|followed", text):
            continue
        first, word, second = parts
        earlier, later = (first, second) if word == "before" else (second, first)
        layout = rich_caption_of(caption, "human").layout
        assert layout[0].event.split()[-1] in _words(earlier), caption
        assert layout[-1].event.split()[-1] in _words(later), caption
        checked += 1
    assert checked >= 20
