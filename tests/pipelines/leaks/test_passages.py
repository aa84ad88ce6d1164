import csv
import re

import pytest

from pipelines.leaks.benchmarks import gsm8k, humaneval, mmlu
from pipelines.leaks.entries import question_passages
from pipelines.leaks.passages import MOST_ITEMS, Passages
from tests.places import DATA

DUCKS = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with four. She sells the remainder at the market for $2."
)
SHORT = "What can murtis be translated as?"
STORY = "Once there was a miller who had three sons, a mill, a donkey and a cat. " * 30


def index(*texts):
    rows = [
        {"evaluation_set": "eval", "item_id": str(n), "passages": [text]}
        for n, text in enumerate(texts)
    ]
    return Passages.of(rows)


def ways(known, *texts):
    return [hit.how for hit in known.hits([list(texts)])[0]]


def first_words(text, share):
    words = text.split()
    return " ".join(words[: round(share * len(words))])


@pytest.mark.parametrize(
    "said",
    [
        DUCKS,
        DUCKS.upper().replace(".", " !"),
        re.sub(r"\s+", "\n", DUCKS),
        STORY + DUCKS + STORY,
        first_words(DUCKS, 0.6),
        STORY + " ".join(DUCKS.split()[13:]),
    ],
    ids=["verbatim", "case and marks", "lines", "surrounded", "first 60 %", "last 60 %"],
)
def test_a_question_is_found_however_it_is_planted(said):
    assert ways(index(DUCKS, SHORT), said) == ["passage"]


def test_a_question_of_six_words_is_found_whole_and_not_in_part():
    known = index(DUCKS, SHORT)
    assert ways(known, f"Tell me: {SHORT} Idols.") == ["passage"]
    assert ways(known, "What can murtis be used for?") == []


def test_other_text_finds_nothing():
    assert ways(index(DUCKS, SHORT), STORY, "Ducks lay eggs every day.") == []


def test_a_few_shared_words_of_a_long_question_are_no_leak():
    assert ways(index(DUCKS), "She eats three for breakfast every morning and then she runs.") == []


def test_other_numbers_are_told_apart_from_the_same_ones():
    changed = DUCKS.replace("16", "23").replace("$2", "$7")
    assert ways(index(DUCKS), changed) == ["passage"]  # most of it still stands word for word
    hens = index("In 16 days 2 of 3 hens lay 5 eggs each day.")
    assert ways(hens, "In 7 days 4 of 8 hens lay 6 eggs each day.") == ["passage_other_numbers"]


def test_a_run_never_goes_from_one_turn_to_the_next():
    assert ways(index(SHORT), "What can murtis", "be translated as?") == []


def test_boilerplate_of_many_items_finds_nothing_by_itself():
    head = "Which of the following statements about the topic is true"
    many = [f"{head} and has the name {name}" for name in "abcdefg"]
    assert len(many) > MOST_ITEMS
    assert ways(index(*many), head) == []


def test_items_of_one_question_are_told_together():
    [hit] = index(DUCKS, DUCKS).hits([[DUCKS]])[0]
    assert (hit.items, hit.value, hit.threshold) == (("0", "1"), 1.0, 0.4)


def test_each_document_gets_its_own_hits():
    hits = index(DUCKS, SHORT).hits([[SHORT], [STORY], [DUCKS], []])
    assert [[hit.items for hit in each] for each in hits] == [[("1",)], [], [("0",)], []]


def test_an_index_of_nothing_finds_nothing():
    assert index("Too short").hits([[DUCKS]]) == [[]]


@pytest.mark.parametrize(
    ("label", "marks"), [("{}. ", "ABCD"), ("({}) ", "ABCD"), ("{}: ", "ABCD"), ("\n{}) ", "1234")]
)
def test_a_short_question_is_found_with_labelled_choices(label, marks):
    choices = ["Nothing", "Hope", "Idols", "A road"]
    rows = [
        {"evaluation_set": "eval", "item_id": "0", "passages": question_passages(SHORT, choices)}
    ]
    asked = " ".join(label.format(mark) + one for mark, one in zip(marks, choices, strict=True))
    assert ways(Passages.of(rows), f"{STORY} {SHORT} {asked} Answer: C") == ["passage"]


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_every_question_of_mmlu_is_found_with_its_choices_labelled():
    entries = list(mmlu(DATA / "benchmarks/mmlu/test"))
    known = Passages.of(
        {"evaluation_set": "eval", "item_id": str(number), "passages": entry.passages}
        for number, entry in enumerate(entries)
    )
    files = sorted((DATA / "benchmarks/mmlu/test").glob("*.csv"))
    rows = [row for file in files for row in csv.reader(file.read_text("utf-8").splitlines(True))]
    asked = ["\n".join(map("{}{}".format, ("", "A. ", "B. ", "C. ", "D. "), r)) for r in rows]
    hits = known.hits([[f"{STORY}\n{question}\nAnswer: B"] for question in asked])
    found = [str(number) in {i for h in each for i in h.items} for number, each in enumerate(hits)]
    assert (sum(found), len(found)) == (1120, 1120)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("reader", "path", "items"),
    [(gsm8k, "gsm8k/test.jsonl", 1319), (humaneval, "humaneval/HumanEval.jsonl.gz", 164)],
    ids=["gsm8k", "humaneval"],
)
def test_every_question_is_found_also_when_cut_to_60_percent(reader, path, items):
    questions = [entry.passages[0] for entry in reader(DATA / "benchmarks" / path)]
    known = index(*questions)

    def found(documents):
        hits = known.hits([[document] for document in documents])
        return sum(
            any(str(number) in hit.items for hit in each) for number, each in enumerate(hits)
        )

    assert found(questions) == items
    assert found(f"{STORY} {question.upper()} {STORY}" for question in questions) == items
    assert found(first_words(question, 0.6) for question in questions) == items
