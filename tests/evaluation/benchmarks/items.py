"""Items for the tests of benchmarks."""

import pytest

from schemas.benchmarks import Item
from tests.places import DATA

REAL = DATA / "benchmarks"
real = pytest.mark.skipif(not REAL.is_dir(), reason="needs the real files in shared/data")


def question(choices, answer, index=None, source_id="q"):
    """Return an item with choices, whose answer is the text of one of them."""
    index = choices.index(answer) if index is None and answer in choices else index
    return Item(
        item_id=source_id,
        dataset_id="d",
        source_id=source_id,
        question="Which?",
        choices=list(choices),
        answer=answer,
        answer_index=index,
    )


def problem(answer):
    """Return an item of GSM8K whose worked solution ends in a number."""
    return Item(
        item_id="p",
        dataset_id="d",
        source_id="0",
        question="How many?",
        choices=[],
        answer=f"She has 9 * 2 = <<9*2=18>>{answer}.\n#### {answer}",
    )
