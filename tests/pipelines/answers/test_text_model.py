import json

import numpy as np
import pytest
import torch

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Asked
from pipelines.answers.drawing import RowDraws
from pipelines.answers.local_checkpoint import local_checkpoint
from pipelines.answers.text_model import TextModel
from tests.pipelines.answers.tiny_models import causal, spoken_letters

pytestmark = pytest.mark.slow

QUESTIONS = ("Why?", "What is the number of legs of three cats and a bird?", "How many", "1+1=")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return TextModel.load(local_checkpoint(str(causal(tmp_path_factory.mktemp("causal")))))


@pytest.fixture(scope="module")
def lettered(tmp_path_factory):
    return TextModel.load(local_checkpoint(str(spoken_letters(tmp_path_factory.mktemp("abcd")))))


def chat(text, **values):
    return Prompt(**{"form": "chat", "user": text, "max_tokens": 24} | values)


def texts(replies):
    return [reply.text for reply in replies]


def test_answers_of_a_padded_batch_are_those_of_each_question_alone(model):
    asked = [Asked(prompt=chat(text)) for text in QUESTIONS]
    together = model.answer(asked)
    alone = [model.answer([own])[0] for own in asked]
    assert together == alone
    assert len(set(texts(together))) == len(QUESTIONS)


def test_a_drawn_answer_depends_on_its_seed_and_not_on_its_batch(model):
    asked = [
        Asked(prompt=chat(text), temperature=2.0, seed=seed)
        for seed, text in enumerate([QUESTIONS[0], *QUESTIONS])
    ]
    together = model.answer(asked)
    assert together == [model.answer([own])[0] for own in asked]
    assert together[0] != together[1]  # one question, two seeds


def test_draws_follow_the_softmax():
    scores = torch.log(torch.tensor([0.6, 0.3, 0.1]))
    rows = 20_000
    drawn = RowDraws(1.0, list(range(rows)))(None, scores.repeat(rows, 1)).argmax(dim=1)
    shares = torch.bincount(drawn, minlength=3) / rows
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.012)  # 3.5 standard errors
    cold = RowDraws(0.01, list(range(100)))(None, scores.repeat(100, 1)).argmax(dim=1)
    assert not cold.any()


def test_what_a_checkpoint_would_rather_generate_does_not_make_greedy_answers_other(
    model, tmp_path
):
    folder = causal(tmp_path)
    path = folder / "generation_config.json"
    own = {"repetition_penalty": 9.0, "no_repeat_ngram_size": 1, "do_sample": True, "top_k": 3}
    path.write_text(json.dumps(json.loads(path.read_text()) | own), encoding="utf-8")
    asked = [Asked(prompt=chat(text)) for text in QUESTIONS]
    other = TextModel.load(local_checkpoint(str(folder)))
    assert other.model.generation_config.repetition_penalty == 9.0
    assert other.answer(asked) == model.answer(asked)


def test_an_answer_ends_before_its_first_stop(model):
    (whole,) = model.answer([Asked(prompt=chat(QUESTIONS[0]))])
    assert (whole.status, whole.reason) == ("truncated", "not finished after 24 tokens")
    stop = whole.text[10:12]
    (ended,) = model.answer([Asked(prompt=chat(QUESTIONS[0], stops=(stop,)))])
    assert ended.text == whole.text[: whole.text.index(stop)]
    assert (ended.status, ended.reason) == ("ok", None)


def test_an_answer_that_ends_is_whole_and_may_be_empty(model, tmp_path):
    ending = TextModel.load(local_checkpoint(str(causal(tmp_path, ends=range(11, 266)))))
    asked = [Asked(prompt=chat(text)) for text in QUESTIONS]
    assert all(reply.reason is None and len(reply.text) <= 1 for reply in ending.answer(asked))
    (whole,) = model.answer([Asked(prompt=chat("x"))])
    (cut,) = model.answer([Asked(prompt=chat("x", stops=(whole.text[0],)))])
    assert (cut.text, cut.status, cut.reason) == ("", "empty", None)


def test_a_prompt_that_is_too_long_fails_and_its_neighbour_does_not(model):
    asked = [Asked(prompt=chat("long " * 200)), Asked(prompt=chat("short"))]
    long, short = model.answer(asked)
    assert long.status == "failed"
    assert long.reason.startswith("prompt_too_long: 10")
    assert "of 512" in long.reason
    assert short == model.answer(asked[1:])[0]


def test_raw_text_is_continued_and_a_chat_needs_a_template(model, tmp_path):
    raw = Prompt(form="completion", user="1 2 3", max_tokens=8)
    (continued,) = model.answer([Asked(prompt=raw)])
    (asked,) = model.answer([Asked(prompt=chat("1 2 3", max_tokens=8))])
    assert continued.text != asked.text
    base = TextModel.load(local_checkpoint(str(causal(tmp_path, template=None))))
    assert base.answer([Asked(prompt=raw)]) == [continued]
    with pytest.raises(ValueError, match="has no chat template: ask it by a preset of raw text"):
        base.answer([Asked(prompt=chat("1 2 3"))])


def test_a_prefilled_answer_goes_on_from_there(model):
    (whole,) = model.answer([Asked(prompt=chat("Say"))])
    begun, rest = whole.text[:1], whole.text[1:]
    (continued,) = model.answer([Asked(prompt=chat("Say", prefill=begun, max_tokens=23))])
    assert continued.text == rest or "�" in whole.text


def letters(text, count=4):
    return Asked(prompt=Prompt(form="letters", user=text, letters=count))


def test_the_likeliest_letter_comes_with_the_log_probability_of_each(lettered):
    asked = [letters("Q\nAnswer:"), letters("A much longer question\nAnswer:"), letters("Z:", 4)]
    together = lettered.answer(asked)
    for reply, own in zip(together, asked, strict=True):
        ids = lettered.tokenizer(own.prompt.user, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            expected = lettered.model(ids).logits[0, -1].log_softmax(dim=-1)
        tokens = lettered.tokenizer.convert_tokens_to_ids([" A", " B", " C", " D"])
        np.testing.assert_allclose(reply.logprobs, expected[tokens], atol=1e-4)
        assert reply.text == "ABCD"[int(np.argmax(reply.logprobs))]
        assert reply.status == "ok"


def test_a_tokeniser_that_spells_letters_in_pieces_is_told(model):
    with pytest.raises(ValueError, match=r"expected one token for ' A'.*mmlu-5shot"):
        model.answer([letters("Answer:")])


def test_the_name_holds_the_digest_of_the_files(tmp_path):
    folder = causal(tmp_path / "a")
    name = local_checkpoint(str(folder)).name
    assert name.startswith("llama@")
    (folder / "generation_config.json").write_text('{"eos_token_id": 7}', encoding="utf-8")
    assert local_checkpoint(str(folder)).name != name


def test_a_gguf_file_is_found_in_its_folder_and_several_are_told(tmp_path):
    (tmp_path / "Some Model.Q4.gguf").write_bytes(b"one")
    found = local_checkpoint(str(tmp_path))
    assert (found.gguf, found.kind) == ("Some Model.Q4.gguf", "some-model.q4")
    assert found == local_checkpoint(str(tmp_path / "Some Model.Q4.gguf"))
    (tmp_path / "b.gguf").write_bytes(b"two")
    with pytest.raises(ValueError, match="expected one GGUF file"):
        local_checkpoint(str(tmp_path))


def test_a_model_that_is_not_there_is_told_how_to_get(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ValueError, match="hf download"):
        local_checkpoint("nobody/nothing")
