import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.leaks.wording import normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A man speaks.", "a  man\nspeaks"),
        ("Janet's ducks", "janet\u2019s DUCKS"),
        ("the \ufb01le, full-width \uff21\uff22", "The file full width ab"),
        ("$1,250,000 in all", "1250000 in all"),
        ("has_close_elements(numbers)", "has close elements numbers"),
    ],
)
def test_texts_that_differ_in_case_marks_and_spaces_only_are_equal(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("3, 14", "314"), ("1,25", "125"), ("no", "on")])
def test_texts_of_other_words_are_not_equal(one, other):
    assert normalised(one) != normalised(other)


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(text):
    assert normalised(normalised(text)) == normalised(text)
