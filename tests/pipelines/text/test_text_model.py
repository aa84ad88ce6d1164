import pickle

import pytest
from pydantic import BaseModel, ConfigDict

from pipelines.text.text_model import Message, TextModelError, TextRequest, checked


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: str


def request(text="hello", **changes):
    return TextRequest(messages=(Message(role="user", content=text),), **changes)


@pytest.mark.parametrize(
    "text",
    ['{"word": "a"}', ' {"word": "a"}\n', '```json\n{"word": "a"}\n```', '```\n{"word":"a"}\n```'],
)
def test_json_and_fenced_json_are_read(text):
    assert checked(text, Word).word == "a"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("```\n\n```", "empty"),
        ("word: a", "invalid_json"),
        ('{"word": "a"', "invalid_json"),
        ('{"word": 1}', "schema"),
        ('{"word": "a", "more": 1}', "schema"),
        ("[]", "schema"),
        pytest.param("[" * 100_000, "invalid_json", id="brackets without end"),
        pytest.param('{"word": ' + "1" * 5000 + "}", "invalid_json", id="digits without end"),
        pytest.param(r'{"word": "dog \ud83d"}', "invalid_json", id="half a letter"),
    ],
)
def test_an_unusable_answer_has_a_reason(text, reason):
    with pytest.raises(TextModelError) as caught:
        checked(text, Word)
    assert caught.value.reason == reason


def test_the_digest_covers_the_messages_but_not_the_sample():
    assert request().digest == request(sample=3, seed=9).digest
    assert request().digest != request("goodbye").digest


def test_an_error_survives_pickling_with_its_reason():
    error = pickle.loads(pickle.dumps(TextModelError("schema", "no word")))  # noqa: S301 (our own bytes)
    assert (error.reason, error.detail, str(error)) == ("schema", "no word", "schema: no word")
