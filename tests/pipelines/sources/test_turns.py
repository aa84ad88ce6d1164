import pytest

from pipelines.sources.turns import TurnsError, answered, heard, messages_of


def talk(*texts):
    roles = ("human", "gpt")
    return [{"from": roles[n % 2], "value": text} for n, text in enumerate(texts)]


def test_a_marked_sound_stands_where_its_mark_was():
    found = heard(talk("<sound>\nWhat is it?", "A dog."), ["a.wav"])
    assert found.turns == (("user", None), ("user", "What is it?"), ("assistant", "A dog."))
    found = heard(talk("Listen:\n<sound>\nWhat?", "A dog."), ["a.wav"])
    assert [text for _, text in found.turns] == ["Listen:", None, "What?", "A dog."]


def test_a_sound_without_a_mark_comes_before_the_first_question():
    said = [{"from": "system", "value": "Be short."}, *talk("What?", "A dog.")]
    assert [text for _, text in heard(said, ["a.wav"]).turns] == [
        "Be short.",
        None,
        "What?",
        "A dog.",
    ]


def test_thinking_stays_in_the_answer():
    answer = "<think>It barks.</think>A dog."
    assert heard(talk("<sound>What?", answer), ["a.wav"]).turns[-1] == ("assistant", answer)


def test_turns_after_the_last_answer_are_left_out():
    assert answered(messages_of(talk("Hi", "Hello", "And?"))) == (
        ("user", "Hi"),
        ("assistant", "Hello"),
    )


def test_a_conversation_that_comes_to_another_sound_is_kept_up_to_there():
    said = talk("<sound-2>\nWhat?", "A dog.", "<sound-1>\nAnd this?", "A cat.", "Both?", "Yes.")
    found = heard(said, ["cat.wav", "dog.wav"])
    assert (found.sound, found.left_out) == ("dog.wav", 4)
    assert found.turns == (("user", None), ("user", "What?"), ("assistant", "A dog."))


def test_a_sound_that_is_marked_again_stands_there_again():
    found = heard(talk("<sound-1>What?", "A dog.", "<sound-1>Sure?", "Yes."), ["a.wav", "b.wav"])
    assert [text for _, text in found.turns] == [None, "What?", "A dog.", None, "Sure?", "Yes."]
    assert found.left_out == 0


@pytest.mark.parametrize(
    ("said", "sounds", "reason"),
    [
        (talk("<sound-1><sound-2>Which?", "The first."), ["a", "b"], "several_sounds"),
        (talk("Which?", "The first."), ["a", "b"], "several_sounds"),
        (talk("<sound-2>What?", "A dog."), ["a"], "bad_row"),
        (talk("<sound>What?", "A dog."), [], "bad_row"),
        (talk("<sound>What?"), ["a"], "no_turns"),
        (talk("<sound>What?", "  "), ["a"], "no_turns"),
        ([{"from": "gpt", "value": "Hello."}], [], "no_turns"),
        ([], ["a"], "no_turns"),
        (None, [], "bad_row"),
        ([{"from": "alien", "value": "x"}], [], "bad_row"),
        ([{"from": "human", "value": 1}], [], "bad_row"),
        (["x"], [], "bad_row"),
        ([{"from": "human", "value": "\ud800"}], [], "encoding"),
    ],
)
def test_what_is_no_conversation_about_one_sound_is_refused(said, sounds, reason):
    with pytest.raises(TurnsError) as refused:
        heard(said, sounds)
    assert refused.value.reason == reason
