import pytest
from pydantic import ValidationError

from evaluation.benchmarks.known import BENCHMARKS
from evaluation.benchmarks.prompts import Preset, filled, preset_of, presets, rendered
from schemas.benchmarks import Item


def item(question="How many?", choices=("one", "two"), index=1, **values):
    given = {"item_id": question, "dataset_id": "d", "source_id": "7"} | values
    answer = values.pop("answer", choices[index] if choices else "#### 2")
    return Item(
        question=question,
        choices=list(choices),
        answer_index=index if choices else None,
        **given | {"answer": answer},
    )


def test_every_benchmark_has_a_zero_shot_default():
    for name in BENCHMARKS:
        assert preset_of(name).shots == 0
    assert {own for preset in presets().values() for own in preset.benchmarks} == set(BENCHMARKS)


def test_mmau_is_asked_as_its_authors_ask():
    asked = rendered(preset_of("mmau"), item("Which bird is it?", ("Owl", "Crow's nest")))
    assert asked.user == (
        "Which bird is it?  Select one option from the provided choices.\n['Owl', \"Crow's nest\"]."
    )


def test_five_examples_of_gsm8k_stand_before_the_question_as_in_lm_eval():
    shown = [item(f"q{n}", (), answer=f"a{n}\n#### {n}") for n in range(7)]
    asked = rendered(preset_of("gsm8k", "gsm8k-5shot"), item("q", ()), shown)
    blocks = [f"Question: q{n}\nAnswer: a{n}\n#### {n}\n\n" for n in range(5)]
    assert asked.user == "".join(blocks) + "Question: q\nAnswer:"
    assert asked.stops == ("Question:", "</s>", "<|im_end|>")
    assert asked.form == "completion"


def test_mmlu_shows_five_examples_of_its_subject_and_no_other():
    dev = [
        item(f"{subject}{n}", ("w", "x", "y", "z"), n % 4, subject=subject)
        for n in range(5)
        for subject in ("us_law", "physics")
    ]
    asked = rendered(
        preset_of("mmlu", "mmlu-letters"),
        item("Q?", ("a", "b", "c", "d"), 2, subject="us_law"),
        dev,
    )
    head = "The following are multiple choice questions (with answers) about  us law.\n\n"
    assert asked.user.startswith(head + "us_law0\nA. w\nB. x\nC. y\nD. z\nAnswer: A\n\nus_law1\n")
    assert asked.user.endswith("Answer: A\n\nQ?\nA. a\nB. b\nC. c\nD. d\nAnswer:")
    assert "physics" not in asked.user
    assert asked.letters == 4


def test_an_item_is_never_its_own_example():
    shown = [item(f"q{n}", ()) for n in range(6)]
    asked = rendered(preset_of("gsm8k", "gsm8k-5shot"), item("q1", ()), shown)
    assert asked.user.count("Question: q1\n") == 1
    with pytest.raises(ValueError, match=r"shows 5 examples, got 4.*--shots"):
        rendered(preset_of("gsm8k", "gsm8k-5shot"), item("q1", ()), shown[:5])


def test_humaneval_asks_for_the_head_alone_and_stops_at_the_next_one():
    head = 'def f(x: dict):\n    """Of {x} and {question}."""\n'
    plain = rendered(preset_of("humaneval", "humaneval"), item(head, ()))
    assert (plain.user, plain.form) == (head, "completion")
    assert plain.stops == ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
    instruct = rendered(preset_of("humaneval", "humaneval-instruct"), item(head, ()))
    assert instruct.prefill == f"Here is the completed function:\n```python\n{head}\n"


def test_braces_of_an_item_are_not_places():
    assert filled("{question}|{answer}", item("{answer}", ("{letter}", "x"), 0)) == (
        "{answer}|{letter}"
    )


def test_a_digest_is_of_what_is_asked_and_not_of_its_name():
    preset = preset_of("gsm8k")
    assert preset.model_copy(update={"name": "x", "source": "y"}).digest == preset.digest
    assert preset.model_copy(update={"max_tokens": 7}).digest != preset.digest
    digests = {rendered(preset, item(text, ())).digest for text in ("a", "b")}
    assert len(digests) == 2


def test_letters_need_choices():
    preset = Preset(name="x", benchmarks=("gsm8k",), source="", form="letters", user="{question}")
    with pytest.raises(ValueError, match="compares letters, and it has 0 choices"):
        rendered(preset, item("q", ()))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shots": 2}, "shots and an example"),
        ({"prefill": "So", "form": "completion"}, "belong to a chat"),
        ({"stops": ("",)}, "empty stop"),
        ({"stop": "x"}, "Extra inputs"),
    ],
)
def test_a_preset_that_makes_no_sense_is_refused(values, message):
    given = {"name": "x", "benchmarks": ("gsm8k",), "source": "", "form": "chat", "user": "?"}
    with pytest.raises(ValidationError, match=message):
        Preset(**given | values)


def test_a_preset_of_another_benchmark_is_told():
    with pytest.raises(ValueError, match=r"preset of gsm8k \(gsm8k-reasoning, gsm8k-5shot\)"):
        preset_of("gsm8k", "mmau")


def test_a_chat_is_shown_with_its_turns():
    asked = rendered(preset_of("humaneval", "humaneval-instruct"), item("def f():\n", ()))
    assert str(asked).startswith("[user]\nWrite a solution")
    assert "[assistant]\nHere is the completed" in str(asked)
    assert str(rendered(preset_of("humaneval", "humaneval"), item("def f():\n", ()))) == (
        "def f():\n"
    )
