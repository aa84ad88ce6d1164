from evaluation.benchmarks.readers.checks import checked
from evaluation.benchmarks.readers.question import Question


def asked(answer="Man", choices=("Man", "Woman"), source_id="q", **more):
    return Question(source_id=source_id, question="?", choices=choices, answer=answer, **more)


def reasons(*questions):
    return [finding.reason for finding in checked(questions)[1]]


def test_a_sound_question_has_no_defect():
    assert reasons(asked()) == []


def test_an_answer_outside_the_choices_is_found_and_has_no_index():
    questions, findings = checked([asked("Child")])
    assert questions[0].answer_index is None
    assert findings[0].reason == "answer_outside_choices"
    assert findings[0].kept


def test_an_answer_of_another_case_is_found_and_keeps_its_index():
    questions, findings = checked([asked(" woman")])
    assert questions[0].answer_index == 1
    assert [own.reason for own in findings] == ["answer_spelled_otherwise"]


def test_empty_and_repeated_choices_are_found():
    assert reasons(asked(choices=("Man", "", "Woman"))) == ["empty_choice"]
    assert reasons(asked(choices=("Man", "Woman", "Man"))) == ["repeated_choice"]


def test_choices_that_differ_in_case_alone_do_not_repeat():
    assert reasons(asked("Bb", ("BB", "Bb"))) == []


def test_a_list_in_place_of_a_category_is_found():
    assert reasons(asked(category="['Reasoning']")) == ["stray_category"]


def test_a_second_question_of_an_id_stays_under_an_id_of_its_own():
    questions, findings = checked([asked(), asked("Woman"), asked()])
    assert [own.source_id for own in questions] == ["q", "q#2", "q#3"]
    assert [own.reason for own in findings] == ["duplicate_id", "duplicate_id"]


def test_one_empty_answer_is_a_defect_but_withheld_ones_are_not():
    assert reasons(asked(""), asked(source_id="r")) == ["no_answer"]
    assert reasons(asked(""), asked("", source_id="r")) == []
